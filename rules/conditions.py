"""Conditions under which rules apply to an exchange."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.shapes import Shape
from exports_conformance.exchange.model import JSON_API, Exchange, Operation, Response
from exports_conformance.exchange.refusal_reasons import pointers_overlap
from exports_conformance.exchange.strict_json import is_empty, one_line

AppliesTo = Callable[[Exchange], bool]

BAD_REQUEST = 400
SERVER_ERROR = 500
NO_CONTENT = 204


def media_types(response: Response) -> tuple[str, str]:
    """Return the media type that a document should have, and the one that it has, as lines of a finding."""
    given = response.header("content-type")
    return f"Content-Type: {JSON_API}", f"Content-Type: {'absent' if given is None else given}"


def outcome_of(exchange: Exchange) -> str:
    """Return what a request was answered with: its status, and its errors or the kind of its body."""
    response = exchange.response
    if exchange.errors:
        return f"{exchange.status} {one_line(exchange.errors)}"
    if response is None or not response.body:
        return f"{exchange.status}, without a body"
    if exchange.reading.problem:
        return f"{exchange.status}, {response.media_type or 'no media type'}"
    return f"{exchange.status} {one_line(exchange.reading.value)}"


def every(*conditions: AppliesTo) -> AppliesTo:
    """Return a condition that is true where all of these are."""
    return lambda exchange: all(condition(exchange) for condition in conditions)


def succeeded(exchange: Exchange) -> bool:
    """Return True if the response is a 2xx."""
    return exchange.succeeded


def creates(exchange: Exchange) -> bool:
    """Return True if the request is a creation."""
    return exchange.expectation.operation == "create"


def created(exchange: Exchange) -> bool:
    """Return True if a creation succeeded."""
    return creates(exchange) and succeeded(exchange)


def has_content(exchange: Exchange) -> bool:
    """Return True if the response is a success with a document."""
    return succeeded(exchange) and exchange.status != NO_CONTENT and exchange.request.method != "HEAD"


def shows_export(exchange: Exchange) -> bool:
    """Return True if the response should show one whole export, not limited by a sparse fieldset."""
    whole = "fields[" not in exchange.request.query and "fields%5B" not in exchange.request.query
    return whole and has_content(exchange) and exchange.expectation.operation in {"create", "retrieve", "update"}


def was_sent(exchange: Exchange) -> bool:
    """Return True unless the exchange is the documentation's example, which shows every member at once."""
    return exchange.provenance != "documentation"


def has_all_headers(exchange: Exchange) -> bool:
    """Return True unless the response may have lost headers: a browser shows scripts only those that CORS exposes."""
    return was_sent(exchange) and not exchange.expectation.is_imported


def demands(operation: Operation) -> AppliesTo:
    """Return a condition: the request is of this kind, was sent, and must succeed."""

    def applies(exchange: Exchange) -> bool:
        expectation = exchange.expectation
        return was_sent(exchange) and expectation.operation == operation and expectation.outcome == "success"

    return applies


def has_status(*statuses: str) -> AppliesTo:
    """Return a condition: a retrieval shows a whole export in one of these statuses."""

    def applies(exchange: Exchange) -> bool:
        retrieved = exchange.expectation.operation == "retrieve" and shows_export(exchange) and was_sent(exchange)
        return retrieved and exchange.attributes.get("status") in statuses

    return applies


def query_of(exchange: Exchange) -> dict[str, str]:
    """Return the parameters of the request's query, decoded; the last value of a repeated name counts."""
    return dict(parse_qsl(exchange.request.query, keep_blank_values=True))


def was_dropped(exchange: Exchange, pointer: str) -> bool:
    """Return True if a creation was sent with a flaw at an attribute, and the export shows no value there."""
    around, _, name = pointer.rpartition("/")
    flawed = creates(exchange) and f"{exchange.expectation.at}/".startswith(f"{pointer}/")
    return flawed and around == "/data/attributes" and is_empty(exchange.attributes.get(name))


def was_misshapen(exchange: Exchange, pointer: str, shape: Shape) -> bool:
    """Return True if a creation was sent with a flaw in the attribute at a JSON pointer, of another shape than this.

    Whatever is shown in that place is judged by the requirement that the flaw tests, and by no other; nor is it judged
    when the export is retrieved or changed later.
    """
    around, _, name = pointer.rpartition("/")
    at, sent = exchange.expectation.at, exchange.sent_attributes
    if around != "/data/attributes" or not (at == around or f"{at}/".startswith(f"{pointer}/")):
        return False
    if not creates(exchange):
        return any(each.accepts == name for each in requirements().values())
    return (name in sent or at != around) and not shape.fits(sent.get(name))


def is_unflawed(exchange: Exchange, pointer: str) -> bool:
    """Return True if the flaw of the request, if any, does not overlap a JSON pointer."""
    at = exchange.expectation.at
    return not at or not pointers_overlap(at, pointer)
