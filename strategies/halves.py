"""Selections of records that are known: each of their filters leaves out some record that the others select.

Decision: docs/decisions/0087-filters-that-select-known-records.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from exports_conformance.contract.requirements import instant, is_before
from exports_conformance.contract.resources import ResourceType
from exports_conformance.exchange.model import File
from exports_conformance.exchange.strict_json import Json, as_array, as_object


@dataclass(frozen=True, slots=True)
class Half:
    """Filters, and the ids of the records that satisfy all of them.

    `without` has the ids of those that satisfy all filters but one, by the name of that filter, where they are known,
    and `related` the relationships in which each selected record has a related one.
    """

    filters: Mapping[str, Json]
    ids: tuple[str, ...]
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OneFilter:
    """One filter, and the ids of the known records that satisfy it."""

    name: str
    operand: Json
    ids: Collection[str]


def halves(ids: Sequence[str], created: Sequence[str], codes: Sequence[str] = ()) -> tuple[Half, Half]:
    """Return two selections, given the ids of records and, as far as they are known, their `created_at` and codes.

    With the times of three records, one half begins with a time, and the other ends before it: a filter that is
    ignored, inverted, joined by `or`, or takes its bound the wrong way selects other records. A time may be shown less
    precisely than it is stored, so that only `gteq` and `lt` are certain at a bound. With three records from that time
    on, the ids leave out one of them, and so does a code, where those are known.
    """
    times = sorted((time, text) for text in created if (time := instant(text)))
    if len(ids) < 3 or len(times) != len(ids):  # noqa: PLR2004  fewer have no bound between them
        return Half({"id_in": [*ids[:2]]}, tuple(ids[:2])), Half({"id_eq": ids[1]}, (ids[1],))
    _, bound = times[len(ids) // 3]
    early = tuple(one for one, time in zip(ids, created, strict=True) if is_before(time, bound))
    late = tuple(one for one, _ in sorted(zip(ids, created, strict=True), key=_time) if one not in early)
    if not early:
        return halves(ids, ())
    return _late(ids, late, bound, codes), Half({"created_at_lt": bound, "id_in": [*ids]}, early)


def _late(ids: Sequence[str], late: tuple[str, ...], bound: str, codes: Sequence[str]) -> Half:
    filters: dict[str, Json] = {"id_in": [*ids], "created_at_gteq": bound}
    if len(late) < 3:  # noqa: PLR2004  the first is at the bound, the second and the last can be left out
        return Half(filters, late)
    filters["id_in"] = [each for each in ids if each != late[-1]]
    if len(codes) != len(ids):
        return Half(filters, late[:-1])
    code = {one: text.casefold() for one, text in zip(ids, codes, strict=True)}
    others = tuple(each for each in late[:-1] if code[each] != code[late[1]])
    if not others:
        return Half(filters, late[:-1])
    filters["code_not_eq"] = codes[[*ids].index(late[1])]
    return Half(filters, others)


def _time(record: tuple[str, str]) -> datetime:
    return instant(record[1]) or datetime.max.replace(tzinfo=UTC)


def selection_by(ids: Sequence[str], *conditions: OneFilter) -> Half | None:
    """Return the selection of those of some records that satisfy all conditions.

    Return None unless it has a record, and each condition leaves out one that all others select: else an endpoint that
    ignores that filter would select the same records.
    """

    def having(these: Collection[OneFilter]) -> tuple[str, ...]:
        return tuple(one for one in ids if all(one in each.ids for each in these))

    chosen = having(conditions)
    without = {each.name: having([other for other in conditions if other is not each]) for each in conditions}
    if not chosen or chosen in without.values():
        return None
    return Half({"id_in": [*ids], **{each.name: each.operand for each in conditions}}, chosen, without)


def related_half(file: File, kind: ResourceType) -> Half | None:
    """Return a selection that ends before a time and goes through a relationship; None if the file tells of none.

    It leaves out records without a reference, where some have one and others do not. No record is related to two of
    the ids in the filter, so that a join has each once.
    """
    times = sorted((time, text) for text in file.created if (time := instant(text)))
    if len(times) != len(file.ids) or not times:
        return None
    _, bound = times[len(times) * 2 // 3]
    early = [one for one, time in zip(file.ids, file.created, strict=True) if is_before(time, bound)]
    before = OneFilter("created_at_lt", bound, early)
    given = next((each for each in _by_reference(file) if each.name == "reference_present"), None)
    through = [*_through_relationships(file, kind)]
    several = [(before, each, given) for each in through if given] + [(before, each) for each in through]
    found = (selection_by(file.ids, *conditions) for conditions in several)
    return next((each for each in found if each), None)


def _through_relationships(file: File, kind: ResourceType) -> Iterator[OneFilter]:
    """Yield conditions by the ids of related records, each of which leaves out the records related to one of them."""
    for link in sorted(kind.relationships.values(), key=lambda link: link.many):
        name = f"{link.name}_id"
        related = _values(file, name) if link.filterable else {}
        one_each = dict.fromkeys(ids[0] for ids in map(as_array, related.values()) if ids)
        for left_out in reversed(one_each):
            chosen = [each for each in one_each if each != left_out]
            matches = {one: [each for each in as_array(ids) if each in chosen] for one, ids in related.items()}
            if chosen and all(len(each) < 2 for each in matches.values()):  # noqa: PLR2004  a match too many
                yield OneFilter(f"{name}_in", list(chosen), [one for one, match in matches.items() if match])


def _values(file: File, name: str) -> dict[str, Json]:
    """Return what is known of each record under a name, by its id; empty unless it is known of all."""
    found = {one: facts[name] for one, facts in zip(file.ids, file.known, strict=False) if name in facts}
    return found if len(found) == len(file.ids) else {}


def with_related(half: Half, file: File, kind: ResourceType) -> Half:
    """Return a selection with the relationships in which each of its records has a related one, as the file shows."""
    known = {name: _values(file, f"{name}_id") for name in kind.relationships}
    return replace(half, related=tuple(name for name, ids in known.items() if all(ids.get(one) for one in half.ids)))


def metadata_half(file: File) -> Half | None:
    """Return the selection of the records that have a member of `metadata` which most have, but not all, if any."""
    known = {one: as_object(each) for one, each in _values(file, "metadata").items()}
    members = [{name: value} for each in known.values() for name, value in each.items()]
    having = [[one for one, each in known.items() if _has(each, member)] for member in members]
    conditions = [OneFilter("metadata_jcont", each, ids) for each, ids in zip(members, having, strict=True)]
    found = [half for each in conditions if (half := selection_by(file.ids, each))]
    return max(found, key=lambda half: len(half.ids), default=None)


def _has(metadata: Mapping[str, Json], member: Mapping[str, Json]) -> bool:
    """Return True if metadata has a member, whose value is the same also in its JSON type."""
    return all((type(metadata.get(name)), metadata.get(name)) == (type(value), value) for name, value in member.items())


def single_halves(file: File, kind: ResourceType) -> dict[str, Half]:
    """Return selections by one filter beside the ids each, by the filter's predicate, as far as a file tells them.

    Those of `present` and `blank`, of `null` and `not_null`, and of `eq` and `not_eq` are each other's complements.
    """
    conditions = [*_by_reference(file), *_by_code(file, kind)]
    return {each.name: half for each in conditions if (half := selection_by(file.ids, each))}


def _by_reference(file: File) -> Iterator[OneFilter]:
    given = {one: bool(value) for one, value in _values(file, "reference").items()}
    for predicate, wanted in (("present", True), ("blank", False), ("not_null", True), ("null", False)):
        yield OneFilter(f"reference_{predicate}", True, [one for one, each in given.items() if each is wanted])


def _by_code(file: File, kind: ResourceType) -> Iterator[OneFilter]:
    """Yield conditions by codes that differ in more than their case, since predicates may ignore it."""
    folded = {text.casefold(): text for text in file.codes}
    if "code" not in kind.filterable or not len(folded) == len(file.codes) == len(file.ids) > 2:  # noqa: PLR2004  of two, none is left
        return
    (first, one), (second, two) = zip(file.ids[:2], file.codes[:2], strict=True)
    rest = file.ids[2:]
    yield OneFilter("code_eq", one, [first])
    yield OneFilter("code_not_eq", one, [second, *rest])
    yield OneFilter("code_in", [one, two], [first, second])
    yield OneFilter("code_not_in", [one, two], rest)
    starting = [each for each, text in zip(file.ids, folded, strict=True) if text.startswith(one.casefold())]
    yield OneFilter("code_start", one, starting)
