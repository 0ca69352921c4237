"""An endpoint: the operations on exports, as tests use them, whatever is behind the client."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType

from exports_conformance.client.cleanup import Cleaner, CleanUp, EarlierRuns, find_earlier_runs
from exports_conformance.client.client import Client
from exports_conformance.client.controls import Controls
from exports_conformance.client.guards import NotOursError, is_segment
from exports_conformance.client.limits import Retries, RunLimits
from exports_conformance.client.ownership import Ledger, Ownership
from exports_conformance.client.running import POLLED_FOR, Follower, Quota
from exports_conformance.client.sender import (
    RequestSource,
    RequestTemplate,
    Sender,
    path_part,
    superseded,
)
from exports_conformance.client.tagging import encode_body
from exports_conformance.contract.edition import Edition
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Headers, Provenance, outlined
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import Tags

Overrides = Mapping[str, str | None]
AS_DOCUMENTED: Overrides = MappingProxyType({})


class Endpoint:
    """The operations on exports; each sends its request and returns the exchange that counts.

    `observe` receives every exchange, attempts that do not count included. Where `doubts` returns True for one that
    counts, the same request is sent once more (`expectation.confirms`), and observed as well. `margin` is how many of
    the ten running exports that an organisation may have are left to others; None leaves none. `headers` override
    the documented ones by name; None removes one.

    Every operation raises `RequestBlockedError` where its request must not be sent, and what `limits.error` returns
    where it would exceed a limit of the run or change an export that is not shown to be ours.
    """

    def __init__(
        self,
        client: Client,
        *,
        ledger: Ledger,
        tags: Tags | None = None,
        retries: Retries | None = None,
        observe: Callable[[Exchange], object] = lambda _: None,
        doubts: Callable[[Exchange], bool] = lambda _: False,
        margin: int | None = None,
        limits: RunLimits | None = None,
        ownership: Ownership | None = None,
        recording: RequestSource | None = None,
    ) -> None:
        self.client = client
        self.retries = retries or Retries()
        self.limits = limits or RunLimits()
        self.retries.may_repeat = self.limits.may_repeat
        ownership = ownership or Ownership(ledger)  # a redactor may share it
        if recording is None:
            client.owns = ownership.owns
        self._doubts = doubts
        self._sender = Sender(
            client,
            ownership=ownership,
            tags=tags or Tags(),
            retries=self.retries,
            observe=observe,
            limits=self.limits,
            recording=recording,
        )
        self._quota = Quota(self._sender, margin=margin)
        self._controls = Controls(self._sender, self._quota)
        self._follower = Follower(self._sender, retrieve=self.retrieve, doubts=doubts)

    @property
    def kind(self) -> Provenance:
        """Who answers."""
        return self.client.provenance

    @property
    def base_url(self) -> str:
        """The API's base URL."""
        return self.client.base_url

    @property
    def edition(self) -> Edition:
        """The edition of the documentation by which exchanges are judged from now on."""
        return self.client.edition

    @edition.setter
    def edition(self, edition: Edition) -> None:
        self.client.edition = edition

    def create(
        self,
        body: Json | bytes,
        *,
        expectation: Expectation,
        headers: Overrides = AS_DOCUMENTED,
        authorised: bool = True,
        query: str = "",
    ) -> Exchange:
        """Create an export, `POST /exports`; the placeholder in the body becomes its tag."""
        return self.send(
            "POST",
            "/exports",
            expectation=expectation,
            query=query,
            headers=headers,
            body=encode_body(body),
            authorised=authorised,
        )

    def retrieve(
        self,
        export_id: str,
        *,
        expectation: Expectation,
        query: str = "",
        until: Callable[[Exchange], bool] | None = None,
    ) -> Exchange:
        """Retrieve one export, `GET /exports/{id}`."""
        return self.send("GET", self._path_of(export_id), expectation=expectation, query=query, until=until)

    def list(
        self, query: str = "", *, expectation: Expectation, until: Callable[[Exchange], bool] | None = None
    ) -> Exchange:
        """List exports, `GET /exports`."""
        return self.send("GET", "/exports", expectation=expectation, query=query, until=until)

    def related(self, export_id: str, path: str, *, expectation: Expectation) -> Exchange:
        """Retrieve what an export is related to, `GET /exports/{id}/{path}`."""
        return self.send("GET", f"{self._path_of(export_id)}/{path}", expectation=expectation)

    def update(
        self,
        export_id: str,
        attributes: Json,
        *,
        expectation: Expectation,
        headers: Overrides = AS_DOCUMENTED,
        authorised: bool = True,
    ) -> Exchange:
        """Change an export, `PATCH /exports/{id}`."""
        body = encode_body({"data": {"type": "exports", "id": export_id, "attributes": attributes}})
        path = self._path_of(export_id)
        return self.send("PATCH", path, expectation=expectation, headers=headers, body=body, authorised=authorised)

    def interrupt(self, export_id: str, *, expectation: Expectation) -> Exchange:
        """Interrupt a running export."""
        return self.update(export_id, {"_interrupt": True}, expectation=expectation)

    def start(self, export_id: str, *, expectation: Expectation) -> Exchange:
        """Start an interrupted export again."""
        return self.update(export_id, {"_start": True}, expectation=expectation)

    def delete(
        self, export_id: str, *, expectation: Expectation, headers: Overrides = AS_DOCUMENTED, authorised: bool = True
    ) -> Exchange:
        """Delete an export, `DELETE /exports/{id}`; while it is locked, which it may be as it stops, try again."""
        return self.send(
            "DELETE",
            self._path_of(export_id),
            expectation=expectation,
            headers=headers,
            authorised=authorised,
            until=lambda exchange: exchange.status != HTTPStatus.LOCKED,
        )

    def follow(
        self,
        first: Exchange,
        *,
        expectation: Callable[[Exchange], Expectation],
        ended: Callable[[Exchange], bool],
        seconds: float = POLLED_FOR,
    ) -> Exchange:
        """Retrieve the export that `first` shows until it has ended, for so many seconds at most.

        `expectation` receives the last exchange about it and returns what the next one is meant to be.
        """
        return self._follower.follow(first, expectation=expectation, ended=ended, seconds=seconds)

    def download(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file of an export from the address that a retrieval showed; return None if it showed none.

        An address is good for minutes only: if it is forbidden, the export is retrieved and its file fetched again.
        """
        return self._follower.download(shown, expectation=expectation)

    def send(
        self,
        method: str,
        path: str,
        *,
        expectation: Expectation,
        query: str = "",
        headers: Overrides | Sequence[tuple[str, str]] = AS_DOCUMENTED,
        body: Json | bytes | None = None,
        authorised: bool = True,
        until: Callable[[Exchange], bool] | None = None,
    ) -> Exchange:
        """Send any request, without a body if that is None; a sequence of headers is sent as it is.

        Reads may lag behind changes: with `until`, the request is repeated for about ten seconds until that returns
        True for its exchange, and only the last one counts.
        """
        content = None if body is None else encode_body(body)
        given = _changed(headers, content) if isinstance(headers, Mapping) else tuple(headers)
        template = RequestTemplate(method, path, expectation, query, given, content, authorised)
        try:
            exchange = self._awaited(template, until) if until else self._controls.settled(template)
        except NotOursError as error:
            raise self.limits.error(str(error)) from None
        self._sender.observe(exchange)
        if self._should_be_confirmed(template, exchange):
            confirms = replace(expectation, confirms=exchange.id)
            again = self._controls.settled(replace(template, expectation=confirms))
            self._sender.observe(again)
            crashed = exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR > again.status
            if crashed and not environment_error(again):
                return outlined(again)  # so that tests which build on it have their export
        return outlined(exchange)

    def _should_be_confirmed(self, template: RequestTemplate, exchange: Exchange) -> bool:
        """Return True if a request should be sent once more before its exchange is believed."""
        if environment_error(exchange) or self.limits.overdrawn or exchange.lookups.known_id:
            return False
        return _is_repeatable(template) and self.limits.may_repeat() and self._doubts(exchange)

    def _awaited(self, template: RequestTemplate, until: Callable[[Exchange], bool]) -> Exchange:

        def once_more(last: Exchange) -> Exchange:
            caught_up = False
            try:
                exchange = self._controls.settled(template)
                caught_up = until(exchange)
                return exchange
            finally:
                # Reads that stay stale do not lag: only the last of them is compared with earlier ones.
                lookups = last.lookups if caught_up else replace(last.lookups, earlier=None)
                self._sender.observe(replace(last, expectation=superseded(last.expectation), lookups=lookups))

        return self.retries.catch_up(
            lambda: self._controls.settled(template),
            again=once_more,
            while_=lambda exchange: not until(exchange) and not environment_error(exchange),
            reason="a read that shows the last change",
        )

    def list_once(self, query: str, *, expectation: Expectation) -> Exchange:
        """List exports without retries."""
        headers = _changed(AS_DOCUMENTED, None)
        exchange, _ = self._sender.once(RequestTemplate("GET", "/exports", expectation, query, headers))
        self._sender.observe(exchange)
        return exchange

    def _path_of(self, export_id: str) -> str:
        if not is_segment(export_id):
            raise self.limits.error(f"the API named an export {export_id[:40]!a}, which cannot be a part of a path")
        return f"/exports/{path_part(export_id)}"

    def spare(self, export_id: str) -> None:
        """Never interrupt this export to free a place; its file will be downloaded."""
        self._sender.spared.add(export_id)

    def stop(self, export_id: str) -> None:
        """Interrupt an export, ignoring the outcome."""
        if is_segment(export_id):
            self._sender.interrupt(export_id, case="scenario/stop")

    def set_running(self, exports: int) -> None:
        """Set the number of exports of others that are already running."""
        self._quota.others = exports

    @property
    def refused(self) -> frozenset[str]:
        """The tags of the creations that were refused; no export should have one of them."""
        return frozenset(filter(None, self._sender.refused))

    @property
    def outstanding(self) -> int:
        """How many exports of this run may still exist."""
        return len(self._sender.ledger.outstanding())

    def clean(self, *, keep: bool = False) -> CleanUp:
        """Remove what this run created; with `keep`, only return what that is."""
        self.retries.refill()  # what the run has waited must not keep it from leaving nothing behind
        if self.limits.interruption.requested and self.client.pacing:
            self.client.pacing.hurries = True  # a job that is cancelled is killed within seconds
        self.limits.interruption.clear()
        return Cleaner(self._sender).clean(keep=keep)

    def earlier_runs(self, *, before: float) -> EarlierRuns:
        """Return what the runs left that created nothing since `before`, in seconds since the epoch."""
        return find_earlier_runs(self._sender, before=before)

    def close(self) -> None:
        """Close the connections; nothing is removed."""
        self.client.close()


def _changed(overrides: Overrides, body: bytes | None) -> Headers:
    """Return the documented headers, with overrides."""
    documented = {"Accept": JSON_API} if body is None else {"Accept": JSON_API, "Content-Type": JSON_API}
    replaced = {name.lower() for name in overrides}
    kept = [(name, value) for name, value in documented.items() if name.lower() not in replaced]
    return (*kept, *((name, value) for name, value in overrides.items() if value is not None))


def _is_repeatable(template: RequestTemplate) -> bool:
    """Return True if a request means the same when it is sent again: an export is deleted or interrupted only once."""
    return template.method.upper() != "DELETE" and b'"_interrupt"' not in (template.body or b"")
