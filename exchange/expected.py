"""What later responses should show of an export that was created (`Expectation.expected`)."""

from datetime import MAXYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from exports_conformance.contract.editions import statuses
from exports_conformance.contract.shapes import instant
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json

TOLERANCE = timedelta(seconds=3)  # two between processes, and one that a Date header cannot express
UNSYNCHRONISED = timedelta(hours=24)


def as_created(created: Exchange) -> dict[str, Json]:
    """Return the arguments that were sent, and the id and time that the creation's response shows."""
    attributes = dict(created.sent_attributes)
    shown, window = instant(created.attributes.get("created_at")), creation_window(created)
    if shown and window and window[0] <= shown <= window[1]:  # a wrong time is reported of the creation only
        attributes["created_at"] = created.attributes["created_at"]
    return {"id": created.data.get("id"), "attributes": attributes}


def as_followed(created: Exchange, last: Exchange) -> dict[str, Json]:
    """Return what was created, and the last status seen, from which the export moves on."""
    plain = as_created(created)
    status = last.attributes.get("status")
    known = {"status": status} if status in statuses(last.edition) else {}
    return {**plain, "attributes": {**plain["attributes"], **known}}


def as_exported(created: Exchange, ended: Exchange) -> dict[str, Json]:
    """Return what the file of an ended export should contain."""
    sent = created.sent_attributes
    requested = sent.get("format") or "json"
    attributes = {
        # If the response shows another format, that is the broken promise; the file is not judged by its format.
        "format": requested if created.attributes.get("format") == requested else None,
        **{name: sent.get(name) for name in ("resource_type", "includes", "fields", "filters")},
        "dry_data": sent.get("dry_data") or False,
        "records_count": ended.attributes.get("records_count"),
    }
    return {"id": ended.data.get("id"), "attributes": attributes}


def creation_window(exchange: Exchange) -> tuple[datetime, datetime] | None:
    """Return the earliest and latest plausible time of a creation; None if nothing tells it.

    The server's Date header decides; without it our own clock does, which may differ by a day.
    """
    date = _date(exchange)
    if date:
        return date - timedelta(seconds=exchange.elapsed) - TOLERANCE, date + TOLERANCE
    if exchange.started > 0:
        sent = datetime.fromtimestamp(exchange.started, UTC)
        return sent - UNSYNCHRONISED, sent + UNSYNCHRONISED
    return None


def _date(exchange: Exchange) -> datetime | None:
    header = exchange.response.header("date") if exchange.response else None
    try:
        date = parsedate_to_datetime(header) if header else None
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC) if date and date.year < MAXYEAR else None
