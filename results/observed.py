"""Observed: what an exchange shows of the points on which the documentation is silent."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from exports_conformance.contract.open_questions import OpenQuestion, open_questions
from exports_conformance.exchange.model import Exchange

CREATED = 201
_LETTERS = re.compile(r"[A-Za-z]{10}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Look = Callable[[Exchange], str]


def observations(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Give what an exchange shows: the id of a silence and a few words; a creation with a flaw shows its answer."""
    created = (
        exchange.expectation.operation == "create" and exchange.status == CREATED and not exchange.expectation.flaw
    )
    for open_question in open_questions().values():
        if open_question.look and created:
            if seen := LOOKS[open_question.look](exchange):
                yield open_question.id, seen
        elif _asks(open_question, exchange):
            yield open_question.id, answer_in_words(exchange)


def _asks(open_question: OpenQuestion, exchange: Exchange) -> bool:
    expectation = exchange.expectation
    if open_question.flaws:
        return expectation.flaw in open_question.flaws
    return bool(expectation.flaw) and expectation.breaks in open_question.breaks


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
    return "sent" if exchange.response and exchange.response.header("location") else "not sent"


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
