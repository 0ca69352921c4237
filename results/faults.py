"""Faults: violations grouped by their cause, each with the combination of arguments that triggers it.

What this can and cannot tell: docs/decisions/0060-faults-and-failing-combinations.md.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import combinations
from typing import Literal

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, as_object, as_text, member
from exports_conformance.results.argument_classes import ArgumentClass, argument_classes, is_outside_of_document
from exports_conformance.results.evidence import NEVER_SERVER_ERROR, Witness
from exports_conformance.rules import Judgement, Violation

_LARGEST_COMBINATION = 3
_CANDIDATES = 48  # classes combined; combinations of three are then below 18,000
_ALTERNATIVES = 24
_SHOWN = 3  # alternatives in a sentence
_VALUES = 4  # of one argument
_OF_ONE_VALUE = ("resource_type", "flaw", "operation")
"""Arguments of which each request has one value."""
_LATE = 3  # requests needed on either side of a change in time

Trigger = Literal["always", "combination", "time", "unexplained"]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a fault occurs, and the counts that show it.

    `classes` are the smallest sets of classes that all `violating` requests have and no `conforming` one has, the
    likeliest first; there are several if the run cannot tell them apart. `first` is the number of the first violating
    request in the run if `trigger` is "time".
    """

    trigger: Trigger
    violating: int
    conforming: int
    classes: tuple[tuple[ArgumentClass, ...], ...] = ()
    first: int = 0

    @property
    def combinations(self) -> tuple[tuple[str, ...], ...]:
        """The sets of classes in words."""
        return tuple(tuple(one.text for one in each) for each in self.classes)

    @property
    def text(self) -> str:
        """The condition as a sentence without a full stop."""
        total, counts = self.violating + self.conforming, f"{self.violating} of {self.violating}"
        match self.trigger:
            case "always":
                return f"in all {total} responses checked" if total > 1 else "in the only response checked"
            case "time":
                return f"only from request {self.first} on: {counts}; before 0 of {self.conforming}"
            case "unexplained":
                return f"in {self.violating} of {total} responses; no combination of arguments explains which"
            case "combination":
                combined = "; or ".join(" and ".join(each) for each in self.combinations[:_SHOWN])
                if (more := len(self.combinations) - 1) >= _SHOWN and self.violating == 1:
                    one = " and ".join(self.combinations[0])
                    return f"in 1 of {total} responses: by chance, or only if {one}, or for one of {more} other reasons"
                if (more := len(self.combinations) - _SHOWN) > 0:
                    combined += f"; or {more} other combinations that the run cannot tell apart"
                return f"only if {combined}: {counts}; otherwise 0 of {self.conforming}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One cause: the requirements it violates (the first names it), when it occurs, and its smallest witness."""

    name: str
    requirements: tuple[str, ...]
    condition: Condition
    witness: Witness


