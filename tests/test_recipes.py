"""Every recipe of the site does what it says, as it stands there, against the reference over real HTTP."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from exports_conformance.exchange.model import JSON_API
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.server import serving
from exports_conformance.reports.site.guide_pages import LANGUAGES, RECIPE_TITLES, RECIPES, recipes

TOKEN = "recipe-token"
NODE = Path(__file__).parent / "node" / "node_modules"
ELSEWHERE = """
const sent = globalThis.fetch;
globalThis.fetch = (url, init) =>
  sent(String(url).replace(/^https:\\/\\/reference\\.commercelayer\\.io\\/api/, process.env.ANSWERED_BY), init);
"""
"""Leads the SDK, which knows only the vendor's own addresses, to the reference."""

AT_ONCE = Pace(pending=0.01, running=0.01)
HEADERS = {"Authorization": f"Bearer {TOKEN}"} | dict.fromkeys(("Accept", "Content-Type"), JSON_API)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """A language of the recipes whose tools are here."""
    tools = {"sh": ("curl", "gzip"), "py": (), "mjs": ("node",)}[request.param]
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed")
    if request.param == "mjs" and not (NODE / "@commercelayer").exists():
        pytest.skip("the vendor's SDK is not installed: `make test` installs it where there is npm")
    return str(request.param)


@pytest.fixture(params=["", "rails"])
def variants(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """None, and the variant that answers as the vendor's framework does."""
    return tuple(filter(None, [request.param]))


@pytest.fixture
def base_url(variants: tuple[str, ...]) -> Iterator[str]:
    """A reference whose exports are completed at once."""
    with serving(Reference(token=TOKEN, variants=variants, pace=AT_ONCE, middlewares=[Locked()])) as url:
        yield f"{url}/api"


class Locked:
    """Answers the first two deletions with 423 and 429."""

    def __init__(self) -> None:
        self.left = [423, 429]

    def __call__(self, request: ServerRequest, respond: Respond) -> ServerResponse:
        """Answer a request."""
        if request.method == "DELETE" and self.left:
            errors = [{"title": "Locked", "code": "LOCKED", "status": str(self.left[0])}]
            return ServerResponse(
                self.left.pop(0), (("Content-Type", JSON_API), ("Retry-After", "0")), {"errors": errors}
            )
        return respond(request)


def cooked(recipe: str, language: str, base_url: str, folder: Path, *words: str, **variables: str) -> str:
    """Run a recipe; give what it printed."""
    env = {**os.environ, "COMMERCELAYER_API_ENDPOINT": base_url, "COMMERCELAYER_ACCESS_TOKEN": TOKEN}
    env |= {"POLL_SECONDS": "0.05", "ANSWERED_BY": base_url} | variables
    file = RECIPES / f"{recipe}.{language}"
    command = [{"sh": "bash", "py": sys.executable}.get(language, "node"), str(file)]
    if language == "mjs":
        env["COMMERCELAYER_API_ENDPOINT"] = "https://reference.commercelayer.io/api"
        (folder / "elsewhere.mjs").write_text(ELSEWHERE)
        shutil.copy(file, folder)
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(NODE)
        command = ["node", "--import", str(folder / "elsewhere.mjs"), str(folder / file.name)]
    run = subprocess.run([*command, *words], env=env, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  our own recipe
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_export_is_created_waited_for_and_downloaded(language: str, base_url: str, tmp_path: Path) -> None:
    export = cooked("export", language, base_url, tmp_path)
    assert cooked("poll", language, base_url, tmp_path, export) == "completed"
    records = json.loads(cooked("download", language, base_url, tmp_path, export))
    shown = httpx.get(f"{base_url}/exports/{export}", headers=HEADERS).json()["data"]["attributes"]
    assert shown["resource_type"] == "skus"
    assert len(records) == shown["records_count"] > 0
    assert all("prices" in record for record in records)


def test_empty_selection_is_not_a_fault(language: str, base_url: str, tmp_path: Path) -> None:
    assert cooked("empty_selection", language, base_url, tmp_path, "NO-SUCH-CODE") == "nothing to export"
    export = cooked("empty_selection", language, base_url, tmp_path, "AAA")
    assert httpx.get(f"{base_url}/exports/{export}", headers=HEADERS).status_code == 200


def test_export_waits_for_its_turn_while_ten_are_running(
    language: str, variants: tuple[str, ...], tmp_path: Path
) -> None:
    body = json.dumps({"data": {"type": "exports", "attributes": {"resource_type": "skus"}}})
    with serving(Reference(token=TOKEN, variants=variants, pace=Pace(pending=0.01, running=1.0))) as url:
        with httpx.Client(headers=HEADERS) as client:  # one for all: the first may not end before the last is sent
            answers = [client.post(f"{url}/api/exports", content=body) for _ in range(11)]
        assert [response.status_code for response in answers] == [201] * 10 + [422]
        export = cooked("ten_running", language, f"{url}/api", tmp_path)
        assert httpx.get(f"{url}/api/exports/{export}", headers=HEADERS).status_code == 200


def attributes_of(base_url: str, export: str) -> dict[str, Any]:
    """Return the attributes of an export."""
    shown: dict[str, Any] = httpx.get(f"{base_url}/exports/{export}", headers=HEADERS).json()["data"]["attributes"]
    return shown


def test_date_range_and_fields_are_exported(language: str, base_url: str, tmp_path: Path) -> None:
    span = "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
    shown = attributes_of(base_url, cooked("date_range", language, base_url, tmp_path, *span))
    assert shown["filters"] == {"placed_at_gteq": span[0], "placed_at_lt": span[1]}
    shown = attributes_of(base_url, cooked("csv_fields", language, base_url, tmp_path))
    assert (shown["format"], shown["includes"], len(shown["fields"])) == ("csv", ["customer"], 4)


def test_export_takes_up_where_the_last_one_ended(language: str, base_url: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    export = cooked("incremental", language, base_url, tmp_path, str(state))
    assert attributes_of(base_url, export)["filters"]["updated_at_gteq"] == "2000-01-01T00:00:00Z"
    assert datetime.fromisoformat(state.read_text().strip()) <= datetime.now(UTC)
    if language == "py":
        assert cooked("incremental", language, base_url, tmp_path, str(state)) == "nothing to export"


def test_large_export_is_split_without_losing_a_record(language: str, base_url: str, tmp_path: Path) -> None:
    total = httpx.get(f"{base_url}/skus", headers=HEADERS).json()["meta"]["record_count"]
    exports = cooked("split", language, base_url, tmp_path, MAX_RECORDS=str(total // 2)).split()
    counts = [attributes_of(base_url, export)["records_count"] for export in exports]
    assert len(exports) == 2 + total % 2
    assert max(counts) <= total // 2
    assert sum(counts) == total


def test_request_is_repeated_while_it_is_locked_or_limited(language: str, base_url: str, tmp_path: Path) -> None:
    body = json.dumps({"data": {"type": "exports", "attributes": {"resource_type": "skus"}}})
    export = httpx.post(f"{base_url}/exports", headers=HEADERS, content=body).json()["data"]["id"]
    assert cooked("repeat", language, base_url, tmp_path, export) == "deleted"
    assert httpx.get(f"{base_url}/exports/{export}", headers=HEADERS).status_code == 404


def test_every_recipe_is_shown_in_every_language() -> None:
    assert {file.name for file in RECIPES.iterdir() if file.is_file()} == {
        f"{name}.{ending}" for name in RECIPE_TITLES for ending in LANGUAGES
    }
    assert all(len(recipe.programs) == len(LANGUAGES) for recipe in recipes())
