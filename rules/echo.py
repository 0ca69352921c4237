"""Rules of the echo: what was sent comes back, and what was not sent has its default."""

from collections.abc import Iterator, Mapping

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, equal, is_empty, one_line, same_class
from exports_conformance.rules.acceptance import ARGUMENTS
from exports_conformance.rules.applies import created, performed, spared
from exports_conformance.rules.attributes import answer_id
from exports_conformance.rules.engine import Applies, Finding, rule

DEFAULTS: Mapping[str, Json] = {"format": "json", "dry_data": False}
"""The values that the documentation promises for attributes that were not sent."""


def _needs(attribute: str) -> tuple[str, ...]:
    return (answer_id(attribute), "answer-format-known") if attribute == "format" else (answer_id(attribute),)


def _judged(attribute: str, *, sent: bool) -> Applies:
    pointer = f"/data/attributes/{attribute}"

    def applies(exchange: Exchange) -> bool:
        return (
            created(exchange)
            and performed(exchange)
            and exchange.expectation.outcome != "refusal"
            and bool(exchange.sent_attributes)
            and spared(exchange, pointer)
            and (attribute in exchange.sent_attributes) is sent
        )

    return applies


def _echoes(attribute: str) -> None:
    def attribute_comes_back(exchange: Exchange) -> Iterator[Finding]:
        sent, back = exchange.sent_attributes, exchange.attributes[attribute]
        if not comes_back(attribute, sent, back):
            yield Finding(one_line(sent[attribute]), one_line(back), f"/data/attributes/{attribute}")

    requirement = f"create-echoes-{attribute.replace('_', '-')}"
    rule(requirement, applies=_judged(attribute, sent=True), needs=_needs(attribute))(attribute_comes_back)


def comes_back(attribute: str, sent: Mapping[str, Json], back: Json) -> bool:
    """Say whether an attribute is shown as it was sent.

    Null and every empty value are one, null may be shown as the default, and `includes` may be filled in.
    """
    value = sent[attribute]
    if same_class(value, back) or (value is None and equal(back, DEFAULTS.get(attribute))):
        return True
    return attribute == "includes" and _filled_in(sent, back)


def _filled_in(attributes: Mapping[str, Json], back: Json) -> bool:
    """Relationships that `fields` names may be added to those that were sent in `includes`."""
    sent = attributes["includes"]
    if not isinstance(back, list):
        return False
    asked = [] if is_empty(sent) else sent
    fields = named if isinstance(named := attributes.get("fields"), list) else []
    paths = {field.rpartition(".")[0] for field in fields if isinstance(field, str)}
    implied = {path[:end] for path in paths for end in _ends(path)}
    added = [path for path in back if path not in asked]
    return [path for path in back if path in asked] == asked and set(added) <= implied


def _ends(path: str) -> Iterator[int]:
    yield from (at for at, letter in enumerate(path) if letter == ".")
    yield len(path)


def _defaults(attribute: str, default: Json) -> None:
    def attribute_has_its_default(exchange: Exchange) -> Iterator[Finding]:
        if not equal(exchange.attributes[attribute], default):
            yield Finding(one_line(default), one_line(exchange.attributes[attribute]), f"/data/attributes/{attribute}")

    requirement = f"create-default-{attribute.replace('_', '-')}"
    rule(requirement, applies=_judged(attribute, sent=False), needs=_needs(attribute))(attribute_has_its_default)


for _argument in ARGUMENTS:
    _echoes(_argument)
for _argument, _default in DEFAULTS.items():
    _defaults(_argument, _default)
