"""Rules of the topic `errors`: an error response has error objects that fit its status and point at the cause."""

from collections.abc import Callable, Iterator

from exports_conformance.contract.error_codes import PUBLISHED_CODES, STATUS_OF_CODE
from exports_conformance.contract.requirements import NON_EMPTY
from exports_conformance.exchange.model import JSON_API, Exchange
from exports_conformance.exchange.reasons import (
    UNPROCESSABLE,
    pointers_overlap,
    queue_is_full,
    selection_refusal,
)
from exports_conformance.exchange.strict_json import ABSENT, Json, member, one_line, shown
from exports_conformance.exchange.tags import tags_in
from exports_conformance.rules.engine import BAD_REQUEST, SERVER_ERROR, Check, Finding, media_types, rule, was_sent

PROMISED = frozenset({400, 401, 406, 409, 415, 422, 423})
"""Statuses whose error documents come from the API itself."""

UNREADABLE = frozenset(
    {
        "request-data-object",
        "request-encoding",
        "request-json",
        "request-json-lenient",
        "request-repeated-keys",
        "metadata-deep",
        "text-nul",
        "text-surrogates",
    }
)
"""Requirements whose flaws a JSON reader may refuse before the API, which has the codes, sees the request."""

UNAUTHORIZED = 401

EDGE = frozenset({404, 405})
"""Statuses that a gateway in front of the API may return, besides any 5xx."""


def _is_unread(exchange: Exchange) -> bool:
    """Return True if a JSON reader may have refused the request, before the API saw it."""
    expectation = exchange.expectation
    flaws = {expectation.breaks, *expectation.may_break}
    return exchange.status == BAD_REQUEST and not UNREADABLE.isdisjoint(flaws)


def _promised(exchange: Exchange) -> bool:
    """Return True if the error comes from the API, or from a JSON reader in front of it that knows JSON:API."""
    is_json = bool(exchange.response and exchange.response.media_type.endswith("json"))
    return exchange.status in PROMISED and (is_json or not _is_unread(exchange))


def _with_codes(exchange: Exchange) -> bool:
    """Return True if an error must have a code: not if the request could not be read as a document."""
    return _promised(exchange) and not _is_unread(exchange)


def _has_document(exchange: Exchange) -> bool:
    return was_sent(exchange) and exchange.status >= BAD_REQUEST and isinstance(exchange.reading.value, dict)


@rule("errors-with-error-status", applies=was_sent)
def response_with_errors_is_not_a_success(exchange: Exchange) -> Iterator[Finding]:
    """A success has no `errors`: a client that looks at the status would take it for one."""
    errors = member(exchange.reading.value, "errors")
    if exchange.succeeded and errors:
        yield Finding("a status of 400 or higher", f"{exchange.status} {one_line(errors)}", "/errors")


@rule("errors-without-data", applies=_has_document)
def error_response_has_no_data(exchange: Exchange) -> Iterator[Finding]:
    """The document has no `data`, and a 401 no tag but those of its request: it shows nothing of what it refuses."""
    if "data" in exchange.reading.value:
        yield Finding(ABSENT, shown(exchange.reading.value, "data"), "/data")
    elif exchange.status == UNAUTHORIZED and (tags := _tags_of_others(exchange)):
        yield Finding("nothing of an export", f"what the export {one_line(tags[0])} has", "/errors")


def _tags_of_others(exchange: Exchange) -> list[str]:
    """Return the tags in a response that its request does not have."""
    request, response = exchange.request, exchange.response
    known = {*tags_in(f"{request.path} {request.query}"), *tags_in(request.body or b"")}
    return [tag for tag in tags_in(response.body if response else b"") if tag not in known]


@rule("error-media-type", applies=_promised)
def error_is_json_api(exchange: Exchange) -> Iterator[Finding]:
    """The media type is JSON:API's; its parameters are free."""
    if exchange.response and exchange.response.media_type != JSON_API:
        yield Finding(*media_types(exchange.response))


