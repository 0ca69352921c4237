"""Specimens: the exchanges and observations of a run that a reader is shown, each kind of them bounded."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange, File
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.journal import Line
from exports_conformance.results.observed import answer_in_words, observations
from exports_conformance.results.transcript import from_json

BODY_SHOWN = 6_000
HEADERS_SHOWN = 40
KINDS_SHOWN = 40
"""How many flaws, codes, values, paths or filters of one kind are kept; the rest is counted."""
NAME_SHOWN = 120

CREATED = 201


@dataclass(slots=True)
class Specimens:
    """What is shown: `exchanges` by id, and what names them.

    `examples` is the exchange that shows a requirement best: one that was meant to ask for it, else the first
    to which it applied. `flaws` says how each flaw of a requirement was answered and how often, `accepted`
    what creations were made of by resource type, `refusals` the first exchange with each error code (and
    `meta.error`), `observed` what was seen where the documentation is silent.
    """

    exchanges: dict[str, Json] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    flaws: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    observed: dict[str, Counter[str]] = field(default_factory=dict)


def specimens(lines: Iterable[Line]) -> Specimens:
    """Choose what is shown from the lines of a journal; answers of the environment's show nothing."""
    found, kept, meant = Specimens(), dict[str, Exchange](), set[str]()
    for line in lines:
        if line["line"] != "exchange":
            continue
        exchange = from_json(line["exchange"])
        if exchange.expectation.confirms or environment_error(exchange):
            continue
        kept[exchange.id] = exchange
        violated = {each["requirement"] for each in line["violations"]}
        for name in [*line["held"], *sorted(violated)]:
            if exchange.expectation.breaks == name and name not in meant:
                meant.add(name)
                found.examples[name] = exchange.id
            found.examples.setdefault(name, exchange.id)
        _take(found, exchange)
    named = dict.fromkeys([*found.examples.values(), *found.refusals.values()])
    found.exchanges = {each: _specimen(kept[each]) for each in named}
    return found


def _take(found: Specimens, exchange: Exchange) -> None:
    expectation = exchange.expectation
    if expectation.flaw and expectation.breaks:
        answers = found.flaws.setdefault(expectation.breaks, {})
        name = expectation.flaw if expectation.flaw in answers or len(answers) < KINDS_SHOWN else "other"
        _count(answers.setdefault(name, Counter()), answer_in_words(exchange))
    if expectation.operation == "create" and not expectation.flaw and exchange.status == CREATED:
        _accept(found.accepted, exchange.sent_attributes)
    for error in exchange.errors[:1]:
        meta = error.get("meta")
        parts = [error.get("code"), meta.get("error") if isinstance(meta, dict) else None]
        key = " ".join(part for part in parts if isinstance(part, str))[:NAME_SHOWN]
        if key and len(found.refusals) < KINDS_SHOWN:
            found.refusals.setdefault(key, exchange.id)
    for open_question, value in observations(exchange):
        _count(found.observed.setdefault(open_question, Counter()), value)


def _count(counter: Counter[str], value: str) -> None:
    """Count a value, or that there was another one where there are many already."""
    known = value in counter or len(counter) < KINDS_SHOWN
    counter[value[:NAME_SHOWN] if known else "other"] += 1


def _accept(accepted: dict[str, dict[str, Any]], sent: Mapping[str, Json]) -> None:
    name = sent.get("resource_type")
    if not isinstance(name, str) or (name not in accepted and len(accepted) >= 4 * KINDS_SHOWN):
        return
    entry = accepted.setdefault(
        name[:NAME_SHOWN], {"creations": 0, "formats": [], "includes": [], "fields": [], "filters": []}
    )
    entry["creations"] += 1
    for kind, values in (
        ("formats", [sent.get("format") or "json"]),
        ("includes", sent.get("includes") or ()),
        ("fields", sent.get("fields") or ()),
        ("filters", list(filters) if isinstance(filters := sent.get("filters"), dict) else ()),
    ):
        new = [value[:NAME_SHOWN] for value in values if isinstance(value, str) and value not in entry[kind]]
        entry[kind] += new[: KINDS_SHOWN - len(entry[kind])]


def _specimen(exchange: Exchange) -> dict[str, Json]:
    expectation = exchange.expectation
    return {
        "case": expectation.case,
        "flaw": expectation.flaw,
        "at": expectation.at,
        **pair(exchange, limit=BODY_SHOWN),
    }


def pair(exchange: Exchange, *, limit: int) -> dict[str, Json]:
    """Give an exchange's `request` and `response` for reading: at most `limit` bytes of each body.

    Of a file, which is never kept, the response has what is known of it.
    """
    request, response = exchange.request, exchange.response
    return {
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": [list(each) for each in request.headers[:HEADERS_SHOWN]],
            "body": _text(request.body, limit),
        },
        "response": {
            "status": exchange.status,
            "headers": [list(each) for each in response.headers[:HEADERS_SHOWN]] if response else [],
            "body": _text(response.body if response else None, limit),
            **({"file": _of_file(exchange.file)} if exchange.file else {}),
        },
    }


def _of_file(file: File) -> dict[str, Json]:
    return {
        "size": file.size,
        "layers": file.layers,
        "form": file.form,
        "problem": file.problem[:NAME_SHOWN],
        "records": file.records,
        "names": [name[:NAME_SHOWN] for name in file.names[:KINDS_SHOWN]],
    }


def _text(body: bytes | None, limit: int) -> str | None:
    if body is None:
        return None
    text = body[:limit].decode("utf-8", errors="backslashreplace")
    return text if len(body) <= limit else f"{text} … {len(body) - limit} more bytes"
