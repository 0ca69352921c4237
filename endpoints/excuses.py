"""Excuses: the documented reasons for which a valid body may be refused, found out by asking."""

import json
from dataclasses import replace
from typing import Final

from exports_conformance.contract.exchange import JSON_API, Exchange, Intent
from exports_conformance.contract.judge.excuses import (
    RUNNING_AT_MOST,
    names_an_argument,
    pointer_of,
    selection_refusal,
)
from exports_conformance.contract.judge.situations import UNPROCESSABLE, related
from exports_conformance.contract.marks import PLACEHOLDER
from exports_conformance.contract.strict_json import Json, is_empty, read
from exports_conformance.contract.weather import weather
from exports_conformance.endpoints.asking import Ask, Asking, released
from exports_conformance.endpoints.marking import written

ROUNDS: Final = 4  # how often room is made for one creation, where others take it as often
LIMITED: Final = {400, 409, 422, 423}  # the documentation does not say how the eleventh running export is refused
NOWHERE: Final = {"", "/data"}  # where errors of a whole resource point, as that for the number of exports does
RUNNING: Final = "filter[q][status_in]=pending,in_progress&page[size]=1"


class Excuses:
    """Asks for creations, and where one is refused that need not be, whether its excuse holds.

    A refused selection is asked for plainly, by its twin, at once: what was selected before may be gone. Only
    that it was refused plainly is remembered. A refusal that names no argument, or not the planted flaw, may be
    for the number of running exports: they are counted, our own are stopped, others' waited for, and the body
    is sent again.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._refused: dict[str, int] = {}  # how plain selections were refused

    def settled(self, ask: Ask) -> Exchange:
        """Ask, and give the last answer with the circumstances of its refusal; it is still to be observed."""
        exchange, _ = self._asking.ask(ask)
        if ask.intent.operation != "create":
            return exchange
        exchange = self._with_room(ask, exchange)
        if ask.intent.expects != "success":
            return exchange
        if 200 <= exchange.status < 300:  # noqa: PLR2004  HTTP's own bounds
            self._refused.pop(_selection(exchange), None)
        elif selection_refusal(exchange):
            circumstances = replace(exchange.circumstances, twin_status=self._twin_status(ask, exchange))
            exchange = replace(exchange, circumstances=circumstances)
        return exchange

    def _with_room(self, ask: Ask, exchange: Exchange) -> Exchange:
        """Send a creation again that may have been refused for the number of exports that ran."""
        sent_with_room = False
        for _ in range(ROUNDS):
            unexpected = _may_be_for_the_number(exchange)
            if not unexpected and not _may_hide_its_flaw(exchange):
                break
            running = self.running()
            exchange = replace(exchange, circumstances=replace(exchange.circumstances, running=running))
            if running is None or (running < RUNNING_AT_MOST and (sent_with_room or not unexpected)):
                break
            if running >= RUNNING_AT_MOST and not self._room():
                break
            sent_with_room = running < RUNNING_AT_MOST
            self._asking.observe(replace(exchange, intent=released(exchange.intent)))
            exchange, _ = self._asking.ask(ask)
        return exchange

    def running(self) -> int | None:
        """Count the exports that are pending or in progress, whosever they are; None where no list says so."""
        document = self._asking.read(RUNNING, case="excuse/running")
        meta = document.get("meta") if document else None
        count = meta.get("record_count") if isinstance(meta, dict) else None
        return count if isinstance(count, int) and not isinstance(count, bool) else None

    def _room(self) -> bool:
        """Stop those of our own that run, and wait until fewer run than may; nobody else's is stopped."""
        ours = self._asking.running
        for export_id in ours:
            self._asking.interrupt(export_id, case="excuse/interrupt")
        first = iter([] if ours else [RUNNING_AT_MOST])  # they were counted just now
        running = self._asking.patience.settle(
            lambda: next(first, None) or self.running(),
            worth=lambda count: count is not None and count >= RUNNING_AT_MOST,
            shortest=lambda _: 0.1,  # small exports end at once, large ones take what patience there is
            attempts=100,
        )
        return running is not None and running < RUNNING_AT_MOST

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
            twin = Ask(
                "POST",
                "/exports",
                Intent(case="excuse/twin", operation="create", certain=ask.intent.certain),
                headers=(("Accept", JSON_API), ("Content-Type", JSON_API)),
                body=written(document),
            )
            answer = self.settled(twin)
            self._asking.observe(answer)
            if weather(answer):
                return None
            if not selection_refusal(answer):
                return answer.status
            self._refused[selection] = answer.status
        return self._refused[selection]


def _may_be_for_the_number(exchange: Exchange) -> bool:
    """Say whether a creation was refused otherwise than it may be, and by no fault that the answer points at."""
    intent = exchange.intent
    unexpected = intent.expects == "success" or bool(intent.answers and exchange.status not in intent.answers)
    return (
        unexpected
        and exchange.status in LIMITED
        and not weather(exchange)
        and not selection_refusal(exchange)
        and not names_an_argument(exchange)
    )


def _may_hide_its_flaw(exchange: Exchange) -> bool:
    """Say whether a flawed creation was refused as it may be, but for nothing that its flaw explains."""
    at, pointers = exchange.intent.at, [pointer_of(error) for error in exchange.errors]
    return (
        exchange.status == UNPROCESSABLE
        and at != ""
        and not selection_refusal(exchange)
        and not any(related(pointer, at) for pointer in pointers if pointer == at or pointer not in NOWHERE)
        and not weather(exchange)
    )


def _selection(exchange: Exchange) -> str:
    """Name what a creation selects: its type and its filters, none and empty being the same."""
    filters = exchange.sent_attributes.get("filters")
    return _named([exchange.sent_attributes.get("resource_type"), None if is_empty(filters) else filters])


def _named(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _attributes(body: bytes | None) -> dict[str, Json]:
    document = read(body).value if body else None
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    return attributes if isinstance(attributes, dict) else {}