@dataclass(slots=True)
class _Broken:
    """What one requirement's exchanges show: `seen` in the order of the run, and the violations among them."""

    requirement: str
    seen: list[Exchange] = field(default_factory=list)
    violations: list[tuple[Exchange, Violation]] = field(default_factory=list)

    @property
    def violating(self) -> frozenset[str]:
        return frozenset(exchange.id for exchange, _ in self.violations)

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes that the violations are about."""
        pointers = [_of_one(each.at) for _, each in self.violations]
        return frozenset(each.split("/")[3] for each in pointers if _attribute(each))

    @property
    def differences(self) -> frozenset[tuple[str, str]]:
        """The attributes that differ, and how."""
        found = ((_of_one(each.at), _kind(each.actual)) for _, each in self.violations)
        return frozenset((at, kind) for at, kind in found if _attribute(at))


def find_faults(judged: Sequence[tuple[Exchange, Judgement]], violated: Iterable[str]) -> list[Fault]:
    """Return the faults behind the `violated` requirements, promises before advice.

    `judged` are the exchanges of a run with their judgements, the earliest first.
    """
    names = list(violated)
    broken = _collect(judged, names)
    numbers = {exchange.id: number for number, (exchange, _) in enumerate(judged, start=1)}
    reader = RowReader(exchange for exchange, _ in judged)
    conditions = {name: _condition(each, numbers, reader) for name, each in broken.items() if each.violations}
    groups: list[list[str]] = []
    for name in sorted(conditions, key=_rank):
        for group in groups:
            if any(_same_cause(broken[name], broken[each], conditions[name], conditions[each]) for each in group):
                group.append(name)
                break
        else:
            groups.append([name])
    _join_crashes(groups, broken, conditions, judged)
    return [_fault(group, broken, conditions) for group in groups]


def _join_crashes(
    groups: list[list[str]],
    broken: Mapping[str, _Broken],
    conditions: dict[str, Condition],
    judged: Sequence[tuple[Exchange, Judgement]],
) -> None:
    """Join the groups of creations that crash alike where nothing explains when: each has its own flaw by chance."""
    crashes = {group[0]: _crash([broken[name] for name in group]) for group in groups}
    by_chance = [name for name, crash in crashes.items() if crash and conditions[name].trigger == "unexplained"]
    if not by_chance:
        return
    first = next(group for group in groups if group[0] == by_chance[0])
    for other in [each for each in groups if each is not first and crashes[each[0]] == crashes[first[0]]]:
        first += other
        groups.remove(other)
    violating = {id_ for name in first for id_ in broken[name].violating}
    creations = {each.id for each, _ in judged if _creates(each) and not each.expectation.confirms}
    conditions[first[0]] = Condition("unexplained", len(violating), len(creations - violating))


def _creates(exchange: Exchange) -> bool:
    return exchange.expectation.operation == "create" and exchange.response is not None


def _crash(group: Iterable[_Broken]) -> str:
    """Return the one server error with which all violating creations were answered; empty if there is none."""
    found = [pair for each in group for pair in each.violations]
    crashed = all(_creates(each) and each.status >= HTTPStatus.INTERNAL_SERVER_ERROR for each, _ in found)
    errors = {violation.actual for _, violation in found}
    return errors.pop() if crashed and len(errors) == 1 else ""


def find_condition(judged: Sequence[tuple[Exchange, Judgement]], requirement: str) -> Condition | None:
    """Return when a requirement is violated; None if it is not."""
    broken = _collect(judged, [requirement])[requirement]
    numbers = {exchange.id: number for number, (exchange, _) in enumerate(judged, start=1)}
    return _condition(broken, numbers, RowReader(each for each, _ in judged)) if broken.violations else None


def _collect(judged: Sequence[tuple[Exchange, Judgement]], names: Sequence[str]) -> dict[str, _Broken]:
    broken = {name: _Broken(name) for name in names}
    known = {violation.requirement for _, judgement in judged for violation in judgement.violations}
    for exchange, judgement in judged:
        if exchange.expectation.confirms:
            continue
        explained = bool(known & set(exchange.expectation.may_break))
        violations = [
            each for each in judgement.violations if not (explained and each.requirement == NEVER_SERVER_ERROR)
        ]
        for name in dict.fromkeys([*judgement.held, *(each.requirement for each in violations)]):
            if name in broken:
                broken[name].seen.append(exchange)
        for each in violations:
            if each.requirement in broken:
                broken[each.requirement].violations.append((exchange, each))
    return broken


class RowReader:
    """Reads the classes of requests; a request about an export has those of the creation of that export."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._sent: Mapping[str, Mapping[str, Json]] = {
            exchange.data["id"]: exchange.sent_attributes
            for exchange in exchanges
            if exchange.expectation.operation == "create" and exchange.succeeded and as_text(exchange.data.get("id"))
        }
        self._rows: dict[str, frozenset[ArgumentClass]] = {}

    def read(self, exchange: Exchange) -> frozenset[ArgumentClass]:
        """Return the classes of a request."""
        if exchange.id not in self._rows:
            self._rows[exchange.id] = self._row(exchange)
        return self._rows[exchange.id]

    def _row(self, exchange: Exchange) -> frozenset[ArgumentClass]:
        is_creation = exchange.expectation.operation == "create"
        if is_outside_of_document(exchange) or (exchange.expectation.flaw and not is_creation):
            return argument_classes(exchange, {})  # the arguments have nothing to do with it
        if is_creation:
            return argument_classes(exchange)
        shown = as_text(member(exchange.expectation.expected, "id"))
        id_ = shown or next((each for each in exchange.request.path.split("/") if each in self._sent), "")
        known = self._sent.get(id_) or as_object(member(exchange.expectation.expected, "attributes"))
        return argument_classes(exchange, known)


