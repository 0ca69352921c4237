"""Rules of the topic `answer`: the response to a creation, apart from what tables of the contract state."""

from collections.abc import Iterator
from urllib.parse import urljoin

from exports_conformance.contract.edition import statuses
from exports_conformance.contract.requirements import instant, is_before, url_path
from exports_conformance.exchange.exports import creation_window
from exports_conformance.exchange.model import JSON_API, Exchange
from exports_conformance.exchange.strict_json import member, one_line, shown
from exports_conformance.rules.engine import (
    Finding,
    created,
    every,
    has_all_headers,
    has_content,
    leads_elsewhere,
    media_types,
    resource_path,
    rule,
    shows_export,
    was_sent,
)
from exports_conformance.rules.errors import PROMISED


def _has_no_errors(exchange: Exchange) -> bool:
    return not member(exchange.reading.value, "errors")  # else it is reported by `errors-with-error-status`


@rule("create-status-201", applies=every(created, _has_no_errors))
def creation_returns_201(exchange: Exchange) -> Iterator[Finding]:
    """A successful creation returns 201."""
    if exchange.status != 201:  # noqa: PLR2004  Created
        yield Finding("201 Created", str(exchange.status))


@rule("answer-media-type", applies=has_content)
def success_is_json_api(exchange: Exchange) -> Iterator[Finding]:
    """The media type is JSON:API's; its parameters are free."""
    if exchange.response and exchange.response.media_type != JSON_API:
        yield Finding(*media_types(exchange.response))


@rule("answer-json", applies=has_content)
def success_is_json(exchange: Exchange) -> Iterator[Finding]:
    """The body is JSON in UTF-8."""
    if exchange.reading.problem:
        yield Finding("a JSON document in UTF-8", exchange.reading.problem)


def _has_json(exchange: Exchange) -> bool:
    """Return True if the API itself, and no gateway, answered with JSON."""
    from_the_api = has_content(exchange) or exchange.status in PROMISED
    return from_the_api and exchange.response is not None and exchange.response.media_type.endswith("json")


@rule("answer-no-byte-order-mark", applies=_has_json)
def document_has_no_byte_order_mark(exchange: Exchange) -> Iterator[Finding]:
    """The body begins with the document itself."""
    if exchange.reading.is_marked:
        yield Finding("a JSON document", "a JSON document behind a byte order mark (U+FEFF)")


@rule("answer-unique-keys", applies=has_content, needs=("answer-json",))
def success_repeats_no_key(exchange: Exchange) -> Iterator[Finding]:
    """No object repeats a key."""
    if exchange.reading.repeated_keys:
        yield Finding("each key once in an object", f"repeated: {one_line(exchange.reading.repeated_keys)}")


@rule("answer-data", applies=every(shows_export, _has_no_errors), needs=("answer-json",))
def success_has_a_resource(exchange: Exchange) -> Iterator[Finding]:
    """`data` is one resource object."""
    document = exchange.reading.value
    if not isinstance(member(document, "data"), dict):
        actual = shown(document, "data") if isinstance(document, dict) else one_line(document)
        yield Finding("data: a resource object", actual, "/data")


@rule("answer-self-link", applies=shows_export, needs=("answer-id",))
def self_link_leads_to_the_resource(exchange: Exchange) -> Iterator[Finding]:
    """`links.self` is the URL of the resource itself."""
    yield from leads_elsewhere(exchange, exchange.data.get("links"), "self", resource_path(exchange), "/data/links")


def _is_located(exchange: Exchange) -> bool:
    header = exchange.response.header("location") if exchange.response else None
    return created(exchange) and has_all_headers(exchange) and bool(header)


@rule("create-location", applies=_is_located, needs=("create-status-201", "answer-self-link"))
def location_is_that_of_the_resource(exchange: Exchange) -> Iterator[Finding]:
    """A Location header, relative or absolute, has the path of `links.self`; its host may be that of a gateway."""
    given = (exchange.response.header("location") or "") if exchange.response else ""
    own = url_path(exchange.data["links"]["self"])
    if url_path(urljoin(f"{exchange.base_url.rstrip('/')}/exports", given)) != own:
        yield Finding(f"Location: a URL with the path {own}", f"Location: {one_line(given)}")


@rule("answer-status-known", applies=shows_export, needs=("answer-status",))
def status_is_documented(exchange: Exchange) -> Iterator[Finding]:
    """The edition documents the status."""
    known, status = statuses(exchange.edition), exchange.attributes["status"]
    if status not in known:
        yield Finding(f"one of {', '.join(known)}", one_line(status), "/data/attributes/status")


@rule(
    "created-not-updated-before",
    applies=every(shows_export, was_sent),
    needs=("answer-created-at", "answer-updated-at"),
)
def update_follows_creation(exchange: Exchange) -> Iterator[Finding]:
    """`updated_at` is not before `created_at`."""
    created_at, updated_at = (exchange.attributes[name] for name in ("created_at", "updated_at"))
    if is_before(updated_at, created_at):
        yield Finding(f"not before {created_at}", one_line(updated_at), "/data/attributes/updated_at")


def _time_is_known(exchange: Exchange) -> bool:
    return creation_window(exchange) is not None


@rule("created-now", applies=every(created, was_sent, _time_is_known), needs=("answer-created-at", "answer-updated-at"))
def creation_is_now(exchange: Exchange) -> Iterator[Finding]:
    """`created_at` is between the request and the response, by the server's own clock if it has a Date header."""
    created_at, window = instant(exchange.attributes["created_at"]), creation_window(exchange)
    if created_at and window and not window[0] <= created_at <= window[1]:
        expected = f"between {window[0].isoformat()} and {window[1].isoformat()}"
        yield Finding(expected, created_at.isoformat(), "/data/attributes/created_at")


@rule("rate-limit-headers", applies=has_all_headers)
def response_states_its_rate_limit(exchange: Exchange) -> Iterator[Finding]:
    """The response has the limit, its interval and the number of requests that remain."""
    for name in ("X-Ratelimit-Limit", "X-Ratelimit-Interval", "X-Ratelimit-Remaining"):
        value = exchange.response.header(name) if exchange.response else None
        if value is None or not value.strip().isdecimal():
            yield Finding(f"{name}: a whole number", f"{name}: {'absent' if value is None else value}")
