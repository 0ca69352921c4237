"""The engine: every rule in the order of need, and what one exchange says about each requirement."""

from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from exports_conformance.contract.requirements import REQUIREMENTS_FILE, requirements
from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange
from exports_conformance.rules.declared import declared_rules
from exports_conformance.rules.engine import WRITTEN, Rule


@dataclass(frozen=True, slots=True)
class Violation:
    """A requirement that an exchange broke: expected, actual, and a JSON pointer into the response if one fits."""

    requirement: str
    expected: str
    actual: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The requirements that held in an exchange, and those that it broke, in the order of need."""

    held: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()


@cache
def all_rules() -> dict[str, Rule]:
    """Return the rules by requirement, those after the rules they need; planted flaws have an empty name.

    Raises:
        ContractError: the contract states a rule for a requirement that has one already, or needs one that is missing.
    """
    found = dict(WRITTEN)
    for each in declared_rules(requirements()):
        if each.requirement in found:
            raise ContractError(
                f"{REQUIREMENTS_FILE}: [{each.requirement}] has two rules; keep one of its keys, or that in rules/"
            )
        found[each.requirement] = each
    for name, each in found.items():
        if missing := set(each.needs) - found.keys():
            raise ContractError(
                f"{REQUIREMENTS_FILE}: [{name}] needs [{min(missing)}], which has no rule; restore its entry"
            )
    order = TopologicalSorter({name: each.needs for name, each in found.items()})
    return {name: found[name] for name in order.static_order()}


def judge(exchange: Exchange) -> Judgement:
    """Judge an exchange by every rule that applies to it in its edition.

    An environment error says nothing about the endpoint, a request for another resource nothing about exports, and
    nothing is known of a response of which only a part was kept: their judgement is empty. The response of a storage
    is judged by the requirements of the file, and by no other.
    """
    if exchange.expectation.operation == "foreign" or exchange.is_cut or environment_error(exchange):
        return Judgement()
    held: dict[str, None] = {}
    violations: list[Violation] = []
    for each in all_rules().values():
        name = each.requirement or exchange.expectation.breaks
        if not _concerns(name, exchange) or any(need not in held for need in each.needs) or not each.applies(exchange):
            continue
        findings = list(each.check(exchange))
        if not findings:
            held[name] = None
        violations += [Violation(name, finding.expected, finding.actual, finding.at) for finding in findings]
    broken = {violation.requirement for violation in violations}
    return Judgement(tuple(name for name in held if name not in broken), tuple(violations))


def _concerns(requirement: str, exchange: Exchange) -> bool:
    """Return True if the exchange's edition has the requirement, and it is about what was requested: API or file."""
    promise = requirements().get(requirement)
    if promise is None or not promise.in_edition(exchange.edition):
        return False
    return (promise.topic == "file") is (exchange.expectation.operation == "download")
