"""The limits of a run: how much it may send and create, and what ends it early."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from exports_conformance.client.guards import ExportLimitError
from exports_conformance.client.interruption import Interruption
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.jsonapi import as_object, member
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import Json

ERRORS_AT_MOST: Final = 12
"""Environment errors in a row, retries included, after which nothing more is sent."""

ENDING: Final = frozenset({"no-answer", "throttled", "unavailable"})
BLOCKING: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class RunLimits:
    """Counts what a run sends, and says why it may send or create no more.

    At most `exports_at_most` exports are created and `requests_at_most` requests sent, the clean-up apart; None means
    any number. Requests that are certain to be refused are exempt from the limit of exports, as long as they are.
    What `error` returns for a reason is raised in place of a request that would exceed a limit.
    """

    def __init__(
        self,
        *,
        exports_at_most: int | None = None,
        requests_at_most: int | None = None,
        allow_live_mode: bool = True,
        error: Callable[[str], BaseException] = ExportLimitError,
        interruption: Interruption | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.exports_at_most = exports_at_most
        self.requests_at_most = requests_at_most
        self.error = error
        self.interruption = interruption or Interruption()
        self.requests = 0
        self.halted = ""  # why nothing more is sent
        self.creates_no_more = ""  # why nothing more is created
        self.overdrawn = False  # more was created than may be, since a request was not refused that had to be
        self.cleaning = False
        self._allow_live_mode = allow_live_mode
        self._clock = clock
        self._errors = 0  # environment errors in a row
        self._first_error = ""

    def check(self, expectation: Expectation, *, creates: bool, created: int) -> None:
        """Raise what `error` returns if a request would exceed a limit; `created` counts the exports there may be."""
        if self.cleaning:
            return
        if self.interruption.requested:
            raise self.error("the run was stopped")
        if self.halted:
            raise self.error(self.halted)
        if self.requests_at_most is not None and self.requests >= self.requests_at_most:
            raise self.error(f"the run's budget of {self.requests_at_most} requests is spent")
        if not creates or (expectation.outcome == "refusal" and not self.overdrawn):
            return
        if self.creates_no_more:
            raise self.error(self.creates_no_more)
        if self.exports_at_most is not None and created >= self.exports_at_most:
            raise self.error(f"limited to {self.exports_at_most} exports (--max-exports)")

    def may_repeat(self) -> bool:
        """Return True if a request may be repeated."""
        if self.halted and not self.cleaning:
            return False
        spent = self.requests_at_most is not None and self.requests >= self.requests_at_most
        return not self.interruption.requested and (self.cleaning or not spent)

    def sent(self, exchange: Exchange, document: Json) -> None:
        """Count a request, and learn from its response whether the run may go on."""
        if not self.cleaning:
            self.requests += 1
        self._count_errors(exchange)
        if not self._allow_live_mode and shows_live_mode(document):
            self.halted = (
                "the organisation is in live mode, as the API's response says: nothing more is sent there without "
                "--allow-live-mode"
            )

    def created(self, exports: int) -> None:
        """Note how many exports were created."""
        self.overdrawn = self.exports_at_most is not None and exports > self.exports_at_most

    def changed(self, exchange: Exchange) -> None:
        """Learn from the response to an update or a deletion whether exports can be removed."""
        expectation = exchange.expectation
        meant = expectation.operation in {"update", "delete"} and expectation.outcome != "refusal"
        if meant and (environment_error(exchange) == "firewall" or exchange.status in BLOCKING):
            self.creates_no_more = (
                f"{exchange.request.method} of an export was blocked ({exchange.status}): nothing more is created, "
                "since it could not be removed"
            )

    def _count_errors(self, exchange: Exchange) -> None:
        error = environment_error(exchange)
        if error not in ENDING:
            self._errors = 0
            return
        if self._errors == 0:
            what = str(exchange.status) if exchange.response else f"no response ({exchange.trouble})"
            since = time.strftime("%H:%M:%S", time.localtime(self._clock()))
            before = max(0, self.requests - 1)
            self._first_error = f"{what} since {since}, after {before} request{'' if before == 1 else 's'}"
        self._errors += 1
        if self._errors >= ERRORS_AT_MOST:
            self.halted = f"the API stopped answering: {self._first_error}"


def shows_live_mode(document: Json) -> bool:
    """Return True if a resource of a document says that its organisation is in live mode."""
    data = as_object(document).get("data")
    resources = data if isinstance(data, list) else [data]
    return any(member(each, "meta", "mode") == "live" for each in resources)