def _is_from_an_edge(exchange: Exchange) -> bool:
    unread = exchange.status in PROMISED and not _promised(exchange)
    return exchange.status in EDGE or exchange.status >= SERVER_ERROR or unread


@rule("error-document", applies=_promised)
@rule("edge-error-document", applies=_is_from_an_edge)
def error_has_a_document(exchange: Exchange) -> Iterator[Finding]:
    """The body is a JSON document with an array of error objects."""
    if exchange.reading.problem:
        yield Finding("a JSON document with errors", exchange.reading.problem)
        return
    errors = member(exchange.reading.value, "errors")
    if not isinstance(errors, list) or not errors or not all(isinstance(error, dict) for error in errors):
        document = exchange.reading.value
        actual = shown(document, "errors") if isinstance(document, dict) else one_line(document)
        yield Finding("errors: an array of error objects", actual, "/errors")


@rule("error-unique-keys", applies=_promised, needs=("error-document",))
def error_repeats_no_key(exchange: Exchange) -> Iterator[Finding]:
    """No object repeats a key."""
    if exchange.reading.repeated_keys:
        yield Finding("each key once in an object", f"repeated: {one_line(exchange.reading.repeated_keys)}")


def _each_error_has(name: str, words: str, fits: Callable[[Exchange, Json], bool]) -> Check:
    """Return a check of one member of every error; `words` may name the response's `{status}`."""

    def each_error_has_its_member(exchange: Exchange) -> Iterator[Finding]:
        for at, error in enumerate(exchange.errors):
            if not fits(exchange, error.get(name)):
                expected = words.format(status=exchange.status)
                yield Finding(expected, shown(error, name), f"/errors/{at}/{name}")

    return each_error_has_its_member


def _is_text(_: Exchange, value: Json) -> bool:
    return NON_EMPTY.fits(value)


def _is_status(exchange: Exchange, value: Json) -> bool:
    return bool(value == str(exchange.status))


def _agrees(exchange: Exchange, code: Json) -> bool:
    return STATUS_OF_CODE.get(code, exchange.status) == exchange.status


def _is_published(_: Exchange, code: Json) -> bool:
    return code in PUBLISHED_CODES or code.startswith("PAYMENT_")


rule("error-status", applies=_promised, needs=("error-document",))(
    _each_error_has("status", '"{status}", a string', _is_status)
)
rule("error-title", applies=_promised, needs=("error-document",))(_each_error_has("title", NON_EMPTY.words, _is_text))
rule("error-detail", applies=_promised, needs=("error-document",))(_each_error_has("detail", NON_EMPTY.words, _is_text))
rule("error-code", applies=_with_codes, needs=("error-document",))(_each_error_has("code", NON_EMPTY.words, _is_text))
rule("error-code-agrees", applies=_with_codes, needs=("error-code",))(
    _each_error_has("code", "a code that goes with {status}", _agrees)
)
rule("error-code-published", applies=_with_codes, needs=("error-code-agrees",))(
    _each_error_has("code", "a published code", _is_published)
)


def _place_of_the_flaw_is_known(exchange: Exchange) -> bool:
    planted = bool(exchange.expectation.at and exchange.expectation.breaks)
    excused = selection_refusal(exchange) or queue_is_full(exchange)
    return exchange.status == UNPROCESSABLE and planted and was_sent(exchange) and not excused


@rule("error-pointer", applies=_place_of_the_flaw_is_known, needs=("error-document",))
def validation_error_points_at_the_flaw(exchange: Exchange) -> Iterator[Finding]:
    """An error of a 422 points at the place of the flaw, or at one around or inside it."""
    pointers = [member(error, "source", "pointer") for error in exchange.errors]
    if not any(isinstance(pointer, str) and pointers_overlap(pointer, exchange.expectation.at) for pointer in pointers):
        actual = ", ".join(shown(error, "source", "pointer") for error in exchange.errors)
        yield Finding(f"source.pointer: {exchange.expectation.at}", actual, "/errors/0/source/pointer")
