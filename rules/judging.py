"""The engine: every rule, those that tables state included, and what an exchange says about each requirement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import OBJECT, REQUIREMENTS_FILE, Requirement, requirements, shape
from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import as_object, equal, is_empty, member, one_line, shown
from exports_conformance.rules.engine import (
    WRITTEN,
    AppliesTo,
    Finding,
    Rule,
    comes_back,
    created,
    decides,
    every,
    has_status,
    is_unflawed,
    leads_elsewhere,
    not_created,
    resource_path,
    shows_export,
    was_dropped,
    was_misshapen,
    was_sent,
)

Contract = Mapping[str, Requirement]


def declared_rules(contract: Contract) -> Iterator[Rule]:
    """Return the rules that the tables of the contract state, in its order."""
    for each in contract.values():
        if each.shape:
            yield _has_shape(each, contract)
        if each.echoes:
            yield _echoes(each, contract)
        if each.default is not None:
            yield _has_default(each, contract)
        if each.accepts:
            yield _accepts(each)
        if each.filled_when:
            yield _is_filled(each, contract)
        if each.relationship:
            yield _has_relationship(each)


def _place(requirement: Requirement) -> tuple[str, str, str]:
    """Return the pointer that a requirement is about, that of the object around it, and the member's name."""
    pointer = requirement.where.response[-1]
    around, _, name = pointer.rpartition("/")
    return pointer, around, name


def _shapes_of(pointer: str, contract: Contract) -> tuple[str, ...]:
    """Return the requirements that state the shape of the value at a pointer."""
    return tuple(name for name, each in contract.items() if each.shape and each.where.response[-1] == pointer)


def _has_shape(requirement: Requirement, contract: Contract) -> Rule:
    """The value at the place has the shape; with `when_seen`, only if it is there."""
    pointer, around, name = _place(requirement)
    path, wanted = around.split("/")[1:], shape(requirement.shape)
    objects = (one for one in _shapes_of(around, contract) if contract[one].shape == OBJECT.words)
    stated = _shapes_of(pointer, contract)

    def applies(exchange: Exchange) -> bool:
        seen = not requirement.when_seen or name in as_object(member(exchange.reading.value, *path))
        free = was_misshapen(exchange, pointer, wanted) or was_dropped(exchange, pointer)
        return shows_export(exchange) and seen and not free

    def value_has_its_shape(exchange: Exchange) -> Iterator[Finding]:
        members = as_object(member(exchange.reading.value, *path))
        if name not in members or not wanted.fits(members[name]):
            yield Finding(wanted.words, shown(members, name), pointer)

    # A narrower shape of the same value is judged once the wider one, which stands before it, holds.
    wider = stated[: stated.index(requirement.id)]
    return Rule(requirement.id, applies, ("answer-data", *objects, *wider), value_has_its_shape)


def _was_accepted(attribute: str, *, sent: bool) -> AppliesTo:
    """Return a condition: a creation with this attribute, or without it, succeeded as it should."""

    def applies(exchange: Exchange) -> bool:
        meant = exchange.expectation.outcome != "refusal" and bool(exchange.sent_attributes)
        return meant and (attribute in exchange.sent_attributes) is sent

    pointer = f"/data/attributes/{attribute}"
    return every(created, was_sent, applies, lambda exchange: is_unflawed(exchange, pointer))


def _echoes(requirement: Requirement, contract: Contract) -> Rule:
    """The export shows the argument as it was sent."""
    argument, pointer = requirement.echoes, f"/data/attributes/{requirement.echoes}"

    def argument_comes_back(exchange: Exchange) -> Iterator[Finding]:
        sent, back = exchange.sent_attributes, exchange.attributes[argument]
        if not comes_back(argument, sent, back):
            yield Finding(one_line(sent[argument]), one_line(back), pointer)

    needs = _shapes_of(pointer, contract)
    return Rule(requirement.id, _was_accepted(argument, sent=True), needs, argument_comes_back)


def _has_default(requirement: Requirement, contract: Contract) -> Rule:
    """The export shows the default of an attribute that was not sent."""
    pointer, _, name = _place(requirement)

    def attribute_has_its_default(exchange: Exchange) -> Iterator[Finding]:
        if not equal(exchange.attributes[name], requirement.default):
            yield Finding(one_line(requirement.default), one_line(exchange.attributes[name]), pointer)

    needs = _shapes_of(pointer, contract)
    return Rule(requirement.id, _was_accepted(name, sent=False), needs, attribute_has_its_default)


def _accepts(requirement: Requirement) -> Rule:
    """A creation with the argument succeeds, or is refused for another reason."""

    def applies(exchange: Exchange) -> bool:
        return requirement.accepts in exchange.sent_attributes

    return Rule(requirement.id, every(applies, decides(requirement.id)), (), not_created)


def _is_filled(requirement: Requirement, contract: Contract) -> Rule:
    """The attribute has a value while the export is in one of the statuses."""
    pointer, _, name = _place(requirement)

    def attribute_has_a_value(exchange: Exchange) -> Iterator[Finding]:
        if is_empty(exchange.attributes[name]):
            expected = f"a value, since the export is {exchange.attributes['status']}"
            yield Finding(expected, one_line(exchange.attributes[name]), pointer)

    needs = ("answer-status-known", *_shapes_of(pointer, contract))
    return Rule(requirement.id, has_status(*requirement.filled_when), needs, attribute_has_a_value)


def _has_relationship(requirement: Requirement) -> Rule:
    """The relationship has `self` and `related` links that lead to this export."""
    name, at = requirement.relationship, f"/data/relationships/{requirement.relationship}"

    def relationship_leads_to_the_export(exchange: Exchange) -> Iterator[Finding]:
        relationship = exchange.data["relationships"].get(name)
        if not isinstance(relationship, dict):
            yield Finding("an object with links", shown(exchange.data["relationships"], name), at)
            return
        own, links = resource_path(exchange), relationship.get("links")
        yield from leads_elsewhere(exchange, links, "self", f"{own}/relationships/{name}", f"{at}/links")
        yield from leads_elsewhere(exchange, links, "related", f"{own}/{name}", f"{at}/links")

    needs = ("answer-relationships", "answer-id")
    return Rule(requirement.id, shows_export, needs, relationship_leads_to_the_export)


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
    concerned = _concerned(exchange.edition, of_file=exchange.expectation.operation == "download")
    held: dict[str, None] = {}
    violations: list[Violation] = []
    for each in all_rules().values():
        name = each.requirement or exchange.expectation.breaks
        if name not in concerned or not held.keys() >= set(each.needs) or not each.applies(exchange):
            continue
        findings = list(each.check(exchange))
        if not findings:
            held[name] = None
        violations += [Violation(name, finding.expected, finding.actual, finding.at) for finding in findings]
    broken = {violation.requirement for violation in violations}
    return Judgement(tuple(name for name in held if name not in broken), tuple(violations))


@cache
def _concerned(edition: Edition, *, of_file: bool) -> frozenset[str]:
    """Return the requirements that an edition has of responses of the API, or of the storage of files."""
    return frozenset(
        name for name, each in requirements().items() if each.in_edition(edition) and (each.topic == "file") is of_file
    )
