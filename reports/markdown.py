"""Markdown for GitHub, in which text from outside is only ever text: no mention, image, link or markup of its own."""

import re
from collections.abc import Iterable

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports.templating import is_web_address

_MARKUP = re.compile(r"([\\*_\[\]<>&|~$])")
_SPEAKS = re.compile(r"@|#|://|www\.|(?<=[A-Za-z])-(?=\d)", re.IGNORECASE)
"""What GitHub makes a mention, a reference or a link of, even where Markdown does not."""
_LINKABLE = re.compile(r"[A-Za-z0-9:/._?=&#%~-]+")
_TICKS = re.compile("`+")


def code(text: str, limit: int = 400) -> str:
    """Give a text as a span of code, harmless and in one line, in which nothing is interpreted."""
    text = harmless(shortened(text, limit))
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if not text or text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(text: str, limit: int = 200) -> str:
    """Give a text as a span of code for a table, where a bar would end the cell."""
    return code(text, limit).replace("|", "\\|")


def plain(text: str, limit: int = 1_000) -> str:
    """Give a text as ordinary text, its parts between backticks as code."""
    parts = harmless(shortened(text, limit)).split("`")
    return "".join(code(part) if place % 2 and part else _plain(part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    pieces, at = [], 0
    for found in _SPEAKS.finditer(text):
        pieces += [_MARKUP.sub(r"\\\1", text[at : found.start()]), f"`{found[0]}`"]
        at = found.end()
    return "".join([*pieces, _MARKUP.sub(r"\\\1", text[at:])])


def fenced(lines: Iterable[str]) -> str:
    """Give lines as a block of code, its fence longer than any run of backticks in them."""
    shown = [harmless(line) for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in shown)) if shown else "```"
    return "\n".join([f"{fence}text", *shown, fence])


def link(address: str) -> str:
    """Give an address as a link where it may be one, else as code."""
    if is_web_address(address) and _LINKABLE.fullmatch(address):
        return f"[{code(address.removeprefix('https://'))}]({address})"
    return code(address)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
