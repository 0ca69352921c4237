"""Controls: where a valid creation is refused, further requests find out whether the reason given holds."""

import json
from dataclasses import replace
from typing import Final

from exports_conformance.client.running import Quota
from exports_conformance.client.sender import RequestTemplate, Sender, superseded
from exports_conformance.client.tagging import encode_body, sent_attributes_of
from exports_conformance.exchange.exports import known_selection
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation
from exports_conformance.exchange.reasons import (
    RUNNING_AT_MOST,
    UNPROCESSABLE,
    environment_error,
    named_arguments,
    pointers_overlap,
    selection_refusal,
)
from exports_conformance.exchange.strict_json import Json, is_empty, source_pointer
from exports_conformance.exchange.tags import PLACEHOLDER

ROOM_MADE_AT_MOST: Final = 4
"""How often room is made for one creation, while others take it as often."""

LIMITED: Final = {400, 409, 422, 423}  # the documentation does not say how the eleventh running export is refused
WHOLE_RESOURCE: Final = {"", "/data"}  # where errors of a whole resource point, as that for the number of exports does


class Controls:
    """Sends creations, and finds out for a refused one that should not be whether its reason holds.

    For a refused selection a control is sent at once: the same type and filters without anything else. It is not
    remembered that a control was accepted, since records may be deleted. A refusal that names no argument, or not the
    planted flaw, may be due to the number of running exports: they are counted, our own are interrupted, others' are
    waited for, and the body is sent again.
    """

    def __init__(self, sender: Sender, quota: Quota) -> None:
        self._sender = sender
        self._quota = quota
        self._refused: dict[str, int] = {}  # the status with which a selection without anything else was refused

    def settled(self, template: RequestTemplate) -> Exchange:
        """Send a request; return the last exchange, with what was found out about its refusal, not yet observed."""
        recorded = self._sender.client.provenance == "recorded"  # with what was found out then
        if template.creates and template.expectation.outcome != "refusal" and not recorded:
            self._quota.keep_margin()
        exchange, _ = self._sender.exchange(template)
        if template.expectation.operation != "create" or recorded:
            return exchange
        exchange = self._with_room(template, exchange)
        if template.expectation.outcome != "success" and not known_selection(template.expectation.expected):
            return exchange
        if exchange.succeeded:
            self._refused.pop(_selection(exchange), None)
        elif selection_refusal(exchange):
            lookups = replace(exchange.lookups, control_status=self._control_status(template, exchange))
            exchange = replace(exchange, lookups=lookups)
        return exchange

    def _with_room(self, template: RequestTemplate, exchange: Exchange) -> Exchange:
        """Send a creation again that may have been refused because of the number of running exports."""
        sent_with_room = outlasted = False
        for _ in range(ROOM_MADE_AT_MOST):
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
                exchange = self._outlasted(template, exchange)
                continue
            if running >= RUNNING_AT_MOST and not self._quota.make_room():
                break
            sent_with_room = running < RUNNING_AT_MOST
            exchange = self._again(template, exchange)
        return exchange

    def _again(self, template: RequestTemplate, exchange: Exchange) -> Exchange:
        self._sender.observe(replace(exchange, expectation=superseded(exchange.expectation)))
        return self._sender.exchange(template)[0]

    def _outlasted(self, template: RequestTemplate, exchange: Exchange) -> Exchange:
        """Send a creation again for as long as a list may be behind the exports of others.

        If it is refused for longer than that, lists are trusted from then on.
        """
        last = self._sender.retries.catch_up(
            lambda: self._again(template, exchange),
            again=lambda last: self._again(template, last),
            while_=_may_be_for_the_number,
            reason="room for one more running export",
        )
        self._quota.may_lag = not _may_be_for_the_number(last)
        return last

    def _control_status(self, template: RequestTemplate, exchange: Exchange) -> int | None:
        """Return the status of the control of a refused selection; None if it is its own control, or has none."""
        selection = _selection(exchange)
        attributes = sent_attributes_of(template.body)
        if template.query == "" and set(attributes) <= {"resource_type", "filters", "reference"}:
            self._refused[selection] = exchange.status
            return None
        if selection not in self._refused:
            response = self.settled(_control(attributes, certain=template.expectation.certain))
            self._sender.observe(response)
            if environment_error(response):
                return None
            if not selection_refusal(response):
                return response.status
            self._refused[selection] = response.status
        if known := known_selection(template.expectation.expected).get("selects"):  # one of them is certainly there
            one = {"resource_type": attributes.get("resource_type"), "filters": {"id_eq": known[0]}}
            response = self.settled(_control(one, certain=template.expectation.certain))
            self._sender.observe(response)
            if response.succeeded:
                return response.status
        return self._refused[selection]


def _control(attributes: dict[str, Json], *, certain: bool) -> RequestTemplate:
    """Return the creation with the selection of these attributes and a tag, and nothing else."""
    selection = {name: attributes[name] for name in ("resource_type", "filters") if not is_empty(attributes.get(name))}
    document = {"data": {"type": "exports", "attributes": {**selection, "reference": PLACEHOLDER}}}
    return RequestTemplate(
        "POST",
        "/exports",
        Expectation(case="excuse/twin", operation="create", certain=certain),
        headers=(("Accept", JSON_API), ("Content-Type", JSON_API)),
        body=encode_body(document),
    )


def _may_be_for_the_number(exchange: Exchange) -> bool:
    """Return True if a creation was refused unexpectedly, and for nothing that the response points at."""
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
    """Return True if a flawed creation was refused with an expected status, but for nothing that its flaw explains."""
    at, pointers = exchange.expectation.at, [source_pointer(error) for error in exchange.errors]
    return (
        exchange.status == UNPROCESSABLE
        and at != ""
        and not selection_refusal(exchange)
        and not any(
            pointers_overlap(pointer, at) for pointer in pointers if pointer == at or pointer not in WHOLE_RESOURCE
        )
        and not environment_error(exchange)
    )


def _selection(exchange: Exchange) -> str:
    """Return a name for what a creation selects: its type and its filters, empty ones being none."""
    filters = exchange.sent_attributes.get("filters")
    selected = [exchange.sent_attributes.get("resource_type"), None if is_empty(filters) else filters]
    return json.dumps(selected, sort_keys=True)
