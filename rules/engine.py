"""Rules: what one consists of, how it is registered, and the conditions that several rules share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from exports_conformance.contract.requirements import Shape, requirements, url_path
from exports_conformance.exchange.model import JSON_API, Exchange, Operation, Response
from exports_conformance.exchange.reasons import named_arguments, pointers_overlap, queue_is_full, selection_refusal
from exports_conformance.exchange.strict_json import Json, as_array, as_object, equal, is_empty, one_line, shown

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

    def applies(exchange: Exchange) -> bool:
        for condition in conditions:  # noqa: SIM110  `all` takes twice as long, a hundred times for an exchange
            if not condition(exchange):
                return False
        return True

    return applies


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found wrong: expected, actual, and a JSON pointer into the response (`at`) if one fits."""

    expected: str
    actual: str
    at: str = ""


Check = Callable[[Exchange], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pure function that decides one requirement from an exchange.

    It is silent if `applies` is false, and if one of `needs` (requirements with rules of their own) did not hold
    in the same exchange: one broken promise is reported once. `requirement` is empty for the rule of planted
    flaws, whose requirement the expectation names.
    """

    requirement: str
    applies: AppliesTo
    needs: tuple[str, ...]
    check: Check


WRITTEN: dict[str, Rule] = {}
"""The rules that are written in the modules of this package, by requirement."""


def rule(requirement: str, *, applies: AppliesTo, needs: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Register a check as the rule of a requirement (see `Rule`).

    Raises:
        ValueError: the requirement has a rule already.
    """

    def register(check: Check) -> Check:
        if requirement in WRITTEN:
            raise ValueError(f"{check.__module__}.{check.__name__}: {requirement!r} has a rule already")
        WRITTEN[requirement] = Rule(requirement, applies, needs, check)
        return check

    return register


EXCUSED = "excused"


def must_succeed(exchange: Exchange) -> bool:
    """Return True if the documentation leaves no doubt that this creation succeeds.

    An explicit null does: no schema of the vendor lets an argument of a creation be null.
    """
    expectation = exchange.expectation
    meant = expectation.outcome == "success" and expectation.certain
    return creates(exchange) and was_sent(exchange) and meant and None not in exchange.sent_attributes.values()


def blame(exchange: Exchange) -> str:
    """Return the requirement that the response to a creation that must succeed violates.

    Empty if it succeeded, and `excused` if it was refused for a documented reason that nothing contradicts.
    """
    if succeeded(exchange):
        return ""
    if exchange.status in {404, 405}:
        return "create-at-exports"
    if exchange.status >= SERVER_ERROR:
        return "create-accepts-documented"
    if selection_refusal(exchange):
        return "refusal-true" if exchange.lookups.control_status == 201 else EXCUSED  # noqa: PLR2004  Created
    if queue_is_full(exchange):
        return EXCUSED
    for argument in named_arguments(exchange):
        for each in requirements().values():
            if each.accepts == argument:
                return each.id
    if set(exchange.sent_attributes) == {"resource_type"}:
        return "create-needs-only-resource-type"
    return "create-accepts-documented"


def decides(requirement: str) -> AppliesTo:
    """Return a condition: a creation that must succeed did, or its refusal violates this requirement."""
    return lambda exchange: must_succeed(exchange) and blame(exchange) in {"", requirement}


def not_created(exchange: Exchange) -> Iterator[Finding]:
    """Find a creation that did not succeed."""
    if not succeeded(exchange):
        yield Finding("201 Created", outcome_of(exchange))


@cache
def defaults() -> Mapping[str, Json]:
    """Return the documented default of each attribute that has one."""
    declared = (each for each in requirements().values() if each.default is not None)
    return {each.where.response[-1].rpartition("/")[2]: each.default for each in declared}


def comes_back(attribute: str, sent: Mapping[str, Json], back: Json) -> bool:
    """Return True if an export shows an attribute as it was sent.

    Null may be shown as the default, and `includes` may be filled in (see also `is_kept`).
    """
    value = sent[attribute]
    if is_kept(value, back) or (value is None and equal(back, defaults().get(attribute))):
        return True
    return attribute == "includes" and _is_filled_in(sent, back)


def is_kept(sent: Json, back: Json) -> bool:
    """Return True if a value comes back as it was sent.

    Null and every empty value are the same. Nulls directly inside arrays may disappear: Rails drops them from every
    request body, which the documentation does not forbid (open question `nulls-in-arrays`).
    """
    return (is_empty(sent) and is_empty(back)) or _is_kept_inside(sent, back)


def _is_kept_inside(sent: Json, back: Json) -> bool:
    if isinstance(sent, dict) and isinstance(back, dict):
        return sent.keys() == back.keys() and all(_is_kept_inside(value, back[key]) for key, value in sent.items())
    if isinstance(sent, list) and isinstance(back, list):
        kept = sent if len(sent) == len(back) else [each for each in sent if each is not None]
        return len(kept) == len(back) and all(map(_is_kept_inside, kept, back))
    return equal(sent, back)


def _is_filled_in(attributes: Mapping[str, Json], back: Json) -> bool:
    """Return True if `includes` has gained no more than relationships that `fields` names."""
    sent = attributes["includes"]
    if not isinstance(back, list):
        return False
    requested = [] if is_empty(sent) else sent
    paths = {field.rpartition(".")[0] for field in as_array(attributes.get("fields")) if isinstance(field, str)}
    implied = {path[:end] for path in paths for end in _ends(path)}
    added = [path for path in back if path not in requested]
    return [path for path in back if path in requested] == requested and set(added) <= implied


def _ends(path: str) -> Iterator[int]:
    yield from (at for at, letter in enumerate(path) if letter == ".")
    yield len(path)


def resource_path(exchange: Exchange) -> str:
    """Return the path of the export that a response shows, below the API's base URL."""
    return f"/exports/{exchange.data.get('id')}"


def leads_elsewhere(exchange: Exchange, links: Json, name: str, path: str, at: str) -> Iterator[Finding]:
    """Find a link that does not lead to a path below the API's base URL; `at` points at the links."""
    expected = urlsplit(exchange.base_url).path.rstrip("/") + path
    if url_path(as_object(links).get(name)) != expected:
        yield Finding(f"an absolute URL with the path {expected}", shown(links, name), f"{at}/{name}")
