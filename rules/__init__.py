"""How an exchange is judged: one pure rule for each requirement, and one engine for every use.

`judging` has the rules that the contract's tables state; the others are written in one module for each topic of
contract/requirements.toml: `request`, `arguments`, `answer`, `errors`, `life`, `lists` and `pages`, `file`, `limits`.
`engine` is what a rule is, with what several rules share; `judging` applies the rules.
"""

from exports_conformance.rules import answer, arguments, errors, file, life, limits, lists, pages, request
from exports_conformance.rules.engine import Finding, Rule
from exports_conformance.rules.judging import Judgement, Violation, all_rules, judge

TOPICS = (answer, arguments, errors, file, life, limits, lists, pages, request)
"""The modules that register rules when they are imported."""

__all__ = ["TOPICS", "Finding", "Judgement", "Rule", "Violation", "all_rules", "judge"]
