"""A body as it is shown: bounded, and if it looks like JSON, laid out token by token."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from exports_conformance.exchange.safe_text import shortened

BODY_LIMIT = 6_000
LINE_LIMIT = 1_000
_DEEPEST = 12  # indentation beyond it would leave no room on a phone
_PLACED = 32  # levels that a pointer names: every line has one, and a hostile body thousands

_SPACE = " \t\r\n"  # JSON's own: any other between tokens is to be seen
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|[^"{}\[\],: \t\r\n]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a body; `pointer` is the JSON pointer of what begins or ends on it, empty where there is none."""

    text: str
    pointer: str = ""

    def belongs_to(self, pointer: str) -> bool:
        """Say whether the line shows what a JSON pointer points at, or a part of it; `*` is any element."""
        wanted, own = pointer.split("/"), self.pointer.split("/")
        is_within = bool(pointer) and len(wanted) <= len(own)
        return is_within and all(each in {"*", has} for each, has in zip(wanted, own, strict=False))


def laid_out(body: str) -> list[str]:
    """Give the lines in which a body is shown, at most a few thousand characters of it."""
    return [line.text for line in lines_of(body)]


@lru_cache(maxsize=512)
def lines_of(body: str) -> tuple[Line, ...]:
    """Give the lines in which a body is shown, at most a few thousand characters of it, each with its place.

    JSON is broken into lines by its tokens rather than read, so that a repeated key, an odd number or a
    document cut short is shown as it was sent; only white space between tokens is not.
    """
    text = shortened(body, BODY_LIMIT)
    if text.lstrip(_SPACE)[:1] in {"{", "["}:
        return tuple(Line(shortened(each.text, LINE_LIMIT), each.pointer) for each in _json_lines(text))
    return tuple(Line(shortened(line, LINE_LIMIT)) for line in text.split("\n"))


class _Place:
    """Where in a document a walk through its tokens is: the names of the members and elements it is inside of."""

    def __init__(self) -> None:
        self._names: list[str | int] = []  # one a container: a member's name, an element's index
        self._awaits_key = False

    @property
    def pointer(self) -> str:
        return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in self._names[:_PLACED])

    def meet(self, token: str) -> None:
        """Take the next token; afterwards `pointer` is the place of what it begins or ends."""
        if token in {"}", "]"}:
            del self._names[-1:]
            self._awaits_key = False
        elif self._awaits_key and token[:1] == '"':
            self._names[-1] = _name(token)
            self._awaits_key = False

    def leave(self, token: str) -> None:
        """Go on behind a token."""
        if token in {"{", "["}:
            is_object = token == "{"  # noqa: S105  of JSON
            self._names.append("" if is_object else 0)
            self._awaits_key = is_object
        elif token == "," and self._names:  # noqa: S105  of JSON
            last = self._names[-1]
            self._awaits_key = isinstance(last, str)
            self._names[-1] = "" if isinstance(last, str) else last + 1


def _name(token: str) -> str:
    try:
        name = json.loads(token, strict=False)
    except ValueError:
        return token
    return name if isinstance(name, str) else token


def _json_lines(text: str) -> list[Line]:
    lines, line, pointer, depth, place = list[Line](), "", "", 0, _Place()
    before = ""
    for token in _TOKEN.findall(text):
        place.meet(token)
        breaks = False
        if token in {"}", "]"}:
            depth = max(depth - 1, 0)
            breaks = before not in {"{", "["}
        elif before in {"{", "[", ","}:
            breaks = True
        elif line.strip(" ") and token not in {",", ":"}:
            line += " "
        if breaks and before:
            lines.append(Line(line, pointer))
            line, pointer = _indent(depth), place.pointer
        line += token
        depth += token in {"{", "["}
        place.leave(token)
        before = token
    return [*lines, Line(line, pointer)]


def _indent(depth: int) -> str:
    return "  " * min(depth, _DEEPEST)
