"""The two sides of a comparison: what each is of, and what that lets the comparison say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exports_conformance.contract.exchange import Edition, Exchange
from exports_conformance.reports.comparison.comparing import Compared
from exports_conformance.reports.comparison.promises import Verdicts


@dataclass(frozen=True, slots=True)
class Side:
    """One run: where it is kept, whom it asked, and what was found; a result keeps no exchanges (None).

    `inconclusive` are the reasons for which it could not judge its endpoint, if so; `contract` is the digest of the
    contract that it was judged by, empty where nothing says so; `started` is a time as text.
    """

    source: str
    kind: str
    base_url: str
    edition: Edition
    verdicts: Verdicts
    exchanges: Sequence[Exchange] | None = None
    mode: str = "unknown"
    started: str = ""
    contract: str = ""
    inconclusive: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What it is kept as."""
        return "result" if self.exchanges is None else "recording"


def reservations(before: Side, after: Side) -> Iterator[str]:
    """Say what makes the two sides unlike, apart from the API's version, a line for each thing."""
    if before.edition != after.edition:
        yield (
            f"editions: {before.edition} before, {after.edition} after; each is judged by its own, and what the "
            "documentation says of the difference stands beside it"
        )
    for name in ("kind", "mode"):
        was, is_now = getattr(before, name), getattr(after, name)
        if was != is_now:
            yield f"{name}: {was} before, {is_now} after; a difference may be of that"
    if before.contract != after.contract and before.contract and after.contract:
        yield "contract: the two were judged by different contracts; judge both by one to compare requirements"


def doubts(before: Side, after: Side, compared: Compared | None) -> Iterator[str]:
    """Say why nothing can be said for sure; nothing where all is well."""
    for side, when in ((before, "before"), (after, "after")):
        for reason in side.inconclusive:
            yield f"{when} is of an inconclusive run: {reason}"
    if compared and compared.pairs == 0:
        yield "not one question was asked before and after"
    elif compared and len(compared.undecided) > compared.pairs:
        yield f"more questions could not be compared ({len(compared.undecided)}) than could ({compared.pairs})"


def edition_of(exchanges: Sequence[Exchange]) -> Edition:
    """Give the edition that a run was judged by in the end."""
    return exchanges[-1].edition if exchanges else "page"