def _condition(broken: _Broken, numbers: Mapping[str, int], reader: RowReader) -> Condition:
    violating = broken.violating
    bad = [each for each in broken.seen if each.id in violating]
    good = [each for each in broken.seen if each.id not in violating]
    condition = condition_of(bad, good, numbers=numbers, reader=reader, attributes=broken.attributes)
    is_about_status = any(each.actual.startswith(str(exchange.status)) for exchange, each in broken.violations)
    if condition.trigger != "unexplained" or is_about_status:
        return condition
    for value_of in (lambda each: f"the status is {each.status}", _export_status):
        if one := _by_value("response", *([value_of(each) for each in part] for part in (bad, good))):
            return replace(condition, trigger="combination", classes=((one,),))
    return condition


def _export_status(exchange: Exchange) -> str:
    status = as_text(exchange.attributes.get("status"))
    return f"the export is {status[:40].replace('_', ' ')}" if status else ""


def condition_of(
    bad: Sequence[Exchange],
    good: Sequence[Exchange],
    *,
    numbers: Mapping[str, int],
    reader: RowReader,
    attributes: frozenset[str],
) -> Condition:
    """Return what tells the bad exchanges from the good ones.

    `numbers` are the places of the exchanges in the run, `attributes` the names of those that differ.
    """
    if not good:
        return Condition("always", len(bad), 0)
    bad_rows, good_rows = [reader.read(each) for each in bad], [reader.read(each) for each in good]
    shared = sorted(frozenset.intersection(*bad_rows))[:_CANDIDATES]
    # A bit for each conforming request: a combination explains the fault if no bit remains.
    masks = {each: sum(1 << at for at, row in enumerate(good_rows) if each in row) for each in shared}
    counts = len(bad), len(good)
    for size in range(1, _LARGEST_COMBINATION + 1):
        if size == _LARGEST_COMBINATION and (first := _first_in_time(bad, good, numbers)):
            return Condition("time", *counts, first=first)
        if found := _combinations(shared, masks, size, attributes):
            return Condition("combination", *counts, classes=found)
    for argument in _OF_ONE_VALUE:
        values = ([_value(argument, row) for row in rows] for rows in (bad_rows, good_rows))
        if one := _by_value(argument, *values):
            return Condition("combination", *counts, classes=((one,),))
    return Condition("unexplained", *counts)


def _by_value(argument: str, bad: Iterable[str], good: Iterable[str]) -> ArgumentClass | None:
    """Return the class of the values that violate, given as texts such as "`resource_type` is skus".

    None if one of them conforms, too, or if there are many: unless a single other value conforms, it may be by chance.
    """
    counts, conforming = Counter(bad), set(good)
    if "" in counts or conforming & {"", *counts}:
        return None
    if len(conforming) == 1 < len(counts):
        return ArgumentClass(3, conforming.pop().replace(" is ", " is not ", 1), argument)
    if len(counts) <= _VALUES and len(counts) < counts.total():
        return ArgumentClass(3, " or ".join(sorted(counts)), argument)
    return None


