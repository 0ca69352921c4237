"""The situations in which rules apply: conditions on an exchange, each said once."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from exports_conformance.exchange.model import Exchange, Operation
from exports_conformance.exchange.refusal_reasons import pointers_overlap

BAD_REQUEST = 400
SERVER_ERROR = 500
NO_CONTENT = 204


def succeeded(exchange: Exchange) -> bool:
    """The answer is a 2xx."""
    return exchange.succeeded


def creates(exchange: Exchange) -> bool:
    """The request is a creation."""
    return exchange.expectation.operation == "create"


def created(exchange: Exchange) -> bool:
    """A creation was answered with a success."""
    return creates(exchange) and succeeded(exchange)


def has_content(exchange: Exchange) -> bool:
    """A success that has a document to show."""
    return succeeded(exchange) and exchange.status != NO_CONTENT


def shows_export(exchange: Exchange) -> bool:
    """A success whose primary data is one whole export: no attribute was left out at the caller's wish."""
    whole = "fields[" not in exchange.request.query and "fields%5B" not in exchange.request.query
    return whole and has_content(exchange) and exchange.expectation.operation in {"create", "retrieve", "update"}


def foreign(exchange: Exchange) -> bool:
    """The request is about another resource of this API than exports."""
    return exchange.expectation.operation == "foreign"


def shows_resource(exchange: Exchange) -> bool:
    """A success whose primary data is one resource, of this kind or another."""
    document = exchange.reading.value
    data = document.get("data") if isinstance(document, dict) else None
    return shows_export(exchange) or (foreign(exchange) and has_content(exchange) and isinstance(data, dict))


def performed(exchange: Exchange) -> bool:
    """The answer was given to the request beside it; a picture in the documentation was not."""
    return exchange.provenance != "documentation"


def demands(operation: Operation) -> Callable[[Exchange], bool]:
    """The request is meant to succeed, and is of this kind."""

    def applies(exchange: Exchange) -> bool:
        return (
            performed(exchange)
            and exchange.expectation.operation == operation
            and exchange.expectation.outcome == "success"
        )

    return applies


def query_of(exchange: Exchange) -> dict[str, str]:
    """Give the parameters of the request's query, decoded; the last of a name counts."""
    return dict(parse_qsl(exchange.request.query, keep_blank_values=True))


def spared(exchange: Exchange, pointer: str) -> bool:
    """The flaw of the request was planted elsewhere than at this place of its document."""
    return not pointers_overlap(exchange.expectation.at, pointer) if exchange.expectation.at else True
