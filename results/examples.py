"""Examples: the exchanges and observations of a run that a report shows, each kind of them bounded.

Decision: docs/decisions/0020-contents-of-a-result.md.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from exports_conformance.contract.open_questions import OpenQuestion, open_questions
from exports_conformance.exchange.model import Exchange, File
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json, as_array, as_object, member
from exports_conformance.results.result import Accepted, Example, FileShown, RequestShown, ResponseShown
from exports_conformance.rules import Judgement

BODY_SHOWN = 6_000
"""Bytes of a body that an example keeps."""
HEADERS_SHOWN = 40
KINDS_SHOWN = 40
"""How many flaws, codes, values, paths or filters of one kind are kept; the rest is counted."""
NAME_SHOWN = 120

_CREATED = 201
_LETTERS = re.compile(r"[A-Za-z]{10}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Observer = Callable[[Exchange], str]


@dataclass(slots=True)
class Examples:
    """What reports show: `exchanges` by id, and what names them.

    `by_requirement` has the id of the exchange that shows a requirement best: one that was meant to test it, else the
    first to which it applied. `flaws` counts how each flaw of a requirement was answered, `accepted` has what creations
    were made of by resource type, `refusals` the first exchange with each error code (and `meta.error`), `observed`
    what was seen where the documentation is silent.
    """

    exchanges: dict[str, Example] = field(default_factory=dict)
    by_requirement: dict[str, str] = field(default_factory=dict)
    flaws: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    observed: dict[str, Counter[str]] = field(default_factory=dict)

    def show(self, exchange: Exchange) -> None:
        """Keep an exchange that a report shows for another reason."""
        self.exchanges.setdefault(exchange.id, _example(exchange))


def choose_examples(judged: Iterable[tuple[Exchange, Judgement]]) -> Examples:
    """Choose what is shown of a run's exchanges; environment errors are left out."""
    found, kept, meant = Examples(), dict[str, Exchange](), set[str]()
    for exchange, judgement in judged:
        if exchange.expectation.confirms or environment_error(exchange):
            continue
        kept[exchange.id] = exchange
        violated = {each.requirement for each in judgement.violations}
        for name in [*judgement.held, *sorted(violated)]:
            if exchange.expectation.breaks == name and name not in meant:
                meant.add(name)
                found.by_requirement[name] = exchange.id
            found.by_requirement.setdefault(name, exchange.id)
        _take(found, exchange)
    named = dict.fromkeys([*found.by_requirement.values(), *found.refusals.values()])
    found.exchanges = {each: _example(kept[each]) for each in named}
    return found


def _take(found: Examples, exchange: Exchange) -> None:
    expectation = exchange.expectation
    if expectation.flaw and expectation.breaks:
        responses = found.flaws.setdefault(expectation.breaks, {})
        name = expectation.flaw if expectation.flaw in responses or len(responses) < KINDS_SHOWN else "other"
        _count(responses.setdefault(name, Counter()), status_and_code(exchange))
    if expectation.operation == "create" and not expectation.flaw and exchange.status == _CREATED:
        _accept(found.accepted, exchange.sent_attributes)
    for error in exchange.errors[:1]:
        meta = error.get("meta")
        parts = [error.get("code"), member(meta, "error")]
        key = " ".join(part for part in parts if isinstance(part, str))[:NAME_SHOWN]
        if key and len(found.refusals) < KINDS_SHOWN:
            found.refusals.setdefault(key, exchange.id)
    for open_question, value in observations(exchange):
        _count(found.observed.setdefault(open_question, Counter()), value)


def _count(counter: Counter[str], value: str) -> None:
    """Count a value, under "other" if it is new and the limit of values is reached."""
    known = value in counter or len(counter) < KINDS_SHOWN
    counter[value[:NAME_SHOWN] if known else "other"] += 1


