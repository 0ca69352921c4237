"""Messages: a request or an answer as the lines of HTTP that a reader sees, those that matter marked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from exports_conformance.contract.example import example
from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.body_text import lines_of
from exports_conformance.reports.places import NOWHERE, Place, places

DULL = frozenset(
    {"host", "user-agent", "content-length", "connection", "accept-encoding", "date", "server", "keep-alive"}
)
"""Headers that are not shown unless they are what matters."""

OF_A_CREATION = frozenset({"request", "arguments", "answer"})
"""Topics whose requirements are about a creation and its answer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of a message; `marked`: it shows what a requirement is about; `names`: requirements to read with it."""

    text: str
    tagged: bool = False
    names: tuple[str, ...] = ()

    @property
    def indent(self) -> str:
        """The spaces that the line begins with."""
        return " " * (len(self.text) - len(self.text.lstrip(" ")))


def request_lines(
    request: Mapping[str, Any], place: Place = NOWHERE, *, base_url: str = "", at: str = ""
) -> list[Shown]:
    """Give a request's lines; `at` is where a flaw was planted, marked in place of what the requirement is about."""
    query = f"?{request['query']}" if request["query"] else ""
    before = _path(base_url) if request["path"].startswith("/") else ""  # a file is asked for by its whole address
    shown = [Shown(f"{request['method']} {before}{request['path']}{query}", place.line)]
    shown += _headers(request["headers"], place.request_header)
    return [*shown, *_body(request["body"], (at,) if at else place.request)]


def answer_lines(response: Mapping[str, Any], place: Place = NOWHERE, *, at: str = "") -> list[Shown]:
    """Give an answer's lines; `at` is the place of what is wrong in it."""
    if not response["status"]:
        return [Shown("no answer came", tagged=True)]
    shown = [Shown(str(response["status"]), place.status)]
    shown += _headers(response["headers"], place.answer_header)
    shown += _file(response.get("file"), place.file)
    return [*shown, *_body(response["body"], (at,) if at else place.response)]


def _path(base_url: str) -> str:
    try:
        return urlsplit(base_url).path.rstrip("/")
    except ValueError:
        return ""


def _file(file: Mapping[str, Any] | None, matters: Sequence[str]) -> Iterator[Shown]:
    """Give what is known of a file, whose content is not kept."""
    if file is None:
        return
    yield Shown("")
    layers, names = file["layers"], ", ".join(file["names"])
    for name, text in (
        ("size", f"a file of {file['size']:,} bytes"),
        ("layers", {0: "not gzipped", 1: "gzipped once"}.get(layers, f"gzipped {layers} times")),
        ("form", file["form"] or f"neither json nor csv: {file['problem']}"),
        ("records", f"{file['records']:,} record{'' if file['records'] == 1 else 's'}"),
        ("names", f"every record has: {names or 'no field in common'}"),
    ):
        yield Shown(text, name in matters)


def _headers(pairs: Sequence[Sequence[str]], matters: tuple[str, ...]) -> Iterator[Shown]:
    for name, value in pairs:
        tagged = name.lower().startswith(matters)
        if tagged or name.lower() not in DULL:
            yield Shown(f"{name}: {value}", tagged)


def _body(body: str | None, at: Sequence[str]) -> Iterator[Shown]:
    if body:
        yield Shown("")
        yield from (Shown(line.text, any(map(line.belongs_to, at))) for line in lines_of(body))


def annotated() -> tuple[list[Shown], list[Shown]]:
    """Give the page's request and answer, each line with the requirements that are about it."""
    pair = example()
    named = {name: place for name, place in places().items() if requirements()[name].topic in OF_A_CREATION}

    def about(kind: str, value: str) -> tuple[str, ...]:
        return tuple(name for name, place in named.items() if value and value in getattr(place, kind))

    request, response = pair["request"], pair["answer"]
    asked = [Shown(f"{request['method']} {request['path']}", names=("create-at-exports",))]
    asked += [
        Shown(f"{name}: {value}", names=about("request_header", name.lower()))
        for name, value in request["headers"].items()
    ]
    asked += _annotated_body(request["body"], lambda pointer: about("request", pointer))
    answered = [Shown(str(response["status"]), names=("create-status-201",))]
    answered += _annotated_body(response["body"], lambda pointer: about("response", pointer))
    return asked, answered


def _annotated_body(body: object, about: Any) -> Iterator[Shown]:
    yield Shown("")
    met = set[str]()
    for line in lines_of(json.dumps(body)):
        yield Shown(line.text, names=() if line.pointer in met else about(line.pointer))
        met.add(line.pointer)
