"""The recorded endpoint: answers requests as they were answered when they were recorded, and no others."""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace

import httpx
import respx

from exports_conformance.client.recorded_requests import (
    Asked,
    CaseNotRecordedError,
    Names,
    RequestNotRecordedError,
    difference,
)
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.sending import released
from exports_conformance.client.storage import Fetched
from exports_conformance.client.transport import decoded
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange, Expectation, Request

_DECODED = {"content-encoding", "content-length", "transfer-encoding"}
"""Headers of a body as it was on its way; what is recorded is what came out of that."""


def settled(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Give the exchanges that counted, in order: no attempt that was made again, and no confirmation of another."""
    names = Names(exchanges)
    last: dict[Asked, Exchange] = {}
    for exchange in exchanges:
        if not exchange.expectation.confirms:
            last[names.asked(exchange.request, exchange.expectation.case)] = exchange
    return tuple(
        exchange
        for exchange in exchanges
        if not exchange.expectation.confirms
        and not _was_made_again(exchange, last[names.asked(exchange.request, exchange.expectation.case)])
    )


def _was_made_again(exchange: Exchange, last: Exchange) -> bool:
    """Say whether an exchange was one of several attempts, of which the last counted."""
    if exchange is last:
        return False
    expectation, final = replace(exchange.expectation, tag=""), replace(last.expectation, tag="")
    return bool(environment_error(exchange)) or (expectation == released(final) != final)


class RecordedAnswers:
    """Answers each request with the recorded answer to the same request for the same purpose.

    A purpose that was served several times is served in the order in which it was recorded. What is behind
    `transport` raises `CaseNotRecordedError` or `RequestNotRecordedError`; it opens no connection.
    """

    def __init__(self, exchanges: Sequence[Exchange], *, base_url: str, redactor: Redactor) -> None:
        self._names = Names(exchanges)
        self._base_path = httpx.URL(base_url).path
        self._redactor = redactor
        self._kept: dict[Asked, list[Exchange]] = defaultdict(list)
        self._cases: dict[str, list[Exchange]] = defaultdict(list)
        self._files: dict[tuple[str, str], deque[Exchange]] = defaultdict(deque)
        self._answered: Counter[Asked] = Counter()
        self._last: Exchange | None = None
        for exchange in settled(exchanges):
            self._kept[self._names.asked(exchange.request, exchange.expectation.case)].append(exchange)
            self._cases[exchange.expectation.case].append(exchange)
            if exchange.expectation.operation == "download":
                self._files[exchange.request.path, exchange.request.query].append(exchange)
        self._router = respx.Router(assert_all_called=False)
        self._router.route().mock(side_effect=self._answer)
        self.transport = httpx.MockTransport(self._router.handler)

    def _answer(self, outgoing: httpx.Request) -> httpx.Response:
        self._router.reset()  # which would keep every call
        expectation: Expectation = outgoing.extensions["expectation"]
        self._last = found = self._recorded(self._redactor.request(self._request(outgoing)), expectation.case)
        if found.response is None:
            raise httpx.ReadError(found.trouble)
        headers = [(name, value) for name, value in found.response.headers if name.lower() not in _DECODED]
        encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        return httpx.Response(found.response.status, headers=encoded, content=found.response.body)

    def _request(self, outgoing: httpx.Request) -> Request:
        path, _, query = outgoing.url.raw_path.decode("ascii").partition("?")
        body = outgoing.content if "content-length" in outgoing.headers else None
        return Request(outgoing.method, path.removeprefix(self._base_path), query, decoded(outgoing.headers), body)

    def _recorded(self, request: Request, case: str) -> Exchange:
        """Find the next exchange with this request.

        Raises:
            CaseNotRecordedError, RequestNotRecordedError: there is none.
        """
        if case not in self._cases:
            raise CaseNotRecordedError(f"the recording has no {case}; record again what is asked today")
        asked = self._names.asked(request, case)
        kept = self._kept.get(asked)
        if not kept:
            told = [difference(each.request, request) for each in self._cases[case]]
            nearest, what = min(zip(self._cases[case], told, strict=True), key=lambda pair: len(pair[1]))
            raise RequestNotRecordedError(
                f"{case}: {request.method} {request.path} is not in the recording; the nearest there is "
                f"{nearest.id}: {what}; record again what is asked today"
            )
        at = self._answered[asked]
        if at >= len(kept):
            times = "once" if len(kept) == 1 else f"{len(kept)} times"
            raise RequestNotRecordedError(
                f"{case}: {request.method} {request.path} is in the recording {times}, and was asked for once more; "
                "record again what is asked today"
            )
        self._answered[asked] += 1
        return kept[at]

    def fetch(self, url: str) -> Fetched:
        """Give what was fetched from the address of a file.

        Raises:
            CaseNotRecordedError: nothing was.
        """
        kept = self._files.get(self._redactor.attachment(url))
        if not kept:
            raise CaseNotRecordedError("the recording has not fetched this file; record again what is asked today")
        self._last = found = kept.popleft() if len(kept) > 1 else kept[0]
        return found.response, found.file, found.trouble

    def close(self) -> None:
        """Close nothing, for nothing is open."""

    def restored(self, exchange: Exchange) -> Exchange:
        """Give the recorded exchange in the place of its replay, with what the request is meant to be today.

        What refers to other exchanges of its run stays as it was.
        """
        found = self._last
        if found is None:
            return exchange
        expectation = replace(exchange.expectation, tag=found.expectation.tag)
        if (found.request.path, found.request.query) != (exchange.request.path, exchange.request.query):
            expectation = replace(expectation, expected=found.expectation.expected)
        return replace(found, expectation=expectation, edition=exchange.edition, provenance="recorded")


class NothingIsOurs:
    """A ledger for what creates nothing: whatever was recorded may be asked for again, and nothing is left."""

    def intend(self, tag: str, case: str) -> None:
        """Nothing is created."""

    def created(self, export_id: str, tag: str) -> None:
        """Nothing was created."""

    def gone(self, export_id: str) -> None:
        """Nothing was there."""

    def owns(self, export_id: str) -> bool:  # noqa: ARG002  as a ledger is asked
        """Whatever was recorded was this suite's, or has been reduced."""
        return True

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Nothing is left."""
        return ()
