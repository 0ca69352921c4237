"""A body as it is shown: bounded, and if it looks like JSON, laid out token by token."""

import re

from exports_conformance.reports.safe_text import shortened

BODY_LIMIT = 6_000
LINE_LIMIT = 1_000
_DEEPEST = 12  # indentation beyond it would leave no room on a phone

_SPACE = " \t\r\n"  # JSON's own: any other between tokens is to be seen
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|[^"{}\[\],: \t\r\n]+', re.DOTALL)


def laid_out(body: str) -> list[str]:
    """Give the lines in which a body is shown, at most a few thousand characters of it.

    JSON is broken into lines by its tokens rather than read, so that a repeated key, an odd number or a
    document cut short is shown as it was sent; only white space between tokens is not.
    """
    text = shortened(body, BODY_LIMIT)
    lines = _json_lines(text) if text.lstrip(_SPACE)[:1] in {"{", "["} else text.split("\n")
    return [shortened(line, LINE_LIMIT) for line in lines]


def _json_lines(text: str) -> list[str]:
    lines, line, depth = list[str](), "", 0
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        opened = tokens[place - 1] if place else ""
        if token in {"}", "]"}:
            depth = max(depth - 1, 0)
            if opened not in {"{", "["}:
                lines.append(line)
                line = _indent(depth)
        elif opened in {"{", "[", ","} and place:
            lines.append(line)
            line = _indent(depth)
        elif line.strip(" ") and token not in {",", ":"}:
            line += " "
        line += token
        depth += token in {"{", "["}
    return [*lines, line]


def _indent(depth: int) -> str:
    return "  " * min(depth, _DEEPEST)
