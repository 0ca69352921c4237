"""Outlines: large responses made small enough to be held for as long as a test, or a whole run, needs them."""

import json
from dataclasses import replace

from exports_conformance.exchange.model import KEPT_AT_MOST, Exchange
from exports_conformance.exchange.strict_json import Json

_TEXT, _MEMBERS, _LEVELS = 1_000, 100, 6
"""Characters of each text, members of each array or object, and levels of nesting that an outline keeps."""


def outlined(exchange: Exchange) -> Exchange:
    """Return an exchange that was judged, for tests that build on it; of a large response, only an outline.

    An outline shows ids, statuses and attributes, with the ends of long texts and lists cut off: no evidence of
    what the endpoint sent, which the journal keeps.
    """
    response = exchange.response
    if response is None or len(response.body) <= KEPT_AT_MOST:
        return exchange
    if exchange.reading.problem:
        return exchange.kept()
    body = json.dumps(_outline(exchange.reading.value, _LEVELS)).encode()
    return replace(exchange, response=replace(response, body=body)).kept()


def _outline(value: Json, levels: int) -> Json:
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, dict):
        return {key[:_TEXT]: _outline(value[key], levels - 1) for key in [*value][:_MEMBERS]} if levels else {}
    if isinstance(value, list):
        return [_outline(each, levels - 1) for each in value[:_MEMBERS]] if levels else []
    return value
