"""An endpoint: who answers, as tests speak to it; its kinds differ in what is behind the door only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from exports_conformance.client.cleaning import Cleaning, CleanUp
from exports_conformance.client.client import Door
from exports_conformance.client.controls import Excuses
from exports_conformance.client.following import POLLED_FOR, Ending
from exports_conformance.client.guards import AllowanceSpent
from exports_conformance.client.ledger import Ledger
from exports_conformance.client.quota import Quota
from exports_conformance.client.retries import Patience
from exports_conformance.client.sending import LAG, LAG_ATTEMPTS, Ask, Asking, path_part, released
from exports_conformance.client.tagging import written
from exports_conformance.contract.editions import Edition
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Headers, Provenance
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import Tags

Overrides = Mapping[str, str | None]
CRASHED = 500
AS_DOCUMENTED: Overrides = MappingProxyType({})


class Endpoint:
    """The operations on exports; each sends its request and gives the exchange that is to be judged.

    Every exchange is shown to `observe`, in bad weather and on the way too. Where that says True, of the
    answer that counts, the same request is asked once more (`intent.confirms`), and shown as well. `margin` is how
    many of the ten running exports that an organisation may have are left to others; None: as many as are.
    `exports_at_most` are created; then what `spent` gives is raised for what is not certain to be refused.

    `headers` change the documented ones by name; None leaves one out. Every operation raises `DoorRefused`
    where its request must not be sent.
    """

    def __init__(
        self,
        door: Door,
        *,
        ledger: Ledger,
        tags: Tags | None = None,
        patience: Patience | None = None,
        observe: Callable[[Exchange], bool] = lambda _: False,
        margin: int | None = None,
        exports_at_most: int | None = None,
        spent: Callable[[str], BaseException] = AllowanceSpent,
    ) -> None:
        self.door = door
        self.patience = patience or Patience()
        self._asking = Asking(door, ledger=ledger, tags=tags or Tags(), patience=self.patience, observe=observe)
        self._asking.exports_at_most, self._asking.spent = exports_at_most, spent
        self._quota = Quota(self._asking, margin=margin)
        self._excuses = Excuses(self._asking, self._quota)
        self._ending = Ending(self._asking, retrieve=self.retrieve)

    @property
    def kind(self) -> Provenance:
        """Who answers."""
        return self.door.provenance

    @property
    def base_url(self) -> str:
        """The API's base URL."""
        return self.door.base_url

    @property
    def edition(self) -> Edition:
        """The documentation's edition that exchanges are judged by from now on."""
        return self.door.edition

    @edition.setter
    def edition(self, edition: Edition) -> None:
        self.door.edition = edition

    def create(
        self,
        body: Json | bytes,
        *,
        expectation: Expectation,
        headers: Overrides = AS_DOCUMENTED,
        authorised: bool = True,
        query: str = "",
    ) -> Exchange:
        """Ask for an export to be created: `POST /exports`; the placeholder in the body becomes its mark."""
        return self.send(
            "POST",
            "/exports",
            expectation=expectation,
            query=query,
            headers=headers,
            body=written(body),
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
        """Ask for one export: `GET /exports/{id}`."""
        return self.send("GET", _path_of(export_id), expectation=expectation, query=query, until=until)

    def list(
        self, query: str = "", *, expectation: Expectation, until: Callable[[Exchange], bool] | None = None
    ) -> Exchange:
        """Ask for exports: `GET /exports`."""
        return self.send("GET", "/exports", expectation=expectation, query=query, until=until)

    def related(self, export_id: str, path: str, *, expectation: Expectation) -> Exchange:
        """Ask for what an export is related to: `GET /exports/{id}/{path}`."""
        return self.send("GET", f"{_path_of(export_id)}/{path}", expectation=expectation)

    def update(
        self,
        export_id: str,
        attributes: Json,
        *,
        expectation: Expectation,
        headers: Overrides = AS_DOCUMENTED,
        authorised: bool = True,
    ) -> Exchange:
        """Ask for an export to be changed: `PATCH /exports/{id}`."""
        body = written({"data": {"type": "exports", "id": export_id, "attributes": attributes}})
        path = _path_of(export_id)
        return self.send("PATCH", path, expectation=expectation, headers=headers, body=body, authorised=authorised)

    def interrupt(self, export_id: str, *, expectation: Expectation) -> Exchange:
        """Ask for a running export to be stopped."""
        return self.update(export_id, {"_interrupt": True}, expectation=expectation)

    def start(self, export_id: str, *, expectation: Expectation) -> Exchange:
        """Ask for an interrupted export to be started again."""
        return self.update(export_id, {"_start": True}, expectation=expectation)

    def follow(
        self,
        first: Exchange,
        *,
        expectation: Callable[[Exchange], Expectation],
        ended: Callable[[Exchange], bool],
        seconds: float = POLLED_FOR,
    ) -> Exchange:
        """Retrieve an export until it has ended, for so many seconds at most; each answer follows the one before.

        `first` showed it before, `intent` says what is meant by asking again after an answer.
        """
        return self._ending.follow(first, expectation=expectation, ended=ended, seconds=seconds)

    def download(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file of an export from where a retrieval showed it; None where it showed none.

        The address is good for minutes only: where it is refused, the export is retrieved and its file fetched
        once more.
        """
        return self._ending.download(shown, expectation=expectation)

    def spare(self, export_id: str) -> None:
        """Let an export run to its end, whatever room others need; its file is going to be asked for."""
        self._asking.spared.add(export_id)

    def stop(self, export_id: str) -> None:
        """Interrupt an export that may have ended meanwhile; nobody is judged by whether it had."""
        self._asking.interrupt(export_id, case="scenario/stop")

    def others_run(self, exports: int) -> None:
        """Be told how many exports of others run, before anything has been created."""
        self._quota.others = exports

    @property
    def overdrawn(self) -> bool:
        """Whether more exports were created than may be, since one was not refused that had to be."""
        return self._asking.overdrawn

    def delete(
        self, export_id: str, *, expectation: Expectation, headers: Overrides = AS_DOCUMENTED, authorised: bool = True
    ) -> Exchange:
        """Ask for an export to be removed: `DELETE /exports/{id}`."""
        return self.send("DELETE", _path_of(export_id), expectation=expectation, headers=headers, authorised=authorised)

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
        """Send any request, without a body where it is None; a sequence of headers is sent as it is.

        Reads may lag behind what was done: with `until`, the same is asked for some ten seconds until its answer
        is so, and only the last answer counts.
        """
        content = None if body is None else written(body)
        given = _changed(headers, content) if isinstance(headers, Mapping) else tuple(headers)
        ask = Ask(method, path, expectation, query, given, content, authorised)
        exchange = self._awaited(ask, until) if until else self._excuses.settled(ask)
        doubtful = self._asking.observe(exchange)
        if doubtful and _repeatable(ask) and not environment_error(exchange) and not self.overdrawn:
            again = self._excuses.settled(replace(ask, expectation=replace(expectation, confirms=exchange.id)))
            self._asking.observe(again)
            if again.status < CRASHED <= exchange.status and not environment_error(again):
                return again  # what crashed once is asked about, and what builds on it has its export
        return exchange

    def _awaited(self, ask: Ask, until: Callable[[Exchange], bool]) -> Exchange:
        before: list[Exchange] = []

        def attempt() -> Exchange:
            for early in before:
                self._asking.observe(replace(early, expectation=released(early.expectation)))
            before[:] = [self._excuses.settled(ask)]
            return before[0]

        return self.patience.settle(
            attempt,
            worth=lambda exchange: not until(exchange) and not environment_error(exchange),
            shortest=lambda _: LAG / 2**LAG_ATTEMPTS,
            attempts=LAG_ATTEMPTS + 1,
        )

    @property
    def refused(self) -> frozenset[str]:
        """The marks of the creations that were refused, of which nothing should exist."""
        return frozenset(filter(None, self._asking.refused))

    def glance(self, query: str, *, expectation: Expectation) -> Exchange:
        """Ask for exports once, whatever the weather."""
        exchange, _ = self._asking.once(Ask("GET", "/exports", expectation, query, _changed(AS_DOCUMENTED, None)))
        self._asking.observe(exchange)
        return exchange

    def clean(self, *, keep: bool = False) -> CleanUp:
        """Remove what this run created; with `keep`, only say what that is."""
        self.patience.refill()  # what the run has waited must not keep it from leaving nothing behind
        return Cleaning(self._asking).clean(keep=keep)

    def close(self) -> None:
        """Close the connections; nothing is cleaned."""
        self.door.close()


def _path_of(export_id: str) -> str:
    return f"/exports/{path_part(export_id)}"


def _changed(overrides: Overrides, body: bytes | None) -> Headers:
    """Give the documented headers, with overrides."""
    documented = {"Accept": JSON_API} if body is None else {"Accept": JSON_API, "Content-Type": JSON_API}
    replaced = {name.lower() for name in overrides}
    kept = [(name, value) for name, value in documented.items() if name.lower() not in replaced]
    return (*kept, *((name, value) for name, value in overrides.items() if value is not None))


def _repeatable(ask: Ask) -> bool:
    """Say whether a request means the same when it is sent again: what was removed or stopped is not there twice."""
    return ask.method.upper() != "DELETE" and b'"_interrupt"' not in (ask.body or b"")
