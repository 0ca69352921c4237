"""Requests and responses as the lines of HTTP that a reader sees, with the relevant lines tagged.

Decision: docs/decisions/0046-highlighted-places.md.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from exports_conformance.contract.openapi import example
from exports_conformance.contract.requirements import Where, requirements
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.results.result import FileShown, RequestShown, ResponseShown

BODY_CHARACTERS = 6_000
LINE_CHARACTERS = 1_000
_DEEPEST = 12  # deeper indentation would leave no room on a phone
_POINTER_DEPTH = 32  # every line has a pointer, and a hostile body has thousands of levels

HIDDEN_HEADERS = frozenset(
    {"host", "user-agent", "content-length", "connection", "accept-encoding", "date", "server", "keep-alive"}
)
"""Headers that are left out unless the requirement is about them."""

CREATION_TOPICS = frozenset({"request", "arguments", "answer"})
"""Topics whose requirements are about a creation and its response."""

_SPACE = " \t\r\n"  # JSON's white space; any other character between tokens stays visible
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|[^"{}\[\],: \t\r\n]+', re.DOTALL)


NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A line of a message; `tagged` if a requirement is about it; `names` are requirements to link from it."""

    text: str
    tagged: bool = False
    names: tuple[str, ...] = ()

    @property
    def indent(self) -> str:
        """The spaces that the line begins with."""
        return " " * (len(self.text) - len(self.text.lstrip(" ")))


def request_lines(
    request: RequestShown, place: Where = NOWHERE, *, base_url: str = "", at: str = ""
) -> list[MessageLine]:
    """Return the lines of a request; a flaw's place `at` is tagged instead of the requirement's `place`."""
    query = f"?{request['query']}" if request["query"] else ""
    before = _path(base_url) if request["path"].startswith("/") else ""  # a file's path is its whole URL
    lines = [MessageLine(f"{request['method']} {before}{request['path']}{query}", place.line)]
    lines += _headers(request["headers"], place.request_header)
    return [*lines, *_body(request["body"], place.request, at=at)]


def response_lines(response: ResponseShown, place: Where = NOWHERE, *, at: str = "") -> list[MessageLine]:
    """Return the lines of a response; a violation's place `at` is tagged instead of the requirement's `place`."""
    if not response["status"]:
        return [MessageLine("no response", tagged=True)]
    lines = [MessageLine(str(response["status"]), place.status)]
    lines += _headers(response["headers"], place.response_header)
    lines += _file(response.get("file"), place.file)
    return [*lines, *_body(response["body"], place.response, at=at)]


def _path(base_url: str) -> str:
    try:
        return urlsplit(base_url).path.rstrip("/")
    except ValueError:
        return ""


def _file(file: FileShown | None, tagged: Sequence[str]) -> Iterator[MessageLine]:
    """Return what is known of an export's file; its content is never stored."""
    if file is None:
        return
    yield MessageLine("")
    layers, names = file["layers"], ", ".join(file["names"])
    for name, text in (
        ("size", f"a file of {file['size']:,} bytes"),
        ("layers", {0: "not gzipped", 1: "gzipped once"}.get(layers, f"gzipped {layers} times")),
        ("form", file["form"] or f"neither json nor csv: {file['problem']}"),
        ("records", f"{file['records']:,} record{'' if file['records'] == 1 else 's'}"),
        ("names", f"every record has: {names or 'no field in common'}"),
    ):
        yield MessageLine(text, name in tagged)


def _headers(pairs: Sequence[Sequence[str]], wanted: tuple[str, ...]) -> Iterator[MessageLine]:
    for name, value in pairs:
        tagged = name.lower().startswith(wanted)
        if tagged or name.lower() not in HIDDEN_HEADERS:
            yield MessageLine(f"{name}: {value}", tagged)


def _body(body: str | None, places: Sequence[str], *, at: str) -> Iterator[MessageLine]:
    """Yield the lines of a body; those of the value at `at` are tagged, or of any at `places` if `at` is empty.

    Of a value that is absent, the lines are tagged on which the innermost object around it begins and ends.
    """
    if not body:
        return
    yield MessageLine("")
    lines = body_lines(body)
    tagged = [line for line in lines if any(map(line.belongs_to, (at,) if at else places))]
    while at and not tagged and body.lstrip(_SPACE)[:1] == "{":
        at = at.rpartition("/")[0]
        tagged = [line for line in lines if line.pointer == at]
    yield from (MessageLine(line.text, line in tagged) for line in lines)


