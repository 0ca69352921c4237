"""Exports: which one an exchange shows, its status, its file, what it should show; the classes of its arguments."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from exports_conformance.contract.edition import (
    Edition,
    added_attributes,
    edition_with,
    editions,
    first_edition,
    statuses,
)
from exports_conformance.contract.requirements import instant, url_path
from exports_conformance.contract.resources import resource_type, resource_types
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import (
    Json,
    as_array,
    as_text,
    is_empty,
    member,
    objects_in,
    same_class,
)
from exports_conformance.exchange.tags import is_tag

_OWN_ID = re.compile(r"/exports/([^/?]+)")


def own_ids(exchange: Exchange) -> list[str]:
    """Return the ids of the export that an exchange is about, as the request, the response and the expectation have it.

    A text that is no longer than the word "exports" is left out: it may stand for something else elsewhere.
    """
    found = _OWN_ID.search(exchange.request.path)
    shown = as_text(exchange.data.get("id")) or _last_segment(member(exchange.data, "links", "self"))
    known = [unquote(found[1]) if found else "", shown, as_text(member(exchange.expectation.expected, "id"))]
    return list(dict.fromkeys(each for each in known if len(each) > len("exports")))


def _last_segment(link: object) -> str:
    path = url_path(link) or ""
    return path.rpartition("/exports/")[2] if "/exports/" in path else ""


EditionChoice = str
"""The name of an edition, or `auto`: the first export created shows it."""


def shows_edition(exchange: Exchange) -> bool:
    """Return True if the response shows a created export, whose attributes tell the edition whatever its status."""
    return exchange.expectation.operation == "create" and exchange.succeeded and bool(exchange.attributes)


def edition_shown(exchange: Exchange) -> tuple[Edition, str]:
    """Return the edition that a created export shows, and the reason in words."""
    edition, seen = edition_with(exchange.attributes)
    if seen:
        return edition, f"the first export has {', '.join(seen)}"
    later = next(name for each in editions() if each != first_edition() for name in added_attributes(each))
    return edition, f"the first export has no {later}"


UPDATABLE = ("reference", "reference_origin", "metadata")
"""The attributes, apart from triggers, that an update can change."""

RUNNING = ("pending", "in_progress")
ENDED = ("completed", "interrupted", "failed")

LATER: Mapping[str, frozenset[str]] = {
    "pending": frozenset({*RUNNING, *ENDED}),
    "in_progress": frozenset({"in_progress", *ENDED}),
    **{status: frozenset({status}) for status in ENDED},
}
"""The statuses that may follow each one, as long as the export is neither interrupted nor started."""


def has_ended(exchange: Exchange) -> bool:
    """Return True if the response shows an export that has ended."""
    return exchange.attributes.get("status") in ENDED


def last_status(exchange: Exchange) -> str:
    """Return the status that the export showed before this exchange; empty if none is known.

    What the expectation does not know, an earlier retrieval may have shown, if the export had ended then.
    """
    expected = member(exchange.expectation.expected, "attributes", "status")
    earlier = (exchange.lookups.earlier or {}).get("/data/attributes/status")
    return as_text(expected) or (as_text(earlier) if exchange.expectation.outcome == "success" else "")


def expected_statuses(exchange: Exchange) -> frozenset[str]:
    """Return the statuses that may follow the last one and the last interrupt or start; empty if any may."""
    before, action = last_status(exchange), exchange.expectation.action
    if action == "interrupt" and before in RUNNING:
        return frozenset(ENDED)  # an interrupt need not take hold at once: the export may end by itself meanwhile
    if action == "interrupt":
        # An export that had ended before the interrupt arrived may show any status.
        return frozenset({"interrupted"}) if before == "interrupted" else frozenset()
    if action == "start":
        return frozenset(LATER) - {"interrupted"}
    return LATER.get(before, frozenset())


def may_be_stale(exchange: Exchange) -> bool:
    """Return True if the response may come from a replica that does not have the last change yet."""
    expected = expected_statuses(exchange)
    shows = exchange.attributes.get("status")
    return exchange.status != HTTPStatus.OK or bool(expected and shows in LATER and shows not in expected)


def shows_deleted(exchange: Exchange) -> list[str]:
    """Return the ids in a list of exports that were deleted before, as its expectation knows them."""
    deleted = as_array(member(exchange.expectation.expected, "deleted"))
    listed = objects_in(member(exchange.reading.value, "data"))
    return [as_text(each.get("id")) for each in listed if each.get("id") in deleted]


def has_record_count(attributes: Mapping[str, Json], found: int) -> bool:
    """Return True if a file with so many records fits the `records_count` of an export with these attributes.

    CSV may have a row for each included record, since the documentation does not say how it nests them.
    """
    count = attributes.get("records_count")
    more_allowed = attributes.get("format") == "csv" and _has_several(attributes)
    return found == count or (more_allowed and isinstance(count, int) and found > count)


def _has_several(attributes: Mapping[str, Json]) -> bool:
    """Return True if a record may have several of the related resources that are exported with it."""
    fields = [field for field in as_array(attributes.get("fields")) if isinstance(field, str)]
    included = [path for path in as_array(attributes.get("includes")) if isinstance(path, str)]
    paths = [field.rpartition(".")[0] for field in fields if "." in field] if fields else included
    return any(_is_of_several(attributes.get("resource_type"), path) for path in paths)


def _is_of_several(kind: Json, path: str) -> bool:
    """Return False only if every relationship on the path certainly leads to a single resource."""
    target = kind if isinstance(kind, str) and kind in resource_types() else None
    for segment in path.split("."):
        link = resource_type(target).relationships.get(segment) if target else None
        if link is None or link.many:
            return True
        target = link.target
    return False


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


def as_updated(created: Exchange, updates: Iterable[Exchange]) -> dict[str, Json]:
    """Return what an export should show after updates: as it was created, but for what their responses showed.

    The documentation does not say whether `metadata` is replaced or merged; whichever was shown must last. Where a
    response showed another value of what its update left out, which is judged there, the later value is unknown.
    """
    plain = as_created(created)
    known = plain["attributes"]
    for update in updates:
        sent, shown = update.sent_attributes, update.attributes
        for name in UPDATABLE:
            if name not in sent and name in known and name in shown and not same_class(known[name], shown[name]):
                del known[name]
        changed = {"updated_at", "status", *(name for name in UPDATABLE if name in sent)}
        known |= {name: value for name, value in shown.items() if name in changed}
    return plain


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


def known_selection(expected: Json) -> dict[str, Json]:
    """Return what an expectation knows of the records that filters select."""
    return {name: value for name in ("selects", "without", "related") if (value := member(expected, name))}


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


LONG_AGO: Final = "2001-01-01T00:00:00.000Z"

ALL_SELECTING: Final[tuple[dict[str, Json], ...]] = (
    {"created_at_gteq": "2001-01-01T00:00:00Z"},
    {"id_not_null": True, "created_at_gt": LONG_AGO, "created_at_or_updated_at_gteq": LONG_AGO},
    {"created_at_gt_any": [LONG_AGO, "2002-02-02T00:00:00.000Z"]},
)
"""Filters that select every record, the simplest first: with a time, with several conditions, and with an array."""


def selects_everything(filters: Json) -> bool:
    """Return True if filters select every record."""
    return is_empty(filters) or filters in ALL_SELECTING


VALUE_CLASSES: Mapping[str, Sequence[str]] = {
    "format": ("absent", "csv", "json"),
    "includes": ("absent", "empty", "one", "many"),
    "fields": ("absent", "empty", "one", "all", "many"),
    "filters": ("absent", "empty", "one", "many"),
    "dry_data": ("absent", "false", "true"),
    "reference": ("absent", "empty", "one"),
    "reference_origin": ("absent", "empty", "one"),
    "metadata": ("absent", "empty", "one", "many"),
    "relationships": ("absent", "empty"),
}
"""The arguments of a creation, each with the classes of values that an endpoint may treat differently.

`relationships` is the member beside the attributes.
"""


def value_classes(attributes: Mapping[str, Json], *, has_relationships: bool = False) -> dict[str, str]:
    """Return the class of each argument of a creation; leave out arguments whose value is in none, such as null."""
    found = {name: _value_class(name, attributes) for name in VALUE_CLASSES if name != "relationships"}
    found["relationships"] = "empty" if has_relationships else "absent"
    return {name: value for name, value in found.items() if value in VALUE_CLASSES[name]}


def _value_class(name: str, attributes: Mapping[str, Json]) -> str:
    if name not in attributes:
        return "absent"
    value = attributes[name]
    if isinstance(value, dict):  # a tag that stands in the metadata is no class of its own
        value = {key: each for key, each in value.items() if not (isinstance(each, str) and is_tag(each))}
    if name in {"format", "dry_data"}:
        return str(value).lower() if isinstance(value, bool) or name == "format" else ""
    if value is None or not isinstance(value, str | list | dict):
        return ""
    if not value:
        return "empty"
    if value == ["*"]:
        return "all"
    return "one" if isinstance(value, str) or len(value) == 1 else "many"
