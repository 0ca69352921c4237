"""The page of a run: one static file that needs no network, no script and no build."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exports_conformance.reports import findings
from exports_conformance.reports.body_text import laid_out
from exports_conformance.reports.safe_text import harmless, shortened

TEMPLATES = Path(__file__).parent / "templates"
TEXT_LIMIT = 2_000

_TITLES = {
    "request": "The request",
    "arguments": "The arguments",
    "answer": "The answer",
    "errors": "Errors",
    "limits": "Limits",
    "life": "The life of an export",
    "file": "The file",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of the contract with its requirements, in the contract's order."""

    name: str
    title: str
    entries: list[findings.Entry]
    tally: str


def render(result: Mapping[str, Any]) -> str:
    """Render the page of a result as an HTML document.

    Raises:
        jinja2.UndefinedError: the result lacks what its schema requires.
    """
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return (
        _template_environment()
        .get_template("index.html.jinja")
        .render(
            result=result,
            endpoint_line=findings.endpoint_line(result),
            caveat=findings.caveat(result),
            counts_line=findings.counts_line(result),
            tally=findings.tally(result["requirements"]),
            unverified=findings.with_verdict(result, "unverified"),
            weather_line=findings.weather_line(result),
            reasons=findings.own_reasons(result),
            undecided={
                verdict: findings.by_reason(findings.with_verdict(result, verdict))
                for verdict in ("unverified", "not seen", "waived")
            },
            to_mend={verdict: findings.with_verdict(result, verdict) for verdict in ("violated", "intermittent")},
            topics=_topics(result),
            style=Markup(style),  # noqa: S704  our own file
            style_digest=b64encode(sha256(style.encode()).digest()).decode("ascii"),
        )
    )


def write(result: Mapping[str, Any], folder: Path) -> Path:
    """Write the page of a result as `index.html` into a report directory; give the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "index.html"
    file.write_text(render(result), encoding="utf-8", newline="\n")
    return file


def is_web_address(text: str) -> bool:
    """Say whether a text may become a link: an https address with a host, of reasonable length."""
    if not text.startswith("https://") or len(text) > TEXT_LIMIT or " " in text or harmless(text) != text:
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _topics(result: Mapping[str, Any]) -> list[Topic]:
    grouped: dict[str, list[findings.Entry]] = {}
    for entry in result["requirements"]:
        grouped.setdefault(entry["topic"], []).append(entry)
    order = [name for name in _TITLES if name in grouped] + [name for name in grouped if name not in _TITLES]
    return [Topic(name, _TITLES.get(name, name), grouped[name], findings.tally(grouped[name])) for name in order]


@cache
def _template_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.tests["web_address"] = is_web_address
    environment.globals |= {
        "laid_out": laid_out,
        "weights": findings.weights,
        "broken_line": findings.broken_line,
    }
    return environment


def _shown(value: object) -> str:
    """Every value that the template shows comes through here, so that none can be forgotten."""
    return value if isinstance(value, Markup) else harmless(shortened(str(value), TEXT_LIMIT))
