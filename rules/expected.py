"""What an export should show from its creation on, as the intent of a later request has it (`Intent.shown`)."""

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules import judge


def as_created(created: Exchange) -> dict[str, Json]:
    """Give the arguments that were sent, and the id and time that the creation showed."""
    attributes = dict(created.sent_attributes)
    if "created-now" in judge(created).held:  # a time that was wrong at once is not asked for a second time
        attributes["created_at"] = created.attributes["created_at"]
    return {"id": created.data.get("id"), "attributes": attributes}


def as_followed(created: Exchange, last: Exchange) -> dict[str, Json]:
    """Give what was created, and the status that was shown last, from which it moves on."""
    plain = as_created(created)
    known = {"status": last.attributes["status"]} if "answer-status-known" in judge(last).held else {}
    return {**plain, "attributes": {**plain["attributes"], **known}}


def as_exported(created: Exchange, ended: Exchange) -> dict[str, Json]:
    """Give what the file of an export should be, as it was created and has ended."""
    sent = created.sent_attributes
    form = sent.get("format") or "json"
    attributes = {
        # Where another format is shown than was asked for, that is the broken promise, and not the file.
        "format": form if created.attributes.get("format") == form else None,
        "fields": sent.get("fields"),
        "dry_data": sent.get("dry_data") or False,
        "records_count": ended.attributes.get("records_count"),
    }
    return {"id": ended.data.get("id"), "attributes": attributes}
