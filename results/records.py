"""The records of an organisation: which of the certain resource types have some, as far as exports have shown."""

from collections.abc import Iterable
from typing import Literal

from exports_conformance.exchange.all_selecting import selects_everything
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import selection_refusal
from exports_conformance.exchange.strict_json import Json

NOTHING = (
    "no resource type has records here: every one that is certain was refused as empty; "
    "create a record, of skus for instance"
)
"""Why an organisation without any record cannot be judged."""

Shown = Literal["", "counted", "counted none", "accepted", "refused"]


def certain_types() -> tuple[str, ...]:
    """Give the types that are certain; the file that says so is read no sooner, since it may be faulty."""
    from exports_conformance.contract.resources import CERTAIN_TYPES  # noqa: PLC0415

    return CERTAIN_TYPES


def shown(exchange: Exchange) -> tuple[str, Shown]:
    """Give a certain type and what an exchange shows of its records; empty where it shows nothing.

    A refusal as empty shows that there are none, and so does an export that ended without one; where filters leave
    something out, only what is found shows anything.
    """
    creates = exchange.expectation.operation == "create" and exchange.status // 100 in (2, 4)
    asked = exchange.sent_attributes if creates else exchange.attributes
    kind, everything = asked.get("resource_type"), selects_everything(asked.get("filters"))
    if kind not in certain_types() or exchange.expectation.flaw:
        return "", ""
    if refused := selection_refusal(exchange) if creates else "":
        return kind, "counted" if refused == "too-many" else "refused" if everything else ""
    attributes = exchange.attributes
    count = attributes.get("records_count")
    if isinstance(count, int) and count > 0:
        return kind, "counted"
    if count == 0 and everything and attributes.get("status") == "completed":
        return kind, "counted none"
    return kind, "accepted" if creates and exchange.status == 201 else ""  # noqa: PLR2004  Created


def records(exchanges: Iterable[Exchange]) -> dict[str, Json]:
    """Give the certain types that were found to have records, and those that have none, in the contract's order.

    What was counted says more than that a creation was accepted, and that more than a refusal at another moment.
    """
    seen: dict[str, set[Shown]] = {}
    for exchange in exchanges:
        kind, what = shown(exchange)
        seen.setdefault(kind, set()).add(what)
    found, none = [], []
    for kind in certain_types():
        what_all = seen.get(kind, set())
        if "counted" in what_all or ("accepted" in what_all and "counted none" not in what_all):
            found.append(kind)
        elif what_all & {"counted none", "refused"}:
            none.append(kind)
    return {"found": found, "none": none}
