"""Markdown for GitHub in which text from a server stays text: no mention, image, link or markup of its own."""

import re
from collections.abc import Iterable

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports.site.templating import is_web_address

_MARKUP = re.compile(r"([\\*_\[\]<>&|~$])")
_SPEAKS = re.compile(r"@|#|://|www\.|(?<=[A-Za-z])-(?=\d)", re.IGNORECASE)
"""What GitHub turns into a mention, a reference or a link even where Markdown does not."""
_LINKABLE = re.compile(r"[A-Za-z0-9:/._?=&#%~-]+")
_TICKS = re.compile("`+")


def code(text: str, limit: int = 400) -> str:
    """Return a text as a code span: harmless, in one line, with nothing interpreted."""
    text = harmless(shortened(text, limit))
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if not text or text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(text: str, limit: int = 200) -> str:
    """Return a text as a code span for a table, with bars escaped."""
    return code(text, limit).replace("|", "\\|")


def plain(text: str, limit: int = 1_000) -> str:
    """Return a text as plain text, with its parts between backticks as code spans."""
    parts = harmless(shortened(text, limit)).split("`")
    return "".join(code(part) if place % 2 and part else _plain(part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    pieces, at = [], 0
    for found in _SPEAKS.finditer(text):
        pieces += [_MARKUP.sub(r"\\\1", text[at : found.start()]), f"`{found[0]}`"]
        at = found.end()
    return "".join([*pieces, _MARKUP.sub(r"\\\1", text[at:])])


def fenced(lines: Iterable[str]) -> str:
    """Return lines as a code block whose fence is longer than any run of backticks in them."""
    shown = [harmless(line) for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in shown)) if shown else "```"
    return "\n".join([f"{fence}text", *shown, fence])


def link(address: str) -> str:
    """Return an address as a link if it is a web address, otherwise as a code span."""
    if is_web_address(address) and _LINKABLE.fullmatch(address):
        return f"[{code(address.removeprefix('https://'))}]({address})"
    return code(address)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
