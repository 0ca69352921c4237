"""`clean --older-than` removes what earlier runs of this suite left, found by its tags, and nothing of anybody else."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Arguments, Export, queued
from exports_conformance.reference.policy import Pace
from tests.attacks.organisation import Open, SharedOrganisation, bent

OLD, RECENT = "exports-conformance-0000000a", "exports-conformance-0000000b"
"""Prefixes of the tags of a run that ended hours ago, and of one that still creates exports."""


def plant(organisation: SharedOrganisation, export_id: str, *, hours: float = 3, **arguments: Any) -> None:
    """Put an export of an earlier run of this suite into the organisation."""
    state, now = organisation.reference.organisation, datetime.now(UTC)
    export = queued(export_id, Arguments("orders", **arguments), state.records("orders"), now, Pace(0, 1))
    created = (now - timedelta(hours=hours)).replace(microsecond=0)
    state.keep(replace(export, created_at=created, updated_at=created))


def _plant_one_for_each_member(organisation: SharedOrganisation) -> None:
    plant(organisation, "InReference", reference=f"{OLD}-00001 and more")
    plant(organisation, "InOrigin", reference="plain", reference_origin=f"{OLD}-00002")
    plant(organisation, "InMetadata", metadata={"tag": f"{OLD}-00003"})


def _foreign(export_id: str, **arguments: Any) -> Export:
    now = datetime.now(UTC) - timedelta(hours=5)
    return queued(export_id, Arguments("orders", **arguments), (), now.replace(microsecond=0), Pace(0, 1))


def _named(lines: Iterable[str], beginning: str) -> set[str]:
    return {line.removeprefix(beginning).split()[0].rstrip(",") for line in lines if line.startswith(beginning)}


def test_exports_of_earlier_runs_are_named_and_removed_only_on_request(
    shared: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    organisation = shared()
    _plant_one_for_each_member(organisation)
    assert organisation.command("clean", "--older-than", "1h") == 0
    lines = capfd.readouterr().out.splitlines()
    assert _named(lines, "  export ") == {"InReference", "InOrigin", "InMetadata"}
    assert "nothing was removed; add --yes" in lines[-1]
    assert organisation.left == ["InReference", "InOrigin", "InMetadata"]
    assert organisation.sent("update") + organisation.sent("delete") == []

    assert organisation.command("clean", "--older-than", "1h", "--yes") == 0
    assert capfd.readouterr().out.splitlines()[-1] == "removed 3, left 0"
    assert organisation.left == []


def test_every_page_is_read(shared: Open, capfd: pytest.CaptureFixture[str]) -> None:
    organisation = shared()
    for number in range(30):
        plant(organisation, f"Ref{number}", reference=f"{OLD}-{number:05d}")
        plant(organisation, f"Meta{number}", metadata={"mark": f"{OLD}-{number + 100:05d}"})
    assert organisation.command("clean", "--older-than", "1h", "--yes") == 0
    assert capfd.readouterr().out.splitlines()[-1] == "removed 60, left 0"
    assert organisation.left == []


def test_run_that_may_be_under_way_keeps_all_its_exports(shared: Open, capfd: pytest.CaptureFixture[str]) -> None:
    """Its old ones, too, as long as it created one within the time."""
    organisation = shared()
    plant(organisation, "RecentOld", hours=3, reference=f"{RECENT}-00001")
    plant(organisation, "RecentNew", hours=0.5, reference=f"{RECENT}-00002")
    plant(organisation, "Old", hours=3, reference=f"{OLD}-00001")
    assert organisation.command("clean", "--older-than", "1h", "--yes") == 0
    assert organisation.left == ["RecentOld", "RecentNew"]
    assert _named(capfd.readouterr().out.splitlines(), "  left: export ") == {"RecentOld", "RecentNew"}


def test_export_that_only_mentions_a_tag_is_left(shared: Open, capfd: pytest.CaptureFixture[str]) -> None:
    foreign = [
        _foreign("Copy", reference=f"copy of {OLD}-00001"),
        _foreign("Longer", reference=f"{OLD}-000012"),
        _foreign("Note", metadata={"note": f"see {OLD}-00001"}),
        _foreign("NoRun", reference="exports-conformance-weekly"),
    ]
    organisation = shared(foreign=foreign)
    plant(organisation, "Old", reference=f"{OLD}-00001")
    assert organisation.command("clean", "--older-than", "1h", "--yes") == 0
    assert organisation.left == []
    assert _named(capfd.readouterr().out.splitlines(), "  left: export ") == {"Copy", "Longer", "Note"}


def test_list_that_writes_tags_into_foreign_exports_makes_none_ours(
    shared: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    def lie(_: ServerRequest, response: ServerResponse) -> ServerResponse:
        def edit(document: Any) -> None:
            for number, each in enumerate(document["data"]):
                each["attributes"]["reference"] = f"{OLD}-{number:05d}"
                each["attributes"]["created_at"] = "2020-01-01T00:00:00.000Z"

        return response.edited(edit)

    organisation = shared(bent("list", lie))
    organisation.command("clean", "--older-than", "1h", "--yes")
    organisation.assert_foreign_exports_are_untouched()
    assert "removed 0" in capfd.readouterr().out


def test_list_that_cannot_be_read_is_not_called_clean(shared: Open, capfd: pytest.CaptureFixture[str]) -> None:
    def second_page_fails(asked: ServerRequest, response: ServerResponse) -> ServerResponse:
        return ServerResponse(403, (), b"") if unquote(asked.query).endswith("page[number]=2") else response

    organisation = shared(bent("list", second_page_fails))
    for number in range(30):
        plant(organisation, f"Ref{number}", reference=f"{OLD}-{number:05d}")
    assert organisation.command("clean", "--older-than", "1h") == 1
    assert any(unquote(asked.query).endswith("page[number]=2") for asked in organisation.sent("list"))
    assert "could not be read, so more may be left" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--older-than", "soon"), "'soon' is not a time such as 30m, 1h or 2d"),
        (("--older-than", "9m"), "'9m' is less than 10m"),
        (("--yes",), "give --older-than, or omit --yes"),
    ],
)
def test_bad_age_is_one_line_and_4(
    words: tuple[str, ...], problem: str, shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert shared().command("clean", "--report-dir", str(tmp_path), *words) == 4
    assert problem in capfd.readouterr().err