def _accept(accepted: dict[str, Accepted], sent: Mapping[str, Json]) -> None:
    name = sent.get("resource_type")
    if not isinstance(name, str) or (name not in accepted and len(accepted) >= 4 * KINDS_SHOWN):
        return
    entry = accepted.setdefault(
        name[:NAME_SHOWN], {"creations": 0, "formats": [], "includes": [], "fields": [], "filters": []}
    )
    entry["creations"] += 1
    _add(entry["formats"], [sent.get("format") or "json"])
    _add(entry["includes"], as_array(sent.get("includes")))
    _add(entry["fields"], as_array(sent.get("fields")))
    _add(entry["filters"], filters if isinstance(filters := sent.get("filters"), dict) else ())


def _add(known: list[str], values: Iterable[Json]) -> None:
    new = [value[:NAME_SHOWN] for value in values if isinstance(value, str) and value not in known]
    known += new[: KINDS_SHOWN - len(known)]


def _example(exchange: Exchange) -> Example:
    expectation = exchange.expectation
    request, response = readable(exchange, limit=BODY_SHOWN)
    return {
        "case": expectation.case,
        "flaw": expectation.flaw,
        "at": expectation.at,
        "request": request,
        "response": response,
    }


def readable(exchange: Exchange, *, limit: int) -> tuple[RequestShown, ResponseShown]:
    """Return the request and the response of an exchange for display, with at most `limit` bytes of each body."""
    request, response = exchange.request, exchange.response
    shown: ResponseShown = {
        "status": exchange.status,
        "headers": [list(each) for each in response.headers[:HEADERS_SHOWN]] if response else [],
        "body": _text(response.body if response else None, limit, omitted=response.omitted if response else 0),
    }
    if exchange.file:
        shown["file"] = _file(exchange.file)
    sent: RequestShown = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": [list(each) for each in request.headers[:HEADERS_SHOWN]],
        "body": _text(request.body, limit),
    }
    return sent, shown


def _file(file: File) -> FileShown:
    return {
        "size": file.size,
        "layers": file.layers,
        "form": file.form,
        "problem": file.problem[:NAME_SHOWN],
        "records": file.records,
        "names": [name[:NAME_SHOWN] for name in file.names[:KINDS_SHOWN]],
    }


def _text(body: bytes | None, limit: int, *, omitted: int = 0) -> str | None:
    if body is None:
        return None
    text = body[:limit].decode("utf-8", errors="backslashreplace")
    more = max(0, len(body) - limit) + omitted
    return f"{text} … {more} more bytes" if more else text


def observations(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield what an exchange shows of the open questions: the id of one, and a few words.

    A flawed creation shows the status and the error code of its response.
    """
    expectation = exchange.expectation
    created = expectation.operation == "create" and exchange.status == _CREATED and not expectation.flaw
    for open_question in open_questions().values():
        if open_question.look and created:
            if seen := OBSERVERS[open_question.look](exchange):
                yield open_question.id, seen
        elif _concerns(open_question, exchange):
            yield open_question.id, status_and_code(exchange)


def _concerns(open_question: OpenQuestion, exchange: Exchange) -> bool:
    expectation = exchange.expectation
    if open_question.flaws:
        return expectation.flaw in open_question.flaws
    return bool(expectation.flaw) and expectation.breaks in open_question.breaks


def status_and_code(exchange: Exchange) -> str:
    """Return the status of a response and the code of its first error, if it has one: `422 VALIDATION_ERROR`."""
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


def _nulls_in_arrays(exchange: Exchange) -> str:
    sent, back = exchange.sent_attributes.get("metadata"), exchange.attributes.get("metadata")
    if not _has_null_in_an_array(sent):
        return ""
    return "come back" if _has_null_in_an_array(back) else "disappear"


def _has_null_in_an_array(value: Json) -> bool:
    inner = as_array(value) or list(as_object(value).values())
    return None in as_array(value) or any(map(_has_null_in_an_array, inner))


OBSERVERS: Mapping[str, Observer] = {
    "status": _status,
    "records-count": _records_count,
    "location": _location,
    "unset-metadata": _unset_metadata,
    "id": _id,
    "includes-beside-fields": _includes_beside_fields,
    "nulls-in-arrays": _nulls_in_arrays,
}
"""What each `look` of an open question reads from a new export; an empty text means that it shows nothing."""
