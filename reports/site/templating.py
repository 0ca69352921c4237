"""Renders every page, so that each one escapes and bounds its values and runs only its own script.

Why pages carry their script inline: docs/decisions/0022-one-file-per-page.md; what they load later:
docs/decisions/0080-result-and-contract-are-two-pages.md.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports.phrases import broken_line, counted, weights

TEMPLATES = Path(__file__).parent / "templates"
_SHOWN = 2_000
_PATH_DATA = re.compile(r"[MLhvz0-9.e -]*")

PAGES = {
    "index.html": "Result",
    "contract.html": "Contract",
    "explorer.html": "Explorer",
    "errors.html": "Errors",
    "recipes.html": "Recipes",
    "proof.html": "Proof",
}
"""The pages that every site has in its navigation: file name and title."""

EVIDENCE_PAGE, UPGRADE_PAGE, FAULTS = "evidence.html", "upgrade.html", "faults"
"""The page behind the result, the page of a comparison, and the folder of the pages of faults."""

SEARCH_DATA, EXAMPLES_DATA = "search.js", "examples.js"
"""Files that the pages load when they are needed: from the same folder, also without a web server."""


def page(
    name: str,
    *,
    current: str = "",
    root: str = "",
    pages: Mapping[str, str] = PAGES,
    data: object = None,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
    **context: Any,
) -> str:
    """Render a page as an HTML document with its style and scripts inline, allowed by a nonce that nobody can guess.

    `current` is the page of the navigation that it belongs to, `root` leads to the site's folder. `scripts` and
    `styles` name files beside the template that follow those of every page; `data` is serialised as JSON for scripts.

    Raises:
        jinja2.UndefinedError: the context lacks a value that the template uses.
    """
    style, code = ("\n".join(map(_read, names)) for names in (("page.css", *styles), ("page.js", *scripts)))
    blank = token_urlsafe(32)
    text = (
        environment()
        .get_template(f"{name}.jinja")
        .render(
            page=current or name,
            root=root,
            pages=pages,
            style=Markup(style),  # noqa: S704  our own file
            style_digest=_digest(style),
            code=Markup(code),  # noqa: S704  our own files
            nonce=blank,
            data=Markup(_embedded(data)) if data is not None else "",  # noqa: S704  &, < and > are escaped
            **context,
        )
    )
    # The digest of what the page says: what a server sent cannot contain it, and equal results give equal pages.
    return text.replace(blank, _digest(text.replace(blank, "")))


def data_file(name: str, value: object) -> str:
    """Return a script that gives a value to the pages, for `loaded(name, value)` of `page.js`."""
    return f'loaded("{name}", {_embedded(value)});\n'


def is_web_address(text: str) -> bool:
    """Return True if a text may become a link: an https address with a host, of reasonable length."""
    if not text.startswith("https://") or len(text) > _SHOWN or " " in text or harmless(text) != text:
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode("ascii")


def _embedded(data: object) -> str:
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.tests["web_address"] = is_web_address
    made.filters |= {"opened": _opened, "cut": _cut, "drawn": _drawn}
    made.globals |= {
        "weights": weights,
        "broken_line": broken_line,
        "counted": counted,
        "text_difference": text_difference,
        "minute": minute,
    }
    return made


def _opened(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def _drawn(path: str) -> Markup:
    """Return path data of ours as it is, however long.

    Raises:
        ValueError: it has something else than numbers and the letters of path commands.
    """
    if not _PATH_DATA.fullmatch(path):
        raise ValueError(f"{path[:60]!r} is no path data; draw only what pictures.py made")
    return Markup(path)  # noqa: S704  checked above


def _cut(text: str) -> str:
    return shortened(text, _SHOWN)


def minute(moment: str) -> str:
    """Return an RFC 3339 time in UTC to the minute: `2026-04-01 10:00 UTC`."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def _shown(value: object) -> str:
    """Make a value harmless; Jinja passes every value that a template prints through this function."""
    return value if isinstance(value, Markup) else harmless(shortened(str(value), _SHOWN))


_COMPARED = 1_000  # characters; the exchange below shows the whole text
_ALIKE = 0.35  # below this ratio, highlighting single characters only confuses


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `differs` is True if the other text does not have it."""

    text: str
    differs: bool


def text_difference(expected: str, actual: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces; texts with little in common differ as a whole."""
    ours, theirs = shortened(expected, _COMPARED), shortened(actual, _COMPARED)
    matcher = SequenceMatcher(None, ours, theirs)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return [Piece(ours, differs=True)], [Piece(theirs, differs=True)]
    left, right = list[Piece](), list[Piece]()
    for tag, start, end, at, to in matcher.get_opcodes():
        differs = tag != "equal"
        if end > start:
            left.append(Piece(ours[start:end], differs=differs))
        if to > at:
            right.append(Piece(theirs[at:to], differs=differs))
    return left, right
