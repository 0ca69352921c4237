"""Selections of records that are known: each of their filters leaves out some record that the others select.

Decision: docs/decisions/0087-filters-that-select-known-records.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from exports_conformance.contract.requirements import instant, is_before
from exports_conformance.contract.resources import ResourceType
from exports_conformance.exchange.model import File
from exports_conformance.exchange.strict_json import Json, as_array, as_object

_BATCH = 4
"""Records of which a table has enough: more than the first three, from which a writer may take its columns."""


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


def halves(
    ids: Sequence[str], created: Sequence[str], codes: Sequence[str] = (), blank: Collection[str] = ()
) -> tuple[Half, Half]:
    """Return two selections, given the ids of records and, as far as they are known, their `created_at` and codes.

    With the times of three records, one half begins with a time, and the other ends before it: a filter that is
    ignored, inverted, joined by `or`, or takes its bound the wrong way selects other records. A time may be shown less
    precisely than it is stored, so that only `gteq` and `lt` are certain at a bound. With three records from that time
    on, the ids leave out one of them, and so does a code, where those are known, and `reference_present` the `blank`
    ones, which have no reference.
    """
    records = sorted((time, one, text) for one, text in zip(ids, created, strict=False) if (time := instant(text)))
    if len(ids) < 3 or len(records) != len(ids):  # noqa: PLR2004  fewer have no bound between them
        return Half({"id_in": [*ids[:2]]}, tuple(ids[:2])), Half({"id_eq": ids[1]}, (ids[1],))
    ordered = [one for _, one, _ in records]
    third = len(ids) // 3
    earlier = (at for at in range(third, 0, -1) if _can_leave_out_blank(ordered, at, blank))
    at = next((at for at in earlier if records[at - 1][0] < records[at][0]), None)
    bound = records[third if at is None else at][2]
    early = tuple(one for one, time in zip(ids, created, strict=True) if is_before(time, bound))
    if not early:
        return halves(ids, ())
    late = tuple(one for one in ordered if one not in early)
    left_out = () if at is None else blank
    return _late(ids, late, bound, codes, left_out), Half({"created_at_lt": bound, "id_in": [*ids]}, early)


def _can_leave_out_blank(ordered: Sequence[str], at: int, blank: Collection[str]) -> bool:
    """Return True if a record before a place has a reference, and from there on the first and three others, not all."""
    before, late = ordered[:at], ordered[at:]
    having = [one for one in late if one not in blank]
    return not set(before) <= set(blank) and late[0] in having and 4 <= len(having) < len(late)  # noqa: PLR2004  two are left out


def _late(ids: Sequence[str], late: tuple[str, ...], bound: str, codes: Sequence[str], blank: Collection[str]) -> Half:
    filters: dict[str, Json] = {"id_in": [*ids], "created_at_gteq": bound}
    if len(late) < 3:  # noqa: PLR2004  the first is at the bound, the second and the last can be left out
        return Half(filters, late)
    having = tuple(each for each in late if each not in blank)
    last, left_out = having[-1], ""
    filters["id_in"] = [each for each in ids if each != last]
    folded = dict(zip(ids, map(str.casefold, codes), strict=True)) if len(codes) == len(ids) else {}
    if any(folded.get(each) != folded.get(having[1]) for each in having[:-1]):
        left_out = folded[having[1]]
        filters["code_not_eq"] = codes[[*ids].index(having[1])]

    def chosen(those: Sequence[str]) -> tuple[str, ...]:
        return tuple(each for each in those if each != last and (not left_out or folded[each] != left_out))

    if not blank:
        return Half(filters, chosen(late))
    return Half({**filters, "reference_present": True}, chosen(having), {"reference_present": chosen(late)})


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


def table_halves(file: File, kind: ResourceType) -> list[Half]:
    """Return a selection by times and through a relationship, and one by times only, as far as a file tells of them.

    Each begins with a record without a reference and has four records, if it can: what writes a table may take its
    columns from the first record, or from a few. No record is related to two of the ids in a filter, so that a join
    has each once.
    """
    times = sorted((time, text) for text in file.created if (time := instant(text)))
    if len(times) != len(file.ids) or not times:
        return []
    blank = without_reference(file)
    first_blank = [text for one, text in zip(file.ids, file.created, strict=True) if one in blank][:1]
    until = _by_time(file, "lt", times[-1][1])
    begins = [_by_time(file, "gteq", text) for text in (*first_blank, times[len(times) // 3][1])]
    spans = [*((since, until) for since in begins), *((each,) for each in (*begins, until))]

    def worth(half: Half) -> tuple[bool, int, int]:
        begins_blank = half.ids[0] in blank and not set(half.ids) <= set(blank)
        return begins_blank, min(len(half.ids), _BATCH), len(half.filters)

    def best(through: Sequence[tuple[OneFilter, ...]]) -> list[Half]:
        found = (selection_by(file.ids, *span, *others) for span in spans for others in through)
        half = max((each for each in found if each), key=worth, default=None)
        return [half] if half else []

    return best([(each,) for each in _through_relationships(file, kind)]) + best([()])


def without_reference(file: File) -> tuple[str, ...]:
    """Return the ids of the records that are known to have no reference."""
    return tuple(one for one, has in _values(file, "reference").items() if not has)


def _by_time(file: File, predicate: Literal["gteq", "lt"], bound: str) -> OneFilter:
    early = [one for one, time in zip(file.ids, file.created, strict=True) if is_before(time, bound)]
    chosen = early if predicate == "lt" else [one for one in file.ids if one not in early]
    return OneFilter(f"created_at_{predicate}", bound, chosen)


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
