"""Two selections of records whose ids, times and codes are known: each of their filters leaves out some record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exports_conformance.contract.requirements import instant, is_before
from exports_conformance.exchange.strict_json import Json


@dataclass(frozen=True, slots=True)
class Half:
    """Filters, and the ids of the records that satisfy all of them."""

    filters: Mapping[str, Json]
    ids: tuple[str, ...]


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