def annotated_example() -> tuple[list[MessageLine], list[MessageLine]]:
    """Return the documentation's request and response, each line with the requirements that are about it."""
    pair = example()
    named = {name: each.where for name, each in requirements().items() if each.topic in CREATION_TOPICS}

    def requiring(part: Callable[[Where], tuple[str, ...]], value: str) -> tuple[str, ...]:
        return tuple(name for name, place in named.items() if value and value in part(place))

    request, response = pair["request"], pair["answer"]
    sent = [MessageLine(f"{request['method']} {request['path']}", names=("create-at-exports",))]
    sent += [
        MessageLine(f"{name}: {value}", names=requiring(lambda place: place.request_header, name.lower()))
        for name, value in request["headers"].items()
    ]
    sent += _annotated_body(request["body"], lambda pointer: requiring(lambda place: place.request, pointer))
    came = [MessageLine(str(response["status"]), names=("create-status-201",))]
    came += _annotated_body(response["body"], lambda pointer: requiring(lambda place: place.response, pointer))
    return sent, came


def json_lines(value: object) -> list[MessageLine]:
    """Return a JSON value of ours as lines."""
    return [MessageLine(line) for line in json.dumps(value, indent=2, ensure_ascii=False).split("\n")]


def _annotated_body(body: object, requiring: Callable[[str], tuple[str, ...]]) -> Iterator[MessageLine]:
    yield MessageLine("")
    met = set[str]()
    for line in body_lines(json.dumps(body)):
        yield MessageLine(line.text, names=() if line.pointer in met else requiring(line.pointer))
        met.add(line.pointer)


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A line of a body; `pointer` is the JSON pointer of what begins or ends on it, empty if there is none."""

    text: str
    pointer: str = ""

    def belongs_to(self, pointer: str) -> bool:
        """Return True if the line shows the value at `pointer` or a part of it; `*` matches any array element."""
        wanted, own = pointer.split("/"), self.pointer.split("/")
        is_within = bool(pointer) and len(wanted) <= len(own)
        return is_within and all(each in {"*", has} for each, has in zip(wanted, own, strict=False))


@lru_cache(maxsize=512)
def body_lines(body: str) -> tuple[BodyLine, ...]:
    """Return the lines of a body, at most `BODY_CHARACTERS` of it, each with its JSON pointer.

    JSON is split by its tokens instead of being parsed, so a repeated key, an odd number or a truncated document
    appears as it was sent; only white space between tokens is dropped.
    """
    text = shortened(body, BODY_CHARACTERS)
    if text.lstrip(_SPACE)[:1] in {"{", "["}:
        return tuple(BodyLine(shortened(each.text, LINE_CHARACTERS), each.pointer) for each in _json_lines(text))
    return tuple(BodyLine(shortened(line, LINE_CHARACTERS)) for line in text.split("\n"))


class _Position:
    """The position of a walk through the tokens of a document: the members and elements it is inside of."""

    def __init__(self) -> None:
        self._names: list[str | int] = []  # one for each container: the member's name or the element's index
        self._awaits_key = False

    @property
    def pointer(self) -> str:
        return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in self._names[:_POINTER_DEPTH])

    def meet(self, token: str) -> None:
        """Enter the next token; afterwards `pointer` locates what it begins or ends."""
        if token in {"}", "]"}:
            del self._names[-1:]
            self._awaits_key = False
        elif self._awaits_key and token[:1] == '"':
            self._names[-1] = _name(token)
            self._awaits_key = False

    def leave(self, token: str) -> None:
        """Move past a token."""
        if token in {"{", "["}:
            is_object = token == "{"  # noqa: S105  JSON's token, not a secret
            self._names.append("" if is_object else 0)
            self._awaits_key = is_object
        elif token == "," and self._names:  # noqa: S105  JSON's token, not a secret
            last = self._names[-1]
            self._awaits_key = isinstance(last, str)
            self._names[-1] = "" if isinstance(last, str) else last + 1


def _name(token: str) -> str:
    try:
        name = json.loads(token, strict=False)
    except ValueError:
        return token
    return name if isinstance(name, str) else token


def _json_lines(text: str) -> list[BodyLine]:
    lines, line, pointer, depth, position = list[BodyLine](), "", "", 0, _Position()
    before = ""
    for token in _TOKEN.findall(text):
        position.meet(token)
        breaks = False
        if token in {"}", "]"}:
            depth = max(depth - 1, 0)
            breaks = before not in {"{", "["}
        elif before in {"{", "[", ","}:
            breaks = True
        elif line.strip(" ") and token not in {",", ":"}:
            line += " "
        if breaks and before:
            lines.append(BodyLine(line, pointer))
            line, pointer = "  " * min(depth, _DEEPEST), position.pointer
        line += token
        depth += token in {"{", "["}
        position.leave(token)
        before = token
    return [*lines, BodyLine(line, pointer)]