def _value(argument: str, row: Iterable[ArgumentClass]) -> str:
    """Return the likeliest class about an argument of which a request has one value; empty if it has none."""
    found = sorted(each for each in row if each.argument == argument)
    return found[0].text if found else ""


def _combinations(
    shared: Sequence[ArgumentClass], masks: Mapping[ArgumentClass, int], size: int, attributes: frozenset[str]
) -> tuple[tuple[ArgumentClass, ...], ...]:
    """Return the likeliest combinations of `size` classes that no conforming request has.

    A class about an attribute that the violations show is likelier than others of its cost.
    """

    def cost(classes: Iterable[ArgumentClass]) -> int:
        return sum(one.cost - (one.argument in attributes) for one in classes)

    full = -1
    hits = []
    for each in combinations(shared, size):
        remaining = full
        for one in each:
            remaining &= masks[one]
        if not remaining and len({one.argument for one in each}) == size:
            hits.append(each)
    hits.sort(key=cost)
    if not hits:
        return ()
    likeliest = cost(hits[0])
    chosen, met = [], set[tuple[str, ...]]()
    for each in hits:
        arguments = tuple(sorted(one.argument for one in each))
        if cost(each) > likeliest + 1 or (arguments in met and size > 1):
            continue
        met.add(arguments)
        chosen.append(each)
    specific = [each for each in chosen if all(one.argument != "any" for one in each)]
    if len(specific) == 1:  # what holds of one argument need not hold of all
        chosen = specific
    return tuple(chosen[:_ALTERNATIVES])


def _first_in_time(bad: Sequence[Exchange], good: Sequence[Exchange], numbers: Mapping[str, int]) -> int:
    """Return the number of the first violating request if all before it conform and all after it violate; else 0."""
    first = min(numbers[each.id] for each in bad)
    is_late = max(numbers[each.id] for each in good) < first and min(len(bad), len(good)) >= _LATE
    return first if is_late else 0


def _same_cause(one: _Broken, other: _Broken, its: Condition, others: Condition) -> bool:
    """Return True if two requirements are violated by one cause.

    Either the same attribute differs in the same way, as in an echo that a retrieval repeats; or the same part of the
    requests, but not all, violates both.
    """
    if one.differences & other.differences:
        return True
    is_part = its.trigger != "always" and others.trigger != "always"
    if not is_part:
        return False
    return one.violating == other.violating or (
        bool(its.combinations) and its.combinations == others.combinations and _status_only(one) and _status_only(other)
    )


def _status_only(broken: _Broken) -> bool:
    return not broken.differences


def _of_one(pointer: str) -> str:
    """Return a pointer into a list as one into a single export: `/data/3/attributes/x` as `/data/attributes/x`."""
    return re.sub(r"^/data/\d+/", "/data/", pointer)


def _attribute(pointer: str) -> bool:
    return pointer.startswith("/data/attributes/")


def _kind(actual: str) -> str:
    """Return how a value is wrong: missing, null, empty, or another value."""
    if actual in {"absent", "nothing"}:
        return "absent"
    try:
        value = json.loads(actual)
    except ValueError:
        return "other"
    return "empty" if value in (None, "", [], {}) and value is not False else "other"


def _rank(name: str) -> tuple[bool, bool, int]:
    """Order requirements: promises first, then those about a creation, then as in the contract."""
    requirement = requirements()[name]
    return requirement.weight != "promise", requirement.topic == "life", list(requirements()).index(name)


def _fault(group: Sequence[str], broken: Mapping[str, _Broken], conditions: Mapping[str, Condition]) -> Fault:
    name = group[0]
    smallest = min((Witness(exchange, violation) for exchange, violation in broken[name].violations), key=_size)
    return Fault(name, tuple(group), conditions[name], smallest)


def _size(witness: Witness) -> tuple[int, str]:
    return witness.size
