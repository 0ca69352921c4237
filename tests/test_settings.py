"""The settings of a live endpoint: what is missing or malformed is said in one line, without a secret."""

from pathlib import Path

import pytest

from exports_conformance.client.guards import base_url_of, is_loopback, token_endpoint_of
from exports_conformance.client.settings import ConfigurationError, LiveSettings

GOOD = {"API_ENDPOINT": "https://shop.commercelayer.io/api", "ACCESS_TOKEN": "canary-token-1"}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ignore the environment and the folder that the tests run in."""
    for name in ("API_ENDPOINT", "ACCESS_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "SCOPE", "AUTH_ENDPOINT"):
        monkeypatch.delenv(f"COMMERCELAYER_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"COMMERCELAYER_{name}", value)


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.commercelayer.io/api",
        "https://shop.commercelayer.io/api/",
        "https://shop.commercelayer.io/api//",
        "https://SHOP.commercelayer.io/api",
    ],
)
def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Base URL and token are read, slashes at the end apart."""
    _set(monkeypatch, GOOD | {"API_ENDPOINT": address})
    settings = LiveSettings.read()
    assert settings.base_url == "https://shop.commercelayer.io/api"
    assert settings.access_token.get_secret_value() == "canary-token-1"
    assert "canary" not in repr(settings)


def test_settings_come_from_a_dotenv_file(tmp_path: Path) -> None:
    """`.env` of the working directory is read, and may have names of others in it."""
    lines = [f"COMMERCELAYER_{name}={value}" for name, value in GOOD.items()] + ["OTHER=1", "COMMERCELAYER_OTHER=2"]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert LiveSettings.read().base_url == GOOD["API_ENDPOINT"]


