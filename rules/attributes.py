"""Rules of an export's attributes: each is there, of its type, and within its set."""

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from exports_conformance.exchange.edition import STATUSES
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import one_line
from exports_conformance.rules.applies import created, performed, shows_export
from exports_conformance.rules.engine import Finding, every, rule
from exports_conformance.rules.values import (
    BOOLEAN,
    COUNT,
    NUMBER,
    OBJECT,
    STRING,
    STRINGS,
    TEXT,
    TIME,
    URL,
    Shape,
    instant,
    is_before,
)

SHAPES: Mapping[str, Shape] = {
    "resource_type": TEXT,
    "format": STRING.or_null(),
    "status": STRING,
    "includes": STRINGS.or_null(),
    "fields": STRINGS.or_null(),
    "filters": OBJECT.or_null(),
    "dry_data": BOOLEAN.or_null(),
    "started_at": TIME.or_null(),
    "completed_at": TIME.or_null(),
    "interrupted_at": TIME.or_null(),
    "records_count": COUNT.or_null(),
    "attachment_url": URL.or_null(),
    "errors_log": OBJECT.or_null(),
    "created_at": TIME,
    "updated_at": TIME,
    "reference": STRING.or_null(),
    "reference_origin": STRING.or_null(),
    "metadata": OBJECT.or_null(),
}
"""The attributes of the page's answer, each with its documented shape."""

LATER_SHAPES: Mapping[str, Shape] = {
    "jwt_filters": BOOLEAN.or_null(),
    "estimated_completion_at": TIME.or_null(),
    "processed_count": COUNT.or_null(),
    "progress": NUMBER.or_null(),
}
"""The attributes of later editions; no edition promises that they are there."""

TOLERANCE = timedelta(seconds=3)  # two between processes, and one that a Date header cannot tell
UNSYNCHRONISED = timedelta(hours=24)


def answer_id(attribute: str) -> str:
    """Give the id of the requirement that an attribute of the answer has its shape."""
    return f"answer-{attribute.replace('_', '-')}"


def _has_shape(attribute: str, shape: Shape, *, optional: bool) -> None:
    def applies(exchange: Exchange) -> bool:
        return shows_export(exchange) and (not optional or attribute in exchange.attributes)

    def attribute_has_its_shape(exchange: Exchange) -> Iterator[Finding]:
        at = f"/data/attributes/{attribute}"
        if attribute not in exchange.attributes:
            yield Finding(shape.words, "absent", at)
        elif not shape.fits(exchange.attributes[attribute]):
            yield Finding(shape.words, one_line(exchange.attributes[attribute]), at)

    rule(answer_id(attribute), applies=applies, needs=("answer-attributes",))(attribute_has_its_shape)


for _attribute, _shape in SHAPES.items():
    _has_shape(_attribute, _shape, optional=False)
for _attribute, _shape in LATER_SHAPES.items():
    _has_shape(_attribute, _shape, optional=True)


@rule("answer-status-known", applies=shows_export, needs=("answer-status",))
def status_is_documented(exchange: Exchange) -> Iterator[Finding]:
    """`status` is one that the edition documents."""
    known = STATUSES[exchange.edition]
    if exchange.attributes["status"] not in known:
        yield Finding(f"one of {', '.join(known)}", one_line(exchange.attributes["status"]), "/data/attributes/status")


@rule("answer-format-known", applies=shows_export, needs=("answer-format",))
def format_is_documented(exchange: Exchange) -> Iterator[Finding]:
    """`format` is json or csv."""
    if exchange.attributes["format"] not in {"json", "csv", None}:
        yield Finding("json or csv", one_line(exchange.attributes["format"]), "/data/attributes/format")


@rule(
    "created-not-updated-before",
    applies=every(shows_export, performed),
    needs=("answer-created-at", "answer-updated-at"),
)
def update_follows_creation(exchange: Exchange) -> Iterator[Finding]:
    """`updated_at` is not before `created_at`."""
    created_at, updated_at = (exchange.attributes[name] for name in ("created_at", "updated_at"))
    if is_before(updated_at, created_at):
        yield Finding(f"not before {created_at}", one_line(updated_at), "/data/attributes/updated_at")


def _time_is_known(exchange: Exchange) -> bool:
    return exchange.started > 0 or _date(exchange) is not None


@rule(
    "created-now", applies=every(created, performed, _time_is_known), needs=("answer-created-at", "answer-updated-at")
)
def creation_is_now(exchange: Exchange) -> Iterator[Finding]:
    """`created_at` lies between the request and the answer, by the server's own clock where it tells the time."""
    created_at = instant(exchange.attributes["created_at"])
    date = _date(exchange)
    if date:
        earliest, latest = date - timedelta(seconds=exchange.elapsed) - TOLERANCE, date + TOLERANCE
    else:
        sent = datetime.fromtimestamp(exchange.started, UTC)
        earliest, latest = sent - UNSYNCHRONISED, sent + UNSYNCHRONISED
    if created_at and not earliest <= created_at <= latest:
        expected = f"between {earliest.isoformat()} and {latest.isoformat()}"
        yield Finding(expected, created_at.isoformat(), "/data/attributes/created_at")


def _date(exchange: Exchange) -> datetime | None:
    header = exchange.response.header("date") if exchange.response else None
    try:
        date = parsedate_to_datetime(header) if header else None
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC) if date and date.year < MAXYEAR else None
