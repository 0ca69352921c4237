"""What earlier responses showed of the exports and files of a run, so that contradictions can be judged.

Decision: docs/decisions/0086-what-responses-are-compared-with.md.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import unquote

from exports_conformance.contract.requirements import shape, shape_of
from exports_conformance.exchange.exports import ENDED, as_created
from exports_conformance.exchange.model import UNSEEN, Exchange
from exports_conformance.exchange.strict_json import Json, as_array, as_object, as_text, equal, member

META = ("mode", "organization_id")
"""Members of `meta` that are the same in all responses of an organisation."""

FINAL = ("status", "started_at", "completed_at", "records_count")
"""Attributes that an export keeps once it has ended, unless it is started again."""


@dataclass(slots=True)
class _Known:
    """What is known of an export: the arguments and time of its creation, and what its last retrieval showed.

    `is_found`: a retrieval has shown it, and nothing has deleted it since.
    """

    created: dict[str, Json]
    ended: dict[str, Json] = field(default_factory=dict)
    is_found: bool = False


class EarlierResponses:
    """Remembers what the responses to one client showed of each export that it created."""

    def __init__(self) -> None:
        self._exports: dict[str, _Known] = {}
        self._meta: dict[str, Json] = {}
        self._ambiguous: set[str] = set()  # ids that two creations named

    def contradicted(self, exchange: Exchange) -> Mapping[str, Json] | None:
        """Return what earlier responses showed where this one shows something else, by JSON pointer into this one.

        None if no earlier response is comparable. What this response shows is remembered.
        """
        if exchange.expectation.operation not in {"create", "retrieve", "update", "delete", "list"}:
            return None
        if exchange.expectation.operation == "retrieve" and exchange.status == HTTPStatus.NOT_FOUND:
            export_id = unquote(exchange.request.path.rpartition("/")[2])
            known = self._exports.get(export_id)
            return {"/data/id": export_id} if known and known.is_found else None
        compared = list(self._compared(exchange)) if exchange.succeeded else []
        self._remember(exchange)
        if not compared:
            return None
        return {at: before for at, before, now in compared if not _is_free(at, now) and not equal(before, now)}

    def _compared(self, exchange: Exchange) -> Iterator[tuple[str, Json, Json]]:
        """Yield each comparable value: where it is, what it was, and what it is; whole lists show every attribute."""
        is_whole = exchange.expectation.operation == "list" and "fields" not in exchange.request.query
        for at, resource in _resources(exchange):
            known = self._exports.get(as_text(resource.get("id")))
            if known is None and exchange.expectation.operation != "create":
                continue
            attributes: dict[str, Json] = {}
            if known and exchange.expectation.operation == "list":
                attributes = known.created
            if known and exchange.expectation.operation == "retrieve":
                attributes = known.ended
            for member_of, before in (("meta", self._meta), ("attributes", attributes)):
                now = as_object(resource.get(member_of))
                names = before if is_whole and member_of == "attributes" else [name for name in before if name in now]
                yield from ((f"{at}/{member_of}/{name}", before[name], now.get(name)) for name in names)

    def _remember(self, exchange: Exchange) -> None:
        for _, resource in _resources(exchange):
            for name in META if exchange.succeeded else ():
                value = as_object(resource.get("meta")).get(name)
                if shape(shape_of(f"/data/meta/{name}")).fits(value):
                    self._meta.setdefault(name, value)
        match exchange.expectation.operation:
            case "create":
                self._remember_creation(exchange)
            case "update":
                self._remember_update(exchange)
            case "delete" if exchange.succeeded:
                self._exports.pop(unquote(exchange.request.path.rpartition("/")[2]), None)
            case "retrieve" if known := self._exports.get(as_text(exchange.data.get("id"))):
                known.is_found = True
                if exchange.attributes.get("status") in ENDED:
                    shown = exchange.attributes
                    known.ended = {name: shown[name] for name in FINAL if shown.get(name) is not None}

    def _remember_creation(self, exchange: Exchange) -> None:
        export_id = as_text(exchange.data.get("id"))
        if not exchange.succeeded or not export_id:
            return
        if export_id in self._exports:
            self._ambiguous.add(export_id)
            del self._exports[export_id]
        if export_id in self._ambiguous:
            return
        created = as_created(exchange)["attributes"]
        # The place of a flaw may be shown in any way, and a generated body may have names of any kind.
        flawed = exchange.expectation.at.removeprefix("/data/attributes/").partition("/")[0]
        kept = {name: value for name, value in created.items() if name.isidentifier() and name != flawed}
        self._exports[export_id] = _Known(kept)

    def _remember_update(self, exchange: Exchange) -> None:
        """Forget what an update may have changed: lists may show the old value for some time."""
        known = self._exports.get(as_text(member(exchange.sent, "data", "id")))
        if known is None or exchange.refused:
            return
        for name in exchange.sent_attributes:
            known.created.pop(name, None)
        if any(name.startswith("_") for name in exchange.sent_attributes):
            known.ended = {}


def _is_free(at: str, now: Json) -> bool:
    """Return True if a value says nothing: it is hidden, or of live mode, which ends a run for a reason of its own."""
    return now == UNSEEN or (at.endswith("/meta/mode") and now == "live")


def _resources(exchange: Exchange) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the resources of a response, each with the JSON pointer to it."""
    data = member(exchange.reading.value, "data")
    if isinstance(data, dict):
        yield "/data", data
    yield from ((f"/data/{at}", each) for at, each in enumerate(as_array(data)) if isinstance(each, dict))


KEPT = 256
SAME = 0.001  # seconds, at least, for an address that is not fresh


class Links:
    """Remembers by the path of each export which address was shown last, as a digest, and since when."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def age(self, path: str, url: str, exchange: Exchange) -> float | None:
        """Return for how many seconds an export has shown this address: 0 for a fresh one, None for its first one."""
        digest, now = sha256(url.encode("utf-8", "surrogatepass")).digest(), _time_of(exchange)
        known = self._shown.pop(path, None)
        is_same = known is not None and known[0] == digest
        since = known[1] if known and is_same else now
        self._shown[path] = digest, since
        if len(self._shown) > KEPT:
            self._shown.popitem(last=False)
        if known is None:
            return None
        return max(SAME, now - since) if is_same else 0.0


def _time_of(exchange: Exchange) -> float:
    """Return the time of a response by the server's clock, else the time of its request by ours."""
    date = exchange.response.header("date") if exchange.response else None
    try:
        return parsedate_to_datetime(date).timestamp() if date else exchange.started
    except (ValueError, OverflowError):
        return exchange.started
