"""Rules of an export's relationships: their links answer collections."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.applies import performed, succeeded
from exports_conformance.rules.engine import Finding, rule

OK = 200


def _is_linkage(exchange: Exchange) -> bool:
    return "/relationships/" in exchange.request.path


def _answers_collection(requirement: str, *, linkage: bool) -> None:
    def applies(exchange: Exchange) -> bool:
        asked = exchange.expectation.operation == "related" and _is_linkage(exchange) is linkage and performed(exchange)
        return asked and (succeeded(exchange) or exchange.expectation.outcome == "success")

    def link_answers_a_collection(exchange: Exchange) -> Iterator[Finding]:
        if exchange.status != OK:
            yield Finding("200", f"{exchange.status} {one_line(exchange.errors)}")
            return
        document = exchange.reading.value
        data: Json = document.get("data") if isinstance(document, dict) else None
        if not isinstance(data, list) or not all(_identifies(each, linkage=linkage) for each in data):
            kind = "resource identifiers" if linkage else "resources with attributes"
            yield Finding(f"data: an array of {kind}", one_line(data), "/data")

    rule(requirement, applies=applies)(link_answers_a_collection)


def _identifies(each: Json, *, linkage: bool) -> bool:
    named = isinstance(each, dict) and isinstance(each.get("type"), str) and isinstance(each.get("id"), str)
    return named and (linkage or isinstance(each.get("attributes"), dict))


_answers_collection("related-collection", linkage=False)
_answers_collection("relationship-collection", linkage=True)
