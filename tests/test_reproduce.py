"""`exports-conformance reproduce` shows a fault on the server that has it, and not on a clean one."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exports_conformance.cli.report import reproduce_command
from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving
from tests.mutants import MUTANTS
from tests.suite_runs import TOKEN, judged, stepping

MUTANT = MUTANTS["retrieval-forgets-metadata"]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a run against a server that loses the metadata of an export after its creation."""
    folder = tmp_path_factory.mktemp("run")
    judged(stepping(middlewares=[MUTANT.middleware]), folder, "-k", "life or retriev")
    return folder / "result.json"


def reproduce(result: Path, app: Reference, fault: str, *, token: str = "") -> Result:
    """Run the command against a server, by default with a token that shows its mode."""
    with serving(app) as base_url:
        env = {"COMMERCELAYER_API_ENDPOINT": f"{base_url}/api", "COMMERCELAYER_ACCESS_TOKEN": token or app.issue()}
        return CliRunner().invoke(reproduce_command, [fault, "--result", str(result)], env=env)


def test_fault_is_shown_where_it_is_and_only_there(result: Path) -> None:
    broken, clean = stepping(middlewares=[MUTANT.middleware]), stepping()
    shown = reproduce(result, broken, MUTANT.requirement)
    assert (shown.exit_code, "the fault is shown at /data/attributes/metadata" in shown.output) == (1, True)
    not_shown = reproduce(result, clean, MUTANT.requirement)
    assert (not_shown.exit_code, "the fault is not shown" in not_shown.output) == (0, True)
    assert broken.organisation.exports == clean.organisation.exports == {}
    assert not list(result.parent.glob("journal-unfinished-*"))


def test_nothing_is_created_without_permission_where_the_mode_is_unknown(result: Path) -> None:
    app = stepping()
    refused = reproduce(result, app, MUTANT.requirement, token=TOKEN)
    assert (refused.exit_code, "add --allow-live-mode" in refused.output) == (2, True)
    assert app.organisation.exports == {}


def test_unreachable_endpoint_is_not_checked(result: Path) -> None:
    with serving(stepping()) as base_url:
        pass
    env = {"COMMERCELAYER_API_ENDPOINT": f"{base_url}/api", "COMMERCELAYER_ACCESS_TOKEN": "t"}
    words = [MUTANT.requirement, "--result", str(result)]
    assert CliRunner().invoke(reproduce_command, words, env=env).exit_code == 2


def test_unknown_fault_and_result_without_steps_are_refused(result: Path, tmp_path: Path) -> None:
    unknown = reproduce(result, stepping(), "retrieve-as-createt")
    assert "did you mean retrieve-as-created?" in unknown.output
    written = json.loads(result.read_text())
    for fault in written["faults"]:
        del fault["steps"]
    older = tmp_path / "result.json"
    older.write_text(json.dumps(written))
    assert "run the suite again" in reproduce(older, stepping(), MUTANT.requirement).output
