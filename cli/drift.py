"""The command `drift`: our transcription of the documentation against what the vendor publishes now."""

from pathlib import Path
from typing import Any

import click

from exports_conformance.cli.edition_parameter import EditionParameter
from exports_conformance.contract.editions import Edition
from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.exchange.untrusted import TOO_DEEP, parse_json, parse_yaml
from exports_conformance.upgrade.drift.described import Facts, UnreadableDocumentError, described
from exports_conformance.upgrade.drift.drifting import drifts, edition_told
from exports_conformance.upgrade.drift.saved_page import pictured

LINE = 600
LARGEST_DOCUMENT = 64 * 1024 * 1024


@click.command(name="drift")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--edition", type=EditionParameter("auto"), default="auto", show_default=True)
def drift_command(file: Path, edition: str) -> None:
    """Compare our transcription with FILE: the vendor's OpenAPI document, or the page saved as text or HTML."""
    try:
        facts, whole = read_facts(file)
    except OSError as error:
        raise click.ClickException(
            f"{file}: {error.strerror}; give an OpenAPI document, or the page as saved"
        ) from None
    except UnreadableDocumentError as error:
        raise click.ClickException(f"{file}: {error}") from None
    told: Edition = edition_told(facts) if edition == "auto" else edition
    found = drifts(facts, edition=told, whole=whole)
    what = "an OpenAPI document" if whole else "the page"
    number = "nothing drifted" if not found else f"{len(found)} drift{'' if len(found) == 1 else 's'}"
    click.echo(harmless(f"{file}: {what} of the edition {told}, {len(facts)} facts; {number}"))
    for each in found:
        click.echo(harmless(shortened(str(each), LINE)))
    click.get_current_context().exit(1 if found else 0)


def read_facts(file: Path) -> tuple[Facts, bool]:
    """Read the facts of a document; say whether it describes the whole API.

    Raises:
        OSError: the file cannot be read.
        UnreadableDocument: it is neither an OpenAPI document nor the page.
    """
    if file.stat().st_size > LARGEST_DOCUMENT:
        raise UnreadableDocumentError(f"is larger than {LARGEST_DOCUMENT >> 20} MB; give the document alone")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableDocumentError("is not UTF-8; save it as text, HTML, JSON or YAML in UTF-8") from None
    document = _document(text)
    return (described(document), True) if isinstance(document, dict) else (pictured(text), False)


def _document(text: str) -> Any:
    """Read a text as JSON or YAML; None where it is a page."""
    if text.lstrip()[:1] == "<":
        return None
    try:
        if text.lstrip()[:1] == "{":
            return parse_json(text)
    except ValueError as error:
        problem = TOO_DEEP if str(error) == TOO_DEEP else f"is not JSON: {error}"
        raise UnreadableDocumentError(f"{problem}; it may be cut short") from None
    try:
        return parse_yaml(text)
    except ValueError as error:
        if str(error) == TOO_DEEP:
            raise UnreadableDocumentError(f"{TOO_DEEP}; give the document of an API") from None
        return None
