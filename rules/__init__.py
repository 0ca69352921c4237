"""The judge: one pure rule for each requirement, and one verdict for each exchange, wherever it comes from."""

from exports_conformance.rules import (
    acceptance,
    attributes,
    documents,
    echo,
    errors,
    files,
    life,
    limits,
    links,
    lists,
    meta,
    refusals,
    related,
    statuses,
)
from exports_conformance.rules.engine import RULES, Finding, Judgement, Rule, Violation, judge

TOPICS = (
    acceptance,
    attributes,
    documents,
    echo,
    errors,
    files,
    life,
    limits,
    links,
    lists,
    meta,
    refusals,
    related,
    statuses,
)
"""The modules whose rules register as they are read."""

__all__ = ["RULES", "TOPICS", "Finding", "Judgement", "Rule", "Violation", "judge"]
