"""The recorded endpoint: answers requests as they were answered when they were recorded, and no others."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import httpx
import respx

from exports_conformance.contract.exchange import Exchange, Intent, Request
from exports_conformance.contract.weather import weather
from exports_conformance.endpoints.asking import released
from exports_conformance.endpoints.recorded_requests import (
    Asked,
    CaseNotRecordedError,
    Names,
    RequestNotRecordedError,
    difference,
)
from exports_conformance.endpoints.redaction import Redactor
from exports_conformance.endpoints.wire import decoded

_DECODED = {"content-encoding", "content-length", "transfer-encoding"}
"""Headers of a body as it was on its way; what is recorded is what came out of that."""


def settled(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Give the exchanges that counted, in order: no attempt that was made again, and no confirmation of another."""
    names = Names(exchanges)
    last: dict[Asked, Exchange] = {}
    for exchange in exchanges:
        if not exchange.intent.confirms:
            last[names.asked(exchange.request, exchange.intent.case)] = exchange
    return tuple(
        exchange
        for exchange in exchanges
        if not exchange.intent.confirms
        and not _was_made_again(exchange, last[names.asked(exchange.request, exchange.intent.case)])
    )


def _was_made_again(exchange: Exchange, last: Exchange) -> bool:
    """Say whether an exchange was one of several attempts, of which the last counted."""
    if exchange is last:
        return False
    intent, final = replace(exchange.intent, mark=""), replace(last.intent, mark="")
    return bool(weather(exchange)) or (intent == released(final) != final)


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
        self._answered: Counter[Asked] = Counter()
        self._last: Exchange | None = None
        for exchange in settled(exchanges):
            self._kept[self._names.asked(exchange.request, exchange.intent.case)].append(exchange)
            self._cases[exchange.intent.case].append(exchange)
        self._router = respx.Router(assert_all_called=False)
        self._router.route().mock(side_effect=self._answer)
        self.transport = httpx.MockTransport(self._router.handler)

    def _answer(self, outgoing: httpx.Request) -> httpx.Response:
        self._router.reset()  # which would keep every call
        intent: Intent = outgoing.extensions["intent"]
        self._last = found = self._recorded(self._redactor.request(self._request(outgoing)), intent.case)
        if found.answer is None:
            raise httpx.ReadError(found.trouble)
        headers = [(name, value) for name, value in found.answer.headers if name.lower() not in _DECODED]
        encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        return httpx.Response(found.answer.status, headers=encoded, content=found.answer.body)

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

    def restored(self, exchange: Exchange) -> Exchange:
        """Give the recorded exchange in the place of its replay, with what the request is meant to be today.

        What refers to other exchanges of its run stays as it was.
        """
        found = self._last
        if found is None:
            return exchange
        intent = replace(exchange.intent, mark=found.intent.mark)
        if (found.request.path, found.request.query) != (exchange.request.path, exchange.request.query):
            intent = replace(intent, shown=found.intent.shown)
        return replace(found, intent=intent, edition=exchange.edition, provenance="recorded")


class NothingIsOurs:
    """A ledger for what creates nothing: whatever was recorded may be asked for again, and nothing is left."""

    def intend(self, mark: str, case: str) -> None:
        """Nothing is created."""

    def created(self, export_id: str, mark: str) -> None:
        """Nothing was created."""

    def gone(self, export_id: str) -> None:
        """Nothing was there."""

    def owns(self, export_id: str) -> bool:  # noqa: ARG002  as a ledger is asked
        """Whatever was recorded was this suite's, or has been reduced."""
        return True

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Nothing is left."""
        return ()
