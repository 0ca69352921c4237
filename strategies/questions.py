"""Questions about an export that exists, or should not: intents of the requests that follow a creation."""

from exports_conformance.contract.exchange import Exchange, Intent
from exports_conformance.contract.judge import judge
from exports_conformance.contract.strict_json import Json

NOBODYS_ID = "NoSuchExprt"


def retrieval(created: Exchange, case: str = "retrieved") -> Intent:
    """Mean to be shown an export with the arguments that were sent, and the id and time that its creation showed."""
    attributes = dict(created.sent_attributes)
    if "created-now" in judge(created).held:  # a time that was wrong at once is not asked for a second time
        attributes["created_at"] = created.attributes["created_at"]
    return Intent(f"life/{case}", "retrieve", shown={"id": created.data.get("id"), "attributes": attributes})


def listing(case: str, *, finds: int | None = None, shown: Json = None) -> Intent:
    """Mean to be shown a list, which finds so many exports where that is known."""
    return Intent(f"life/{case}", "list", finds=finds, shown=shown)


def update(case: str = "updated") -> Intent:
    """Mean to change an export."""
    return Intent(f"life/{case}", "update")


def deletion() -> Intent:
    """Mean to remove an export."""
    return Intent("life/deleted", "delete")


def absence(requirement: str, case: str) -> Intent:
    """Mean to be told that an export is not there."""
    return Intent(
        f"life/{case}", "retrieve", expects="refusal", breaks=requirement, flaw=case, answers=frozenset({404})
    )


def other_id() -> Intent:
    """Mean an update to be refused since its document is of another export than its address."""
    return Intent(
        "life/other-id",
        "update",
        expects="refusal",
        breaks="update-other-id",
        flaw="other-id",
        answers=frozenset({400}),
    )
