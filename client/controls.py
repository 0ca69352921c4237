"""Excuses: the documented reasons for which a valid body may be refused, found out by asking."""

import json
from dataclasses import replace
from typing import Final

from exports_conformance.client.quota import Quota
from exports_conformance.client.sending import LAG, LAG_ATTEMPTS, Ask, Asking, released
from exports_conformance.client.tagging import written
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation
from exports_conformance.exchange.refusal_reasons import (
    RUNNING_AT_MOST,
    UNPROCESSABLE,
    named_arguments,
    pointer_of,
    pointers_overlap,
    selection_refusal,
)
from exports_conformance.exchange.strict_json import Json, is_empty, read_json
from exports_conformance.exchange.tags import PLACEHOLDER

ROUNDS: Final = 4  # how often room is made for one creation, where others take it as often
LIMITED: Final = {400, 409, 422, 423}  # the documentation does not say how the eleventh running export is refused
NOWHERE: Final = {"", "/data"}  # where errors of a whole resource point, as that for the number of exports does


class Excuses:
    """Asks for creations, and where one is refused that need not be, whether its excuse holds.

    A refused selection is asked for plainly, by its twin, at once: what was selected before may be gone. Only
    that it was refused plainly is remembered. A refusal that names no argument, or not the planted flaw, may be
    for the number of running exports: they are counted, our own are stopped, others' waited for, and the body
    is sent again.
    """

    def __init__(self, asking: Asking, quota: Quota) -> None:
        self._asking = asking
        self._quota = quota
        self._refused: dict[str, int] = {}  # how plain selections were refused

    def settled(self, ask: Ask) -> Exchange:
        """Ask, and give the last answer with the circumstances of its refusal; it is still to be observed."""
        if ask.creates and ask.expectation.outcome != "refusal":
            self._quota.keep_margin()
        exchange, _ = self._asking.ask(ask)
        if ask.expectation.operation != "create" or exchange.provenance == "recorded":  # with what was found out then
            return exchange
        exchange = self._with_room(ask, exchange)
        if ask.expectation.outcome != "success":
            return exchange
        if exchange.succeeded:
            self._refused.pop(_selection(exchange), None)
        elif selection_refusal(exchange):
            lookups = replace(exchange.lookups, control_status=self._twin_status(ask, exchange))
            exchange = replace(exchange, lookups=lookups)
        return exchange

    def _with_room(self, ask: Ask, exchange: Exchange) -> Exchange:
        """Send a creation again that may have been refused for the number of exports that ran."""
        sent_with_room = outlasted = False
        for _ in range(ROUNDS):
            unexpected = _may_be_for_the_number(exchange)
            if not unexpected and not _may_hide_its_flaw(exchange):
                break
            running = self._quota.running()
            exchange = replace(exchange, lookups=replace(exchange.lookups, running=running))
            if running is None or (running < RUNNING_AT_MOST and not unexpected):
                break
            if running < RUNNING_AT_MOST and sent_with_room:
                if outlasted or not self._quota.may_lag:
                    break
                outlasted = True
                exchange = self._outlasted(ask, exchange)
                continue
            if running >= RUNNING_AT_MOST and not self._quota.make_room():
                break
            sent_with_room = running < RUNNING_AT_MOST
            exchange = self._again(ask, exchange)
        return exchange

    def _again(self, ask: Ask, exchange: Exchange) -> Exchange:
        self._asking.observe(replace(exchange, expectation=released(exchange.expectation)))
        return self._asking.ask(ask)[0]

    def _outlasted(self, ask: Ask, exchange: Exchange) -> Exchange:
        """Send a creation again for as long as a list may be behind the exports of others that it does not show.

        Lists of an endpoint that refuses a creation for so long are believed from then on.
        """
        before = [exchange]

        def attempt() -> Exchange:
            before.append(self._again(ask, before[-1]))
            return before[-1]

        last = self._asking.patience.settle(
            attempt,
            worth=_may_be_for_the_number,
            shortest=lambda _: LAG / 2**LAG_ATTEMPTS,
            attempts=LAG_ATTEMPTS + 1,
        )
        self._quota.may_lag = not _may_be_for_the_number(last)
        return last

    def _twin_status(self, ask: Ask, exchange: Exchange) -> int | None:
        """Give the status with which the plain twin of a refused selection was answered; None if it is its own."""
        selection = _selection(exchange)
        attributes = _attributes(ask.body)
        if ask.query == "" and set(attributes) <= {"resource_type", "filters", "reference"}:
            self._refused[selection] = exchange.status
            return None
        if selection not in self._refused:
            plain = {
                name: attributes[name] for name in ("resource_type", "filters") if not is_empty(attributes.get(name))
            }
            document = {"data": {"type": "exports", "attributes": {**plain, "reference": PLACEHOLDER}}}
            control = Ask(
                "POST",
                "/exports",
                Expectation(case="excuse/twin", operation="create", certain=ask.expectation.certain),
                headers=(("Accept", JSON_API), ("Content-Type", JSON_API)),
                body=written(document),
            )
            response = self.settled(control)
            self._asking.observe(response)
            if environment_error(response):
                return None
            if not selection_refusal(response):
                return response.status
            self._refused[selection] = response.status
        return self._refused[selection]


def _may_be_for_the_number(exchange: Exchange) -> bool:
    """Say whether a creation was refused otherwise than it may be, and by no fault that the answer points at."""
    expectation = exchange.expectation
    unexpected = expectation.outcome == "success" or bool(
        expectation.answers and exchange.status not in expectation.answers
    )
    return (
        unexpected
        and exchange.status in LIMITED
        and not environment_error(exchange)
        and not selection_refusal(exchange)
        and not named_arguments(exchange)
    )


def _may_hide_its_flaw(exchange: Exchange) -> bool:
    """Say whether a flawed creation was refused as it may be, but for nothing that its flaw explains."""
    at, pointers = exchange.expectation.at, [pointer_of(error) for error in exchange.errors]
    return (
        exchange.status == UNPROCESSABLE
        and at != ""
        and not selection_refusal(exchange)
        and not any(pointers_overlap(pointer, at) for pointer in pointers if pointer == at or pointer not in NOWHERE)
        and not environment_error(exchange)
    )


def _selection(exchange: Exchange) -> str:
    """Name what a creation selects: its type and its filters, none and empty being the same."""
    filters = exchange.sent_attributes.get("filters")
    return _named([exchange.sent_attributes.get("resource_type"), None if is_empty(filters) else filters])


def _named(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _attributes(body: bytes | None) -> dict[str, Json]:
    document = read_json(body).value if body else None
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    return attributes if isinstance(attributes, dict) else {}
