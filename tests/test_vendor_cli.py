"""The vendor's CLI works with `exports-conformance serve --variant rails`: create, list, details, interrupt, group."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.organisation import count_of
from tests.reference_client import creation

COMMAND = Path(__file__).parent / "node" / "cli.mjs"
PLUGIN = COMMAND.parent / "node_modules" / "@commercelayer" / "cli-plugin-exports" / "package.json"
SERVE = (sys.executable, "-m", "exports_conformance.cli.main", "serve", "--port", "0", "--variant")

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and not (shutil.which("node") and PLUGIN.exists()),
    reason="the vendor's CLI is not installed: install node 20, then run `make test`",
)


@dataclass(frozen=True, slots=True)
class Served:
    """A reference that the command `serve` runs, and the vendor's CLI for it."""

    endpoint: str
    token: str
    home: Path

    def cli(self, *words: str) -> tuple[int, str]:
        """Run a command of the CLI; return its exit code and its output."""
        ended = subprocess.run(  # noqa: S603  our own script
            ["node", str(COMMAND), *words],  # noqa: S607  node is where the user's path has it
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "NO_COLOR": "1",
                "NO_UPDATE_NOTIFIER": "1",
                "COMMERCELAYER_API_ENDPOINT": self.endpoint,
                "CL_CLI_ACCESS_TOKEN": self.token,
                "CL_CLI_ORGANIZATION": "reference",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def created(self, **attributes: Json) -> str:
        """Create an export without the CLI; return its id."""
        headers = {"authorization": f"Bearer {self.token}", "accept": JSON_API, "content-type": JSON_API}
        response = httpx.post(f"{self.endpoint}/exports", json=creation(**attributes), headers=headers)
        return str(response.raise_for_status().json()["data"]["id"])


@contextmanager
def serving(variants: str, home: Path) -> Iterator[Served]:
    """Run `serve` with variants until the context ends."""
    with subprocess.Popen([*SERVE, variants], stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:  # noqa: S603  our own command
        assert process.stdout
        found: dict[str, str] = {}
        for line in process.stdout:
            if match := re.fullmatch(r"\s+export COMMERCELAYER_(\w+)=(\S+)\n", line):
                found[match[1]] = match[2]
            if match and match[1] == "CLIENT_SECRET":
                break
        try:
            yield Served(found["API_ENDPOINT"], found["ACCESS_TOKEN"], home)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving("rails", tmp_path_factory.mktemp("home")) as served:
        yield served


def _json(text: str) -> list[dict[str, Json]]:
    records: list[dict[str, Json]] = json.loads(text)
    return records


@pytest.mark.parametrize(
    ("flags", "suffix", "read"),
    [((), "json", _json), (("--csv",), "csv", lambda text: list(csv.DictReader(text.splitlines())))],
    ids=["json", "csv"],
)
def test_create_saves_the_file(
    served: Served, flags: tuple[str, ...], suffix: str, read: Callable[[str], list[dict[str, Json]]], tmp_path: Path
) -> None:
    out = tmp_path / f"skus.{suffix}"
    words = ["-t", "skus", "-f", "code,name", "-i", "prices", "-w", "code_not_null=true", "-X", str(out), "-b", *flags]
    code, said = served.cli("exports:create", *words)
    assert code == 0, said
    assert f"Exported {count_of('skus')} skus" in said
    records = read(out.read_text(encoding="utf-8"))
    assert [sorted(record) for record in records] == [["code", "name"]] * count_of("skus")


def test_creation_of_an_empty_selection_is_reported(served: Served, tmp_path: Path) -> None:
    code, said = served.cli("exports:create", "-t", "gift_cards", "-X", str(tmp_path / "none.json"), "-b")
    assert (code, "No gift cards found" in said) == (0, True), said
    assert not (tmp_path / "none.json").exists()


def test_list_and_details_show_an_export(served: Served) -> None:
    export_id = served.created(resource_type="customers", metadata={"team": "data"}, filters={"email_present": True})
    code, said = served.cli("exports:list", "--type", "customers")
    assert (code, export_id in said) == (0, True), said
    code, said = served.cli("exports:details", export_id)
    assert code == 0, said
    assert re.search(r"resource_type\W+customers", said), said
    assert re.search(r"email_present\W+true", said), said


def test_details_of_an_unknown_export_say_so(served: Served) -> None:
    code, said = served.cli("exports:details", "NoSuchExprt")
    assert (code, "Unable to find export with id NoSuchExprt" in said) == (2, True), said


def test_group_lists_the_exports_of_a_group(served: Served) -> None:
    ours = [served.created(resource_type="skus", reference=f"grp1-{number}") for number in range(2)]
    other = served.created(resource_type="skus", reference="grp2-0")
    code, said = served.cli("exports:group", "grp1")
    assert (code, [one in said for one in ours], other in said) == (0, [True, True], False), said


def test_interrupt_stops_a_running_export(tmp_path: Path) -> None:
    with serving("rails,never-completes-soon", tmp_path) as served:
        export_id = served.created(resource_type="skus")
        code, said = served.cli("exports:interrupt", export_id)
        assert (code, f"{export_id} has been successfully interrupted" in said) == (0, True), said
        code, said = served.cli("exports:interrupt", export_id)
        assert (code, f"{export_id} is already interrupted" in said) == (0, True), said


def test_invalid_token_is_reported(served: Served) -> None:
    head, _, _ = served.token.rpartition(".")
    code, said = Served(served.endpoint, f"{head}.forged", served.home).cli("exports:list")
    assert (code, "The access token you provided is invalid" in said) == (2, True), said
