"""The script of a fault shows it on the server that has it, not on a clean one, and leaves nothing behind."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from exports_conformance.exchange.model import Exchange, Expectation, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving
from exports_conformance.results.evidence import Witness
from exports_conformance.results.faults import Condition, Fault
from exports_conformance.results.reproduction import TEMPLATE, reproduction
from exports_conformance.results.result import FaultShown
from exports_conformance.rules import Violation
from tests.mutants import MUTANTS, Mutant
from tests.suite_runs import judged, stepping

KINDS = {
    "answers-202": "documented_body",  # a status
    "reference-trimmed": "combined_arguments",  # an echo
    "metadata-lost": "complete_body",  # an echo of an object, which is null
    "answers-two-documents": "documented_body",  # a body that is not JSON
    "retrieval-forgets-metadata": "test_retrieval",  # a retrieval
    "file-gzipped-twice": "test_json_export",  # a file
    "deletion-succeeds-twice": "test_control",  # a deletion before the request that shows it
    "tampered-token-accepted": "valid_credentials",  # the token of the environment, changed
    "answers-with-a-byte-order-mark": "documented_body",  # the first bytes of a body
    "completion-moves": "test_retrieval or test_json_export",  # a value that differs from the one before
    "refusal-shows-the-export": "test_tokens",  # a member that must be absent
    "update-takes-what-is-read-only": "test_control",  # a request that a clean server refuses
}
"""Mutants with the tests, by `-k`, that are enough to show them; all mutants: `make faults`."""


def sh(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell with these arguments and no other variables than these."""
    environment = {"PATH": os.environ["PATH"], **variables}
    command = ["/bin/sh", *words]
    return subprocess.run(  # noqa: S603  the script under test
        command, capture_output=True, text=True, errors="replace", env=environment, cwd="/", timeout=120, check=False
    )


def run_script(script: Path, app: Reference) -> tuple[int, str]:
    """Run a script against a server; return its exit status and what it prints."""
    with serving(app) as base_url:
        run = sh(str(script), COMMERCELAYER_API_ENDPOINT=f"{base_url}/api", COMMERCELAYER_ACCESS_TOKEN=app.token)
    return run.returncode, run.stdout + run.stderr


def server(mutant: Mutant, *, broken: bool) -> Reference:
    """A fresh server, with the mutant's fault or without it."""
    return stepping(middlewares=[mutant.middleware] if broken else [], variants=mutant.variants)


def fault_of(name: str, folder: Path) -> FaultShown:
    """The fault of a mutant in a run of the tests that are enough to show it."""
    result = judged(server(MUTANTS[name], broken=True), folder, "-k", KINDS[name])
    fault: FaultShown
    (fault,) = result["faults"]
    return fault


@pytest.mark.parametrize("name", KINDS)
def test_script_shows_the_fault_where_it_is_and_only_there(name: str, tmp_path: Path) -> None:
    mutant = MUTANTS[name]
    fault = fault_of(name, tmp_path)
    script = tmp_path / "script.sh"
    script.write_text(fault["script"], encoding="ascii")
    shown, text = run_script(script, server(mutant, broken=True))
    assert (shown, "the fault is shown" in text) == (1, True), text
    shown, text = run_script(script, server(mutant, broken=False))
    assert (shown, "the fault is not shown" in text) == (0, True), text


def test_script_deletes_what_it_creates(tmp_path: Path) -> None:
    mutant = MUTANTS["reference-trimmed"]
    fault = fault_of("reference-trimmed", tmp_path)
    script = tmp_path / "script.sh"
    script.write_text(fault["script"], encoding="ascii")
    app = server(mutant, broken=True)
    _, text = run_script(script, app)
    assert "left:" not in text
    assert app.organisation.exports == {}


def test_script_refuses_to_run_without_its_variables(tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(script_of({"a": 1}), encoding="ascii")
    run = sh(str(script))
    assert run.returncode != 0
    assert "set it to https://yourdomain.commercelayer.io/api" in run.stderr


def script_of(metadata: Json) -> str:
    """The script of a fault in the echo of a metadata."""
    body = json.dumps({"data": {"attributes": {"metadata": metadata}}}, ensure_ascii=False).encode()
    exchange = Exchange(
        "x-1", Expectation("case", "create"), Request("POST", "/exports", body=body), Response(201), "", "reference"
    )
    violation = Violation("create-echoes-metadata", json.dumps(metadata), "null", "/data/attributes/metadata")
    fault = Fault(
        "create-echoes-metadata", ("create-echoes-metadata",), Condition("always", 1, 0), Witness(exchange, violation)
    )
    return reproduction(fault, [exchange])


ODD_TEXTS = ("it's $HOME `id` %s %%", 'back\\slash "quoted"', "Größe 🧦 \u202e", "line\nbreak\ttab", "'; exit 7; '")


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_body_reaches_the_server_byte_for_byte(text: str, tmp_path: Path) -> None:
    metadata: Json = {text: [text, {}, [], None, 1.5, True]}
    lines = script_of(metadata).splitlines()
    write = next(line for line in lines if line.startswith("printf '") and line.endswith('> "$folder/body"'))
    assert sh("-c", f"folder={tmp_path}\n{write}").returncode == 0
    assert json.loads((tmp_path / "body").read_bytes())["data"]["attributes"]["metadata"] == metadata


@pytest.mark.parametrize("text", ODD_TEXTS)
@pytest.mark.parametrize("escaped", ["escaped", "plain"])
def test_document_is_compared_by_its_values(text: str, escaped: str, tmp_path: Path) -> None:
    """Escapes, white space and the order of members make no difference."""
    lines = script_of({text: [text, {}], "b": None}).splitlines()
    wanted = next(line for line in lines if line.endswith('> "$folder/wanted"'))
    document = json.dumps({"b": None, text: [text, {}]}, ensure_ascii=escaped == "escaped", indent=1)
    (tmp_path / "came").write_text(document, "utf-8")
    head = f"LC_ALL=C; export LC_ALL; folder={tmp_path}"
    run = sh("-c", f'{head}\n{flatten_of(lines)}\n{wanted}\nflatten < "$folder/came" | cmp - "$folder/wanted"')
    assert run.returncode == 0, run.stdout + run.stderr


NOT_JSON = ("", "{", '{"a":1}{}', '{"a":NaN}', '{"a":1,"a":2}', "<html>", '{"a":01}', '["\\', "[1,]")


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_not_json_is_called_so(text: str, tmp_path: Path) -> None:
    (tmp_path / "came").write_text(text, "utf-8")
    run = sh("-c", f"{flatten_of(script_of({}).splitlines())}\nflatten < {tmp_path}/came")
    assert run.stdout == "\tnot JSON\n"


def flatten_of(lines: list[str]) -> str:
    """The function `flatten` of a script."""
    start = next(at for at, line in enumerate(lines) if line.startswith("flatten() {"))
    end = next(at for at, line in enumerate(lines) if at > start and line == "}")
    return "\n".join(lines[start : end + 1])


def test_template_is_a_posix_script() -> None:
    assert sh("-n", str(TEMPLATE)).stderr == ""
