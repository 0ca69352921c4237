"""The wheel is the product, whole and alone: installed elsewhere it does the same.

Decision: docs/decisions/0002-no-package-at-the-root.md.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {
    *("cli", "client", "contract", "exchange", "reference", "reports"),
    *("results", "rules", "run", "strategies", "suites", "upgrade"),
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from what git would give to anyone."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)  # noqa: S607  git of the PATH
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*build, str(source)], check=True)  # noqa: S603  our own package
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_every_module_and_no_test(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {"exports_conformance"}
    held = {name.removeprefix("exports_conformance/") for name in names}
    assert {name.split("/")[0] for name in held} == FOLDERS
    wanted = {".py", ".toml", ".yaml", ".json", ".jinja", ".css", ".js", ".mjs", ".sh", ".ini"}
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.suffix in wanted]
    assert held == {str(file.relative_to(ROOT)) for file in files if "latest" not in file.parts}


def test_installed_wheel_conforms_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True)  # noqa: S603  our own package
    # coverage would measure the copy beside the original
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    where = subprocess.check_output(
        [sys.executable, "-c", "import exports_conformance.suites as s; print(s.__file__)"],
        env={**env, "PYTHONPATH": str(site)},
        cwd=elsewhere,
        text=True,
    )
    assert where.startswith(str(site))
    run = subprocess.run(  # noqa: S603  our own script
        [sys.executable, str(site / "bin" / "exports-conformance"), "-q"],
        env={**env, "PYTHONPATH": str(site)},
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    report = elsewhere / "reports" / "latest"
    result = json.loads((report / "result.json").read_text())
    assert (result["verdict"], result["errors"]) == ("conforms", [])
    assert result["counts"]["exchanges"] <= 250
    assert result["counts"]["left"] == result["counts"]["duplicates"] == 0
    assert (report / "index.html").stat().st_size > 10_000


def test_image_has_the_locked_versions_of_what_a_run_needs() -> None:
    whole, image = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-runtime.lock")
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {each.partition("==")[0].partition("[")[0] for each in image}
    dependencies, tools = (
        {re.split(r"[\[<>=;]", each)[0] for each in part}
        for part in (project["dependencies"], project["optional-dependencies"]["dev"])
    )
    assert image < whole
    assert dependencies <= names
    assert names & tools == set()
    assert "requirements-runtime.lock" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
