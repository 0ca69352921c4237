"""Rules of a created export's life: it is found as it was created, it changes as it is told, and it ends."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

from exports_conformance.contract.exchange import Exchange
from exports_conformance.contract.judge.acceptance import ARGUMENTS
from exports_conformance.contract.judge.echo import comes_back
from exports_conformance.contract.judge.judging import Applies, Finding, every, rule
from exports_conformance.contract.judge.situations import performed, shows_export, succeeded
from exports_conformance.contract.judge.values import COUNT, URL, instant
from exports_conformance.contract.strict_json import Json, same_class, shown

OK, NO_CONTENT, PAGE = 200, 204, 10
UPDATABLE = ("reference", "reference_origin", "metadata")
"""The attributes, triggers apart, that an update may change."""


def _demands(operation: str) -> Applies:
    def applies(exchange: Exchange) -> bool:
        return performed(exchange) and exchange.intent.operation == operation and exchange.intent.expects == "success"

    return applies


def _answers(requirement: str, operation: str, status: int) -> None:
    def answers_its_status(exchange: Exchange) -> Iterator[Finding]:
        if exchange.status != status:
            yield Finding(str(status), f"{exchange.status} {shown(exchange.errors)}")

    rule(requirement, applies=_demands(operation))(answers_its_status)


for _operation in ("retrieve", "list", "update"):
    _answers(f"{_operation}-status-200", _operation, OK)


@rule("delete-status-204", applies=_demands("delete"))
def deletion_answers_204_without_a_body(exchange: Exchange) -> Iterator[Finding]:
    """A deletion answers 204 and nothing more."""
    body = exchange.answer.body if exchange.answer else b""
    if exchange.status != NO_CONTENT or body:
        yield Finding("204, without a body", f"{exchange.status}, a body of {len(body)} bytes")


def _was_shown(exchange: Exchange) -> bool:
    return isinstance(exchange.intent.shown, dict) and exchange.intent.operation == "retrieve"


@rule(
    "retrieve-as-created",
    applies=every(_demands("retrieve"), shows_export, _was_shown),
    needs=("retrieve-status-200", "answer-attributes", "answer-id"),
)
def export_is_as_it_was_created(exchange: Exchange) -> Iterator[Finding]:
    """The arguments are those that were sent, the id and the time of creation those that the creation showed."""
    before: dict[str, Json] = exchange.intent.shown
    if exchange.data["id"] != before.get("id"):
        yield Finding(shown(before.get("id")), shown(exchange.data["id"]), "/data/id")
    known, now = before.get("attributes") or {}, exchange.attributes
    for name in [name for name in ARGUMENTS if name in known]:
        if not comes_back(name, known, now.get(name)):
            yield Finding(shown(known.get(name)), shown(now.get(name)), f"/data/attributes/{name}")
    if "created_at" in known and instant(known["created_at"]) != instant(now.get("created_at")):
        yield Finding(shown(known["created_at"]), shown(now.get("created_at")), "/data/attributes/created_at")


def _query(exchange: Exchange) -> dict[str, str]:
    return dict(parse_qsl(exchange.request.query, keep_blank_values=True))


def _is_sparse(exchange: Exchange) -> bool:
    return succeeded(exchange) and "fields[exports]" in _query(exchange)


@rule("retrieve-sparse", applies=every(_demands("retrieve"), _is_sparse), needs=("answer-json",))
def sparse_export_has_the_named_attributes(exchange: Exchange) -> Iterator[Finding]:
    """The attributes are those that were named, each of them and no other."""
    named = sorted(_query(exchange)["fields[exports]"].split(","))
    if sorted(exchange.attributes) != named:
        yield Finding(shown(named), shown(sorted(exchange.attributes)), "/data/attributes")


def _resources(exchange: Exchange) -> list[Json]:
    document = exchange.reading.value
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, list) else []


def _member(exchange: Exchange, name: str) -> dict[str, Json]:
    member = exchange.reading.value.get(name)
    return member if isinstance(member, dict) else {}


@rule("list-data", applies=_demands("list"), needs=("list-status-200", "answer-json"))
def list_has_exports(exchange: Exchange) -> Iterator[Finding]:
    """`data` is an array, and each of its members an export."""
    document = exchange.reading.value
    data = document.get("data") if isinstance(document, dict) else document
    if not isinstance(data, list) or not all(isinstance(each, dict) and each.get("type") == "exports" for each in data):
        yield Finding("data: an array of resource objects of type exports", shown(data), "/data")


@rule("list-counts", applies=_demands("list"), needs=("list-data",))
def list_counts_its_records(exchange: Exchange) -> Iterator[Finding]:
    """`meta` has the number of records, not fewer than are shown, and of pages."""
    meta = _member(exchange, "meta")
    for name, least in (("record_count", len(_resources(exchange))), ("page_count", 0)):
        if not COUNT.fits(meta.get(name)) or meta[name] < least:
            yield Finding(f"an integer of at least {least}", shown(meta.get(name)), f"/meta/{name}")


@rule("list-page-size", applies=_demands("list"), needs=("list-data",))
def page_is_no_larger_than_asked(exchange: Exchange) -> Iterator[Finding]:
    """A page has at most as many exports as were asked for."""
    size = _query(exchange).get("page[size]", "")
    most = int(size) if size.isdecimal() else PAGE
    if len(_resources(exchange)) > most:
        yield Finding(f"at most {most} exports", f"{len(_resources(exchange))} exports", "/data")


@rule("list-links", applies=_demands("list"), needs=("list-data",))
def list_links_to_its_ends(exchange: Exchange) -> Iterator[Finding]:
    """`links` has the first and the last page."""
    links = _member(exchange, "links")
    for name in ("first", "last"):
        if not URL.fits(links.get(name)):
            yield Finding(URL.words, shown(links.get(name)), f"/links/{name}")


def _seeks_one(exchange: Exchange) -> bool:
    return exchange.intent.finds == 1


@rule("list-shows-created", applies=every(_demands("list"), _seeks_one), needs=("list-data",))
def created_export_is_listed_once(exchange: Exchange) -> Iterator[Finding]:
    """The list of what bears an export's mark has that export, and no other."""
    wanted = (exchange.intent.shown or {}).get("id")
    found = [each.get("id") for each in _resources(exchange)]
    if found != [wanted]:
        yield Finding(shown([wanted]), shown(found), "/data")


def _seeks_none(exchange: Exchange) -> bool:
    return exchange.intent.finds == 0


@rule("refusal-creates-nothing", applies=every(_demands("list"), _seeks_none), needs=("list-data",))
def refused_creation_is_not_listed(exchange: Exchange) -> Iterator[Finding]:
    """The list of what bears the marks of refused creations is empty."""
    found = [each.get("id") for each in _resources(exchange)]
    if found:
        yield Finding("no export", shown(found), "/data")


@rule(
    "update-takes",
    applies=every(_demands("update"), shows_export),
    needs=("update-status-200", *(f"answer-{name.replace('_', '-')}" for name in UPDATABLE)),
)
def update_shows_its_values(exchange: Exchange) -> Iterator[Finding]:
    """What an update sent comes back."""
    for name in UPDATABLE:
        sent, now = exchange.sent_attributes.get(name), exchange.attributes[name]
        if name in exchange.sent_attributes and not same_class(sent, now):
            yield Finding(shown(sent), shown(now), f"/data/attributes/{name}")