def test_the_environment_is_before_the_dotenv_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is exported counts where both say something."""
    (tmp_path / ".env").write_text("COMMERCELAYER_ACCESS_TOKEN=canary-old\n")
    _set(monkeypatch, GOOD)
    assert LiveSettings.read().access_token.get_secret_value() == GOOD["ACCESS_TOKEN"]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"API_ENDPOINT": ""}, "COMMERCELAYER_API_ENDPOINT is not set"),
        ({"ACCESS_TOKEN": ""}, "COMMERCELAYER_ACCESS_TOKEN is not set"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io"}, "has no /api at its end"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io/api/exports"}, "has no /api at its end"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io//api"}, "a slash or a dot too many"),
        ({"API_ENDPOINT": "http://shop.commercelayer.io/api"}, "write https"),
        ({"API_ENDPOINT": "http://127.0.0.1.commercelayer.io/api"}, "write https"),
        ({"API_ENDPOINT": "https://me:canary@shop.commercelayer.io/api"}, "user or password"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io/api?access_token=canary"}, "query or fragment"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io/api?"}, "query or fragment"),
        ({"API_ENDPOINT": "shop.commercelayer.io/api"}, "is not a URL"),
        ({"API_ENDPOINT": "https:///api"}, "is not a URL"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io:http/api"}, "is not a URL"),
        ({"API_ENDPOINT": "https://[shop/api"}, "is not a URL"),
        ({"API_ENDPOINT": "https://shop.commercelayer.io /api"}, "has a space"),
        ({"API_ENDPOINT": "https://shöp.commercelayer.io/api"}, "a character that no URL has"),
        ({"ACCESS_TOKEN": "canary token"}, "COMMERCELAYER_ACCESS_TOKEN has a space"),
        ({"ACCESS_TOKEN": "canary-token\n"}, "a line break"),
        ({"ACCESS_TOKEN": "canary-tökén"}, "a non-ASCII character"),
        ({"CLIENT_ID": "canary-id", "CLIENT_SECRET": "canary-secret"}, "keep the token or the client"),
        ({"ACCESS_TOKEN": "", "CLIENT_ID": "canary-id"}, "COMMERCELAYER_CLIENT_SECRET is not set"),
        ({"ACCESS_TOKEN": "", "CLIENT_SECRET": "canary-secret"}, "COMMERCELAYER_CLIENT_ID is not set"),
        ({"ACCESS_TOKEN": "", "CLIENT_ID": "i", "CLIENT_SECRET": "canary 1"}, "CLIENT_SECRET has a space"),
        ({"ACCESS_TOKEN": "", "CLIENT_ID": "canary 1", "CLIENT_SECRET": "s"}, "CLIENT_ID has a space"),
        ({"ACCESS_TOKEN": "Bearer canary"}, "COMMERCELAYER_ACCESS_TOKEN has a space"),
        ({"CLIENT_ID": "canary-id"}, "keep the token or the client"),
        ({"CLIENT_SECRET": "canary-secret"}, "keep the token or the client"),
        ({"SCOPE": "market:canary\nstore:canary"}, "COMMERCELAYER_SCOPE has a space, a line break"),
        ({"AUTH_ENDPOINT": "http://auth.commercelayer.io/oauth/token"}, "COMMERCELAYER_AUTH_ENDPOINT is not an https"),
        ({"AUTH_ENDPOINT": "auth.commercelayer.io/oauth/token"}, "COMMERCELAYER_AUTH_ENDPOINT is not an https URL"),
        ({"AUTH_ENDPOINT": "https:///oauth/token"}, "COMMERCELAYER_AUTH_ENDPOINT is not an https URL"),
        ({"AUTH_ENDPOINT": "http://[canary/oauth/token"}, "COMMERCELAYER_AUTH_ENDPOINT is not a URL"),
        ({"AUTH_ENDPOINT": "https://auth.io/ canary"}, "COMMERCELAYER_AUTH_ENDPOINT has a space"),
        ({"AUTH_ENDPOINT": "https://me:canary@auth.io/token"}, "COMMERCELAYER_AUTH_ENDPOINT has a user or password"),
    ],
)
def test_bad_settings_are_one_line(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str) -> None:
    """What is missing, malformed or contradictory is named, and no value of it is shown."""
    _set(monkeypatch, GOOD | variables)
    with pytest.raises(ConfigurationError) as raised:
        LiveSettings.read()
    message = str(raised.value)
    assert says in message
    assert "COMMERCELAYER_" in message
    assert "canary" not in message
    assert "\n" not in message
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("COMMERCELAYER_API_ENDPIONT", "API_ENDPOINT"),
        ("COMMERCELAYER_ACESS_TOKEN", "ACCESS_TOKEN"),
        ("COMMERCELAYER_CLIENTID", "CLIENT_ID"),
        ("COMMERCELAYER_CLIENT_SECERT", "CLIENT_SECRET"),
        ("COMMERCELAYER_SCOPES", "SCOPE"),
        ("commercelayer_api_endpiont", "API_ENDPOINT"),
    ],
)
@pytest.mark.parametrize("others", [{}, GOOD])
def test_a_misspelt_variable_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str, others: dict[str, str]
) -> None:
    """It is said before what is missing because of it."""
    _set(monkeypatch, others)
    monkeypatch.setenv(name, "canary")
    with pytest.raises(ConfigurationError) as raised:
        LiveSettings.read()
    assert str(raised.value) == f"{name} is not a variable of this suite; did you mean COMMERCELAYER_{meant}?"


@pytest.mark.parametrize("name", ["ORGANIZATION", "DOMAIN", "MARKET_ID", "BASE_ENDPOINT", "WEBHOOK_SECRET", ""])
def test_variables_of_others_are_theirs(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The prefix belongs to the vendor's other tools, too."""
    _set(monkeypatch, GOOD | {name: "x"})
    assert LiveSettings.read().base_url == GOOD["API_ENDPOINT"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('\nCOMMERCELAYER_API_ENDPOINT="https://x.commercelayer.io/api\n', "line 2 is not NAME=value"),
        ("COMMERCELAYER_ACCESS_TOKEN='canary\n", "line 1 is not NAME=value; close its quote"),
        ("COMMERCELAYER_API_ENDPIONT=canary\n", "COMMERCELAYER_API_ENDPIONT in .env is not a variable"),
    ],
)
def test_fault_in_dotenv_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / ".env").write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        LiveSettings.read()
    assert says in str(raised.value)
    assert "canary" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_fault_in_a_line_of_others_is_theirs(tmp_path: Path) -> None:
    lines = [f"COMMERCELAYER_{name}={value}" for name, value in GOOD.items()]
    (tmp_path / ".env").write_text("\n".join(['OTHER="open', "no assignment at all", *lines]))
    assert LiveSettings.read().base_url == GOOD["API_ENDPOINT"]


def test_unreadable_dotenv_is_one_line(tmp_path: Path) -> None:
    """A `.env` that is not text is refused as such."""
    (tmp_path / ".env").write_bytes(b"COMMERCELAYER_ACCESS_TOKEN=\xff\xfe\x00canary")
    with pytest.raises(ConfigurationError, match=r"^\.env in this folder cannot be read"):
        LiveSettings.read()


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080/api", True),
        ("http://localhost/api", True),
        ("http://127.9.9.9/api", True),
        ("http://[::1]:80/api", True),
        ("https://127.0.0.1.nip.io/api", False),
        ("https://localhost.commercelayer.io/api", False),
        ("http://192.168.0.1/api", False),
        ("http://0.0.0.0/api", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, loopback: bool) -> None:  # noqa: FBT001  pytest's parameter
    """A name that looks like loopback is not."""
    assert is_loopback(url) is loopback


def test_http_is_good_enough_on_loopback() -> None:
    """A server of one's own needs no certificate."""
    assert base_url_of("http://127.0.0.1:8080/api/") == "http://127.0.0.1:8080/api"


def test_token_endpoint_belongs_to_the_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is that of the base domain, of the server itself on loopback, or the one that is set."""
    assert token_endpoint_of("https://shop.commercelayer.co/api") == "https://auth.commercelayer.co/oauth/token"
    assert token_endpoint_of("http://127.0.0.1:8080/api") == "http://127.0.0.1:8080/oauth/token"
    _set(monkeypatch, GOOD | {"AUTH_ENDPOINT": "https://login.example.com/token"})
    assert LiveSettings.read().token_endpoint == "https://login.example.com/token"
