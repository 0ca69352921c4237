"""The recorded endpoint: serves recorded responses to the requests that were recorded, and to no others.

Decision: docs/decisions/0011-requests-missing-from-a-recording.md.
Decision: docs/decisions/0010-finding-a-request-in-a-recording.md.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final

import httpx
import respx

from exports_conformance.client.client import RECORDED_EXCHANGE
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.replaying import OF_THE_CLIENT
from exports_conformance.client.sender import RequestTemplate, superseded
from exports_conformance.client.storage import Fetched
from exports_conformance.exchange.model import Exchange, Request, header_of
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import one_line, read_json
from exports_conformance.exchange.tags import (
    OWN_TOKEN,
    RequestIdentities,
    RequestIdentity,
    authorization_class,
    untagged,
)

_DECODED = {"content-encoding", "transfer-encoding"}
"""Headers about the encoding of a body in transit; recorded bodies are decoded."""


def settled(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Return the exchanges that counted, in order: no attempt that was repeated, no confirmation of another."""
    identities = RequestIdentities(exchanges)
    last: dict[RequestIdentity, Exchange] = {}
    for exchange in exchanges:
        if not exchange.expectation.confirms:
            last[identities.of(exchange.request, exchange.expectation.case)] = exchange
    return tuple(
        exchange
        for exchange in exchanges
        if not exchange.expectation.confirms
        and not _was_made_again(exchange, last[identities.of(exchange.request, exchange.expectation.case)])
    )


def _was_made_again(exchange: Exchange, last: Exchange) -> bool:
    """Return True if an exchange was one of several attempts, of which the last counted."""
    if exchange is last:
        return False
    expectation, final = replace(exchange.expectation, tag=""), replace(last.expectation, tag="")
    return bool(environment_error(exchange)) or (expectation == superseded(final) != final)


class RecordedResponses:
    """Serves each request the recorded response to the same request for the same purpose.

    A purpose that was served several times is served in the order in which it was recorded. It finds the recorded
    request that takes the place of a template, with its tags and ids, and what is behind `transport` serves that
    request's response; no connection is opened.
    """

    def __init__(self, exchanges: Sequence[Exchange], *, redactor: Redactor) -> None:
        self._identities = RequestIdentities(exchanges)
        self._redactor = redactor
        self._kept: dict[RequestIdentity, list[Exchange]] = defaultdict(list)
        self._cases: dict[str, list[Exchange]] = defaultdict(list)
        self._files: dict[tuple[str, str], deque[Exchange]] = defaultdict(deque)
        self._served: Counter[RequestIdentity] = Counter()
        self.served: Exchange | None = None  # the exchange of the file that was fetched last
        self._router = respx.Router(assert_all_called=False)
        self._router.route().mock(side_effect=self._respond)
        self.transport = httpx.MockTransport(self._router.handler)
        self._deleted: set[str] = set()
        for exchange in settled(exchanges):
            if exchange.request.method == "DELETE":
                self._deleted.add(exchange.request.path)
            self._kept[self._identities.of(exchange.request, exchange.expectation.case)].append(exchange)
            self._cases[exchange.expectation.case].append(exchange)
            if exchange.expectation.operation == "download":
                self._files[exchange.request.path, exchange.request.query].append(exchange)

    def find(self, template: RequestTemplate) -> RequestTemplate:
        """Return the recorded request with the same meaning as a template, to be sent in its place.

        Raises:
            CaseNotRecordedError, RequestNotRecordedError: there is none.
        """
        credential = (("Authorization", f"Bearer {OWN_TOKEN}"),)
        planted = header_of(template.headers, "authorization") is not None
        headers = template.headers if planted or not template.authorised else (*template.headers, *credential)
        request = Request(template.method, template.path, template.query, headers, template.body)
        found = self._recorded(self._redactor.request(request), template.expectation.case)
        own = OF_THE_CLIENT - {"authorization"} if planted else OF_THE_CLIENT
        expectation = replace(template.expectation, tag=found.expectation.tag)
        if (found.request.path, found.request.query) != (request.path, request.query):
            expectation = replace(expectation, expected=found.expectation.expected)
        return replace(
            template,
            path=found.request.path,
            query=found.request.query,
            headers=tuple((name, value) for name, value in found.request.headers if name.lower() not in own),
            body=found.request.body,
            expectation=expectation,
            recorded=found,
        )

    def _recorded(self, request: Request, case: str) -> Exchange:
        """Find the next exchange with this request.

        Raises:
            CaseNotRecordedError, RequestNotRecordedError: there is none.
        """
        if case not in self._cases:
            raise CaseNotRecordedError(f"the recording has no {case}; record again")
        identity = self._identities.of(request, case)
        kept, at = self._kept.get(identity, []), self._served[identity]
        if at >= len(kept) and request.path.startswith("/exports/") and request.path not in self._deleted:
            # A run deletes what it creates: this one was killed before, and before it sent this request.
            raise CaseNotRecordedError(f"the recording ends before {request.method} {request.path}; record again")
        if not kept:
            differences = [difference(each.request, request) for each in self._cases[case]]
            nearest, what = min(zip(self._cases[case], differences, strict=True), key=lambda pair: len(pair[1]))
            raise RequestNotRecordedError(
                f"{case}: {request.method} {request.path} is not in the recording; the nearest there is "
                f"{nearest.id}: {what}; record again"
            )
        if at >= len(kept):
            times = "once" if len(kept) == 1 else f"{len(kept)} times"
            raise RequestNotRecordedError(
                f"{case}: {request.method} {request.path} is in the recording {times}, and was requested once more; "
                "record again"
            )
        self._served[identity] += 1
        return kept[at]

    def fetch(self, url: str) -> Fetched:
        """Return what was fetched from the address of a file.

        Raises:
            CaseNotRecordedError: nothing was.
        """
        kept = self._files.get(self._redactor.attachment(url))
        if not kept:
            raise CaseNotRecordedError("the recording has not fetched this file; record again")
        self.served = found = kept.popleft() if len(kept) > 1 else kept[0]
        return found.response, found.file, found.trouble

    def close(self) -> None:
        """Close nothing, for nothing is open."""

    def _respond(self, outgoing: httpx.Request) -> httpx.Response:
        self._router.reset()  # it would keep every call
        return _response(outgoing)


