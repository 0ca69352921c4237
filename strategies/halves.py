"""Two selections of records whose ids and times are known: every filter counts, and together they select all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exports_conformance.contract.shapes import instant, is_before
from exports_conformance.exchange.strict_json import Json


@dataclass(frozen=True, slots=True)
class Half:
    """Filters, and the ids of the records that satisfy all of them."""

    filters: Mapping[str, Json]
    ids: tuple[str, ...]


def halves(ids: Sequence[str], created: Sequence[str]) -> tuple[Half, Half]:
    """Return two selections of at least two records, given their ids and, as far as they are known, their `created_at`.

    With the times of three records, one half begins with the second time, and the other ends before it: a filter that
    is ignored, inverted, joined by `or`, or takes its bound the wrong way selects other records. A time may be shown
    less precisely than it is stored, so that only `gteq` and `lt` are certain at a bound.
    """
    times = sorted((time, text) for text in created if (time := instant(text)))
    if len(ids) < 3 or len(times) != len(ids):  # noqa: PLR2004  fewer have no bound between them
        return Half({"id_in": [*ids[:2]]}, tuple(ids[:2])), Half({"id_eq": ids[1]}, (ids[1],))
    _, bound = times[1]
    early = tuple(one for one, time in zip(ids, created, strict=True) if is_before(time, bound))
    late = tuple(one for one in ids if one not in early)
    if not early:
        return halves(ids, ())
    return (
        Half({"id_in": [*ids], "created_at_gteq": bound}, late),
        Half({"created_at_lt": bound, "id_in": [*ids]}, early),
    )
