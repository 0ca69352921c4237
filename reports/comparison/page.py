"""The page of a comparison: the differences side by side, in one static file without a script."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exports_conformance.reports.body_text import laid_out
from exports_conformance.reports.comparison import wording
from exports_conformance.reports.comparison.document import Comparison
from exports_conformance.reports.safe_text import harmless, shortened

TEMPLATES = Path(__file__).parent.parent / "templates"
TEXT_LIMIT = 2_000


def render(comparison: Comparison) -> str:
    """Render a comparison as an HTML document.

    Raises:
        jinja2.UndefinedError: the comparison lacks what its schema requires.
    """
    style = (TEMPLATES / "comparison.css").read_text(encoding="utf-8")
    template = _environment().get_template("comparison.html.jinja")
    return template.render(
        comparison=comparison,
        style=Markup(style),  # noqa: S704  our own file
        style_digest=b64encode(sha256(style.encode()).digest()).decode("ascii"),
    )


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
    environment.globals |= {"laid_out": laid_out, "wording": wording}
    return environment


def _shown(value: object) -> str:
    """Every value that the template shows comes through here, so that none can be forgotten."""
    return value if isinstance(value, Markup) else harmless(shortened(str(value), TEXT_LIMIT))
