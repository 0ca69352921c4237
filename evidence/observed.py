"""Observed: what an exchange shows of the points on which the documentation is silent."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from exports_conformance.contract.exchange import Exchange
from exports_conformance.contract.silences import Silence, silences

CREATED = 201
_LETTERS = re.compile(r"[A-Za-z]{10}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Look = Callable[[Exchange], str]


def observations(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Give what an exchange shows: the id of a silence and a few words; a creation with a flaw shows its answer."""
    created = exchange.intent.operation == "create" and exchange.status == CREATED and not exchange.intent.flaw
    for silence in silences().values():
        if silence.look and created:
            if seen := LOOKS[silence.look](exchange):
                yield silence.id, seen
        elif _asks(silence, exchange):
            yield silence.id, answer_in_words(exchange)


def _asks(silence: Silence, exchange: Exchange) -> bool:
    intent = exchange.intent
    if silence.flaws:
        return intent.flaw in silence.flaws
    return bool(intent.flaw) and intent.breaks in silence.breaks


def answer_in_words(exchange: Exchange) -> str:
    """Give an answer's status, and the code of its first error where it has one: `422 VALIDATION_ERROR`."""
    codes = [error["code"] for error in exchange.errors[:1] if isinstance(error.get("code"), str)]
    return " ".join([str(exchange.status), *codes])


def _status(exchange: Exchange) -> str:
    return json.dumps(exchange.attributes.get("status"))


def _records_count(exchange: Exchange) -> str:
    if "records_count" not in exchange.attributes:
        return "absent"
    return "null" if exchange.attributes["records_count"] is None else "a number"


def _location(exchange: Exchange) -> str:
    return "sent" if exchange.answer and exchange.answer.header("location") else "not sent"


def _unset_metadata(exchange: Exchange) -> str:
    if "metadata" in exchange.sent_attributes:
        return ""
    return json.dumps(exchange.attributes["metadata"]) if "metadata" in exchange.attributes else "absent"


def _id(exchange: Exchange) -> str:
    shown = exchange.data.get("id")
    if not isinstance(shown, str):
        return ""
    return "ten letters" if _LETTERS.fullmatch(shown) else "a UUID" if _UUID.fullmatch(shown) else "another shape"


def _includes_beside_fields(exchange: Exchange) -> str:
    sent = exchange.sent_attributes
    if not sent.get("fields") or sent.get("includes"):
        return ""
    return "filled in" if exchange.attributes.get("includes") else "left empty"


LOOKS: Mapping[str, Look] = {
    "status": _status,
    "records-count": _records_count,
    "location": _location,
    "unset-metadata": _unset_metadata,
    "id": _id,
    "includes-beside-fields": _includes_beside_fields,
}
"""What is looked at in an export that was just created; an empty answer says that it shows nothing of it."""
