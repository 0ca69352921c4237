"""Rules of errors: a document of error objects that agree with their status and point at what is at fault."""

from collections.abc import Callable, Iterator, Mapping

from exports_conformance.contract.error_codes import PUBLISHED_CODES, STATUS_OF_CODE
from exports_conformance.exchange.model import JSON_API, Exchange
from exports_conformance.exchange.refusal_reasons import (
    UNPROCESSABLE,
    pointers_overlap,
    queue_is_full,
    selection_refusal,
)
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.applies import BAD_REQUEST, SERVER_ERROR, performed
from exports_conformance.rules.engine import Finding, rule

PROMISED = frozenset({400, 401, 406, 409, 415, 422, 423})
"""Statuses whose error documents are the API's own."""

UNREADABLE = frozenset(
    {
        "request-data-object",
        "request-encoding",
        "request-json",
        "request-repeated-keys",
        "metadata-deep",
        "text-nul",
        "text-surrogates",
    }
)
"""Requirements whose flaws a JSON reader may refuse, before the API with its codes has seen them."""

EDGE = frozenset({404, 405})
"""Statuses that an edge in front of the API may answer, as it may any server error."""


def _promised(exchange: Exchange) -> bool:
    return exchange.status in PROMISED


def _with_codes(exchange: Exchange) -> bool:
    """An error that has a code: what cannot be read as a document is refused before codes are known."""
    expectation = exchange.expectation
    unreadable = exchange.status == BAD_REQUEST and not UNREADABLE.isdisjoint(
        {expectation.breaks, *expectation.may_break}
    )
    return _promised(exchange) and not unreadable


@rule("error-media-type", applies=_promised)
def error_is_json_api(exchange: Exchange) -> Iterator[Finding]:
    """An error is sent as JSON:API."""
    if exchange.response and exchange.response.media_type != JSON_API:
        yield Finding(f"Content-Type: {JSON_API}", f"Content-Type: {exchange.response.header('content-type')}")


def _document_problem(exchange: Exchange) -> Iterator[Finding]:
    document = exchange.reading.value
    if exchange.reading.problem:
        yield Finding("a JSON document with errors", exchange.reading.problem)
        return
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list) or not errors or not all(isinstance(error, dict) for error in errors):
        yield Finding("errors: an array of error objects", one_line(errors), "/errors")


rule("error-document", applies=_promised)(_document_problem)


@rule("error-unique-keys", applies=_promised, needs=("error-document",))
def error_repeats_no_key(exchange: Exchange) -> Iterator[Finding]:
    """No object of an error's document repeats a key."""
    if exchange.reading.repeated_keys:
        yield Finding("each key once in an object", f"repeated: {one_line(exchange.reading.repeated_keys)}")


def _each_error(
    requirement: str,
    words: Callable[[Exchange], str],
    member: str,
    fits: Callable[[Exchange, Json], bool],
    applies: Callable[[Exchange], bool] = _promised,
    needs: tuple[str, ...] = ("error-document",),
) -> None:
    def each_error_has_its_member(exchange: Exchange) -> Iterator[Finding]:
        for at, error in enumerate(exchange.errors):
            if not fits(exchange, error.get(member)):
                yield Finding(words(exchange), one_line(error.get(member)), f"/errors/{at}/{member}")

    rule(requirement, applies=applies, needs=needs)(each_error_has_its_member)


def _is_text(_: Exchange, value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_status(exchange: Exchange, value: Json) -> bool:
    return bool(value == str(exchange.status))


def _agrees(exchange: Exchange, code: Json) -> bool:
    return STATUS_OF_CODE.get(code, exchange.status) == exchange.status


def _is_published(_: Exchange, code: Json) -> bool:
    return code in PUBLISHED_CODES or code.startswith("PAYMENT_")


_WORDS: Mapping[str, str] = {"text": "a non-empty string", "published": "a published code"}

_each_error("error-status", lambda exchange: f'"{exchange.status}", a string', "status", _is_status)
_each_error("error-title", lambda _: _WORDS["text"], "title", _is_text)
_each_error("error-detail", lambda _: _WORDS["text"], "detail", _is_text)
_each_error("error-code", lambda _: _WORDS["text"], "code", _is_text, _with_codes)
_each_error(
    "error-code-agrees",
    lambda exchange: f"a code that goes with {exchange.status}",
    "code",
    _agrees,
    _with_codes,
    ("error-code",),
)
_each_error(
    "error-code-published", lambda _: _WORDS["published"], "code", _is_published, _with_codes, ("error-code-agrees",)
)


def _planted_place_is_known(exchange: Exchange) -> bool:
    planted = bool(exchange.expectation.at and exchange.expectation.breaks)
    excused = selection_refusal(exchange) or queue_is_full(exchange)
    return exchange.status == UNPROCESSABLE and planted and performed(exchange) and not excused


@rule("error-pointer", applies=_planted_place_is_known, needs=("error-document",))
def validation_error_points_at_the_flaw(exchange: Exchange) -> Iterator[Finding]:
    """Some error of a 422 points at the planted place, an ancestor or a descendant of it."""
    sources = [error.get("source") for error in exchange.errors]
    pointers = [source.get("pointer") if isinstance(source, dict) else None for source in sources]
    if not any(isinstance(pointer, str) and pointers_overlap(pointer, exchange.expectation.at) for pointer in pointers):
        yield Finding(f"source.pointer: {exchange.expectation.at}", one_line(pointers), "/errors/0/source/pointer")


def _edge(exchange: Exchange) -> bool:
    return exchange.status in EDGE or exchange.status >= SERVER_ERROR


@rule("edge-error-document", applies=_edge)
def edge_error_has_a_document(exchange: Exchange) -> Iterator[Finding]:
    """An error that an edge may answer has a document of errors, too."""
    yield from _document_problem(exchange)
