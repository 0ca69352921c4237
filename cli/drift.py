"""The command `drift`: compares what the vendor publishes with our contract or with an earlier document."""

from datetime import UTC, datetime
from pathlib import Path

import click

from exports_conformance.cli.console import EditionParameter, print_lines
from exports_conformance.contract.edition import EDITIONS_FOLDER
from exports_conformance.exchange.untrusted import harmless, write_file
from exports_conformance.reports.text.upgrade import drift_lines, drift_markdown
from exports_conformance.upgrade.drift.description import Description, UnreadableDocumentError
from exports_conformance.upgrade.drift.documents import describe
from exports_conformance.upgrade.drift.drifting import AcceptedDriftsError, Drift, drifts, judge_drifts, read_accepted
from exports_conformance.upgrade.drift.known_schema import (
    EditionDraftError,
    comparable,
    contract_drifts,
    draft_edition,
    first_change,
    newest_known,
    version_of,
)

AUTO = "auto"
_FILE = click.Path(path_type=Path)


@click.command("drift")
@click.argument("document", type=_FILE)
@click.argument("newer", type=_FILE, required=False)
@click.option(
    "--edition",
    type=EditionParameter(AUTO),
    default=AUTO,
    show_default=True,
    help="Edition of our contract to compare with; auto: the one that fits the document's version.",
)
@click.option("--accepted", type=_FILE, metavar="FILE", help="TOML that lists accepted drifts, each with its last day.")
@click.option("--markdown", type=_FILE, metavar="FILE", help="Also write the drifts as Markdown.")
@click.option("--write-edition", metavar="NAME", help="Write a draft of a new edition from DOCUMENT.")
@click.option(
    "--into",
    type=_FILE,
    metavar="FOLDER",
    default=EDITIONS_FOLDER,
    help="Folder that --write-edition writes to; default: that of our contract.",
)
def drift_command(
    document: Path,
    newer: Path | None,
    edition: str,
    accepted: Path | None,
    markdown: Path | None,
    write_edition: str | None,
    into: Path,
) -> None:
    """Compare DOCUMENT with our contract, or with NEWER: an OpenAPI document, resources.json, or the saved page.

    Exits with 1 if there is a drift that is neither accepted nor cosmetic.
    """
    if newer is not None and (edition != AUTO or write_edition is not None):
        option = "--edition" if write_edition is None else "--write-edition"
        raise click.ClickException(f"{option}: compares with our contract, not with a second document; omit one")
    described = _described(document)
    if newer is None:
        headline, found = _against_contract(document, described, None if edition == AUTO else edition)
    else:
        headline, found = _against_document(document, described, newer)
    try:
        entries = read_accepted(accepted) if accepted else ()
    except AcceptedDriftsError as error:
        raise click.ClickException(str(error)) from None
    judged = judge_drifts(found, entries, today=datetime.now(UTC).date())
    for line in drift_lines(headline, found, judged):
        print_lines(line)
    if markdown:
        _write(markdown, drift_markdown(headline, found, judged), "--markdown")
    if write_edition is not None:
        _write_edition(write_edition, described, document, into)
    click.get_current_context().exit(1 if judged.counting or judged.problems else 0)


def _described(file: Path) -> Description:
    try:
        return describe(file)
    except OSError as error:
        raise click.ClickException(
            f"{file}: {error.strerror}; give an OpenAPI document, resources.json, or the page as saved"
        ) from None
    except UnreadableDocumentError as error:
        raise click.ClickException(f"{file}: {' '.join(str(error).split())}") from None


def _against_contract(file: Path, described: Description, edition: str | None) -> tuple[str, list[Drift]]:
    schema = comparable(described, edition=edition)
    version = (
        f"schema {described.version}{_age(described.version)}" if described.version else "without a schema version"
    )
    as_of = f" as of schema {schema.version}" if schema.version else ""
    headline = f"{file}: {described.form}, {version}; compared with our edition {schema.edition}{as_of}"
    return headline, contract_drifts(described, schema)


def _age(version: str) -> str:
    """Return how a version lies to those that our contract knows; empty if it is one of them."""
    numbers, first, newest = version_of(version), first_change(), newest_known()
    if not numbers:
        return ", which is not a version number"
    if numbers > version_of(newest):
        return f", newer than {newest}, the newest that our contract knows"
    return f", before {first}, the first change that our contract knows" if numbers < version_of(first) else ""


def _against_document(file: Path, described: Description, newer: Path) -> tuple[str, list[Drift]]:
    other = _described(newer)
    sides = [
        f"{path}: {each.form}" + (f", schema {each.version}" if each.version else "")
        for path, each in ((file, described), (newer, other))
    ]
    return " → ".join(sides), drifts(described, other)


def _write_edition(name: str, described: Description, document: Path, into: Path) -> None:
    file = into / f"{name}.toml"
    try:
        text = draft_edition(name, described, source=document.name)
    except EditionDraftError as error:
        raise click.ClickException(str(error)) from None
    if file.exists():
        raise click.ClickException(f"--write-edition {name}: {file} exists; delete it, or choose another name")
    _write(file, text, "--write-edition")
    print_lines(harmless(f"{file}: complete what is marked TO COMPLETE, then run the suites with --edition {name}"))


def _write(file: Path, text: str, option: str) -> None:
    try:
        write_file(file, text)
    except OSError as error:
        raise click.ClickException(f"{option}: {file}: {error.strerror}; give another place") from None