def _response(outgoing: httpx.Request) -> httpx.Response:
    """Return the recorded response that a request carries; raise its trouble if there was none."""
    recorded: Exchange = outgoing.extensions[RECORDED_EXCHANGE]
    if recorded.response is None:
        raise httpx.ReadError(recorded.trouble)
    headers = [(name, value) for name, value in recorded.response.headers if name.lower() not in _DECODED]
    encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    return httpx.Response(recorded.response.status, headers=encoded, content=recorded.response.body)


class NothingIsOurs:
    """A ledger for runs that create nothing: every recorded request may be sent again, and nothing is left."""

    def intend(self, tag: str, case: str) -> None:
        """Nothing is created."""

    def created(self, export_id: str, tag: str) -> None:
        """Nothing was created."""

    def gone(self, export_id: str) -> None:
        """Nothing was there."""

    def owns(self, export_id: str) -> bool:  # noqa: ARG002  the protocol's
        """Return True: recordings contain only our exports; others are already redacted."""
        return True

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Nothing is left."""
        return ()


_ABSENT: Final = object()
DIFFERENCE_LENGTH = 240
"""Characters that are shown of one difference."""


class CaseNotRecordedError(LookupError):
    """A recording has no request for this purpose."""


class RequestNotRecordedError(LookupError):
    """A recording has requests for the same purpose, but not this one; the message names the difference."""


def difference(recorded: Request, now: Request) -> str:
    """Return in one line how a request differs from a recorded one, tags apart."""
    return "; ".join(_differences(recorded, now)) or "an id"


def _differences(recorded: Request, now: Request) -> Iterator[str]:
    def plain(request: Request) -> dict[str, str | None]:
        return {
            "method": request.method,
            "path": request.path,
            "query": untagged(request.query.encode()).decode(),
            "Accept": header_of(request.headers, "accept"),
            "Content-Type": header_of(request.headers, "content-type"),
            "Authorization": authorization_class(header_of(request.headers, "authorization")),
        }

    before, after = plain(recorded), plain(now)
    for name, value in after.items():
        if value != before[name]:
            yield f"{name} was {one_line(before[name])} and is {one_line(value)}"
    yield from _of_bodies(untagged(recorded.body or b""), untagged(now.body or b""))


def _of_bodies(before: bytes, after: bytes) -> Iterator[str]:
    if before == after:
        return
    one, other = read_json(before), read_json(after)
    changes = [] if one.problem or other.problem else list(_of_values(one.value, other.value, "the body"))
    plain = [one_line(body.decode("utf-8", "backslashreplace")) for body in (before, after)]
    yield from changes or [f"the body was {plain[0]} and is {plain[1]}"]


def _of_values(before: Any, after: Any, place: str) -> Iterator[str]:
    """Yield in a line each what differs between two JSON values, down to the members and elements that do."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            yield from _of_values(before.get(name, _ABSENT), after.get(name, _ABSENT), f"{place}[{one_line(name)}]")
    elif isinstance(before, list) and isinstance(after, list):
        for index, (one, other) in enumerate(zip_longest(before, after, fillvalue=_ABSENT)):
            yield from _of_values(one, other, f"{place}[{index}]")
    elif type(before) is not type(after) or before != after:
        was, now = ("absent" if each is _ABSENT else one_line(each) for each in (before, after))
        yield f"{place} was {was} and is {now}"[:DIFFERENCE_LENGTH]
