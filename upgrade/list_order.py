"""The order of a list's entries, where enough of them show it."""

from urllib.parse import parse_qsl

from exports_conformance.exchange.jsonapi import as_object, member, objects_in
from exports_conformance.exchange.model import UNSEEN, Exchange

ENTRIES_NEEDED = 5
"""By chance, one list in sixty of so many entries looks sorted; two lists of opposite orders are rarer still."""


def order_of_entries(exchange: Exchange) -> str:
    """Return the order of the exports in a list by the requested sort key, or by `created_at`; empty if unknown."""
    if exchange.expectation.operation != "list" or not exchange.succeeded:
        return ""
    sort = dict(parse_qsl(exchange.request.query)).get("sort", "")
    key = sort.split(",")[0].lstrip("-") or "created_at"
    values = [_value(each, key) for each in objects_in(member(exchange.reading.value, "data"))]
    texts = [each for each in values if isinstance(each, str) and each != UNSEEN]
    if len(texts) < len(values) or len(set(texts)) < ENTRIES_NEEDED:
        return ""
    if texts == sorted(texts):
        return f"in ascending order of {key}"
    if texts == sorted(texts, reverse=True):
        return f"in descending order of {key}"
    return f"in no order of {key}" if sort else ""


def _value(resource: dict[str, object], key: str) -> object:
    return resource.get("id") if key == "id" else as_object(resource.get("attributes")).get(key)
