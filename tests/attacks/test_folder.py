"""The folder that a run is started in, and the variables of its environment, give no secret away and run no code."""

import os
from pathlib import Path

import pytest

from exports_conformance.cli.main import main
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from tests.attacks.organisation import BASE_URL, TOKEN, Open

NAMES = ("API_ENDPOINT", "ACCESS_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "SCOPE", "AUTH_ENDPOINT")
ADDRESS = "COMMERCELAYER_API_ENDPOINT=https://canary.example/api\n"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of somebody else's, and an environment without variables of ours."""
    for name in NAMES:
        monkeypatch.delenv(f"COMMERCELAYER_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_is_interpolated_in_dotenv(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of another tool cannot be made a part of an address."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    text = "COMMERCELAYER_API_ENDPOINT=https://${AWS_SECRET_ACCESS_KEY}.example/api\n"
    (folder / ".env").write_text(f"{text}COMMERCELAYER_ACCESS_TOKEN=${{AWS_SECRET_ACCESS_KEY}}-token\n")
    settings = LiveSettings.read()
    assert "canary" not in settings.api_endpoint + settings.access_token.get_secret_value()


@pytest.mark.parametrize(
    ("exported", "written"),
    [
        ({"ACCESS_TOKEN": "canary-token"}, ADDRESS),
        ({"CLIENT_ID": "id", "CLIENT_SECRET": "canary-secret"}, ADDRESS),
        (
            {"API_ENDPOINT": BASE_URL, "CLIENT_ID": "id", "CLIENT_SECRET": "canary-secret"},
            "COMMERCELAYER_AUTH_ENDPOINT=https://evil.example/oauth/token\n",
        ),
    ],
)
def test_secret_of_the_environment_is_not_sent_to_an_address_of_a_file(
    exported: dict[str, str], written: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in exported.items():
        monkeypatch.setenv(f"COMMERCELAYER_{name}", value)
    (folder / ".env").write_text(written)
    with pytest.raises(ConfigurationError, match=r"read from \.env in this folder") as raised:
        LiveSettings.read()
    assert "canary" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("exported", "written"),
    [
        ({}, f"{ADDRESS}COMMERCELAYER_ACCESS_TOKEN=a-token\n"),
        ({"API_ENDPOINT": BASE_URL}, f"{ADDRESS}COMMERCELAYER_ACCESS_TOKEN=a-token\n"),
        ({"API_ENDPOINT": BASE_URL, "ACCESS_TOKEN": "a-token"}, ADDRESS),
    ],
)
def test_other_sources_may_be_mixed(
    exported: dict[str, str], written: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret of the file goes where the environment says, and the environment wins."""
    for name, value in exported.items():
        monkeypatch.setenv(f"COMMERCELAYER_{name}", value)
    (folder / ".env").write_text(written)
    settings = LiveSettings.read()
    assert settings.base_url == exported.get("API_ENDPOINT", "https://canary.example/api")
    assert ("ACCESS_TOKEN" in settings.notice) is ("ACCESS_TOKEN" not in exported)


def test_reading_dotenv_is_reported(shared: Open, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each command that uses `.env` names its variables once, and shows none of their values."""
    organisation = shared()
    env = {name: value for name, value in organisation.env.items() if not name.startswith("COMMERCELAYER_")}
    organisation.env = env
    (folder / ".env").write_text(f"COMMERCELAYER_API_ENDPOINT={BASE_URL}\nCOMMERCELAYER_ACCESS_TOKEN={TOKEN}\n")
    said = "COMMERCELAYER_API_ENDPOINT, COMMERCELAYER_ACCESS_TOKEN read from .env in this folder"
    for words in (["check"], ["clean"], ["--endpoint", "live", "-q", "--hypothesis-profile", "smoke"]):
        assert organisation.command(*words) == 0
        output = "".join(capfd.readouterr())
        assert output.count(said) == 1, words
        assert TOKEN not in output


def test_dotenv_that_is_no_file_is_one_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A fifo is not waited for, and a file without end not read."""
    os.mkfifo(folder / ".env")
    for words in (["check"], ["clean"], ["--endpoint", "live", "-q"]):
        assert main(words) == 4
        (line,) = [each for each in "".join(capfd.readouterr()).splitlines() if each]
        assert ".env in this folder is not a regular file" in line
    (folder / ".env").unlink()
    (folder / ".env").write_bytes(b"A" * 100_000)
    assert main(["check"]) == 4
    assert "larger than 64 kB" in capfd.readouterr().err
    (folder / ".env").unlink()
    (folder / ".env").mkdir()
    assert main(["check"]) == 4
    assert "API_ENDPOINT is not set" in capfd.readouterr().err


def test_conftest_of_a_foreign_folder_is_not_run(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither a run nor a plan executes a `conftest.py` of the current folder, or reads other files of pytest's."""
    code = f"from pathlib import Path\nPath({str(folder / 'canary')!r}).touch()\n"
    for place in (folder, folder / "tests", folder / "suites"):
        place.mkdir(exist_ok=True)
        (place / "conftest.py").write_text(code)
        (place / "test_foreign.py").write_text(code)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p conftest\npythonpath = .\n")
    assert main(["-q", "--hypothesis-profile", "smoke"]) == 0
    assert main(["plan", "--hypothesis-profile", "smoke"]) == 0
    assert not (folder / "canary").exists()
    assert "test_foreign.py" not in "".join(capfd.readouterr())
