"""Templating: every page is made here, so that none forgets to escape, to be harmless, to run only its own code."""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports import findings
from exports_conformance.reports.body_text import laid_out
from exports_conformance.reports.difference import difference

TEMPLATES = Path(__file__).parent / "templates"
TEXT_LIMIT = 2_000

PAGES = {
    "index.html": "Contract",
    "explorer.html": "Resource explorer",
    "errors.html": "Error finder",
    "recipes.html": "Recipes",
}
"""The pages of a site, with their names."""


def page(
    name: str,
    *,
    styles: Sequence[str] = ("page.css",),
    scripts: Sequence[str] = (),
    data: object = None,
    **context: Any,
) -> str:
    """Render a page as an HTML document that has its own styles and runs its own scripts, by their digests.

    It loads nothing. `styles` and `scripts` are files beside the template; `data` is what scripts read, as JSON.

    Raises:
        jinja2.UndefinedError: the context lacks what the template shows.
    """
    style, code = ("\n".join(map(_read, files)) for files in (styles, scripts))
    return (
        _environment()
        .get_template(f"{name}.jinja")
        .render(
            page=name,
            pages=PAGES,
            style=Markup(style),  # noqa: S704  our own file
            style_digest=_digest(style),
            code=Markup(code),  # noqa: S704  our own files
            code_digest=_digest(code),
            data=Markup(_embedded(data)) if data is not None else "",  # noqa: S704  no character of markup is left in it
            **context,
        )
    )


def is_web_address(text: str) -> bool:
    """Say whether a text may become a link: an https address with a host, of reasonable length."""
    if not text.startswith("https://") or len(text) > TEXT_LIMIT or " " in text or harmless(text) != text:
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
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.tests["web_address"] = is_web_address
    environment.filters |= {"opened": _opened, "cut": _cut}
    environment.globals |= {
        "laid_out": laid_out,
        "weights": findings.weights,
        "broken_line": findings.broken_line,
        "difference": difference,
        "day": day,
    }
    return environment


def _opened(text: str) -> str:
    """Give a text as the opening of a sentence."""
    return text[:1].upper() + text[1:]


def _cut(text: str) -> str:
    return shortened(text, TEXT_LIMIT)


def day(moment: str) -> str:
    """Give a moment, written as RFC 3339 in UTC, to the minute."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def _shown(value: object) -> str:
    """Every value that a template shows comes through here, so that none can be forgotten."""
    return value if isinstance(value, Markup) else harmless(shortened(str(value), TEXT_LIMIT))
