"""The settings of a live endpoint, from the environment and from `.env`; the claims of its token."""

import base64
import io
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from dotenv.parser import parse_stream
from pydantic import Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from exports_conformance.client.guards import EXAMPLE, base_url_of, check_token_endpoint, is_loopback, token_endpoint_of
from exports_conformance.exchange.strict_json import Json, as_object, read_json


def claims_of(token: str) -> Mapping[str, Json]:
    """Return the claims of a token, unverified; empty if it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  header, payload, signature
        return {}
    try:
        claims = read_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))).value
    except ValueError:
        return {}
    return as_object(claims)


_PREFIX = "COMMERCELAYER_"
CLOSE = 0.85  # a slip of the pen is, and the variable of another tool is not


DOTENV = ".env"
LARGEST_DOTENV = 64 * 1024
_SECRETS = ("access_token", "client_secret")
_ADDRESSES = ("api_endpoint", "auth_endpoint")


class ConfigurationError(Exception):
    """A setting is missing or malformed; the message is one line that names it and the remedy, and holds no secret."""


class LiveSettings(BaseSettings):
    """The address of a live endpoint and the credentials for it: an access token, or a client's id and secret."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    api_endpoint: str = ""
    access_token: SecretStr = Field(default=SecretStr(""))
    client_id: str = ""
    client_secret: SecretStr = Field(default=SecretStr(""))
    scope: str = ""
    auth_endpoint: str = ""

    _from_dotenv: tuple[str, ...] = PrivateAttr(default=())
    _allow_http: bool = PrivateAttr(default=False)

    @classmethod
    def read(cls, *, allow_http: bool = False) -> Self:
        """Read the settings and check them, variable by variable; the environment wins over `.env`.

        `allow_http` allows plain http to a host that is not loopback, but no credentials of a live organisation there.

        Raises:
            ConfigurationError: a variable is missing, misspelt, malformed, or contradicts another.
        """
        try:
            exported = cls().model_fields_set
            written = {name: text for name, text in _dotenv(cls.model_fields).items() if name not in exported}
            settings = cls(**written)
        except (SettingsError, OSError, ValueError):
            raise ConfigurationError(
                f"{DOTENV} in this folder cannot be read; make it a UTF-8 file of NAME=value"
            ) from None
        settings._allow_http = allow_http
        settings._from_dotenv = tuple(f"{_PREFIX}{name.upper()}" for name in written)
        _check_names(cls.model_fields, os.environ)
        _check_sources(exported, written)
        _check_address(settings)
        _check_credentials(settings)
        _check_plain_http(settings)
        return settings

    @property
    def notice(self) -> str:
        """A line that names the variables taken from `.env`; empty if none was."""
        if not self._from_dotenv:
            return ""
        return f"{', '.join(self._from_dotenv)} read from {DOTENV} in this folder"

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        return base_url_of(self.api_endpoint, allow_http=self._allow_http)

    @property
    def token_endpoint(self) -> str:
        """The URL of the token endpoint."""
        return self.auth_endpoint or token_endpoint_of(self.base_url)


def _dotenv(fields: Collection[str]) -> Mapping[str, Any]:
    """Return the settings in `.env`, by the names of the fields, exactly as they are written there.

    Nothing is interpolated: `${AWS_SECRET_ACCESS_KEY}` in an address would send that secret to the host of the address.
    """
    file = Path(DOTENV)
    if not file.exists() or file.is_dir():  # a virtual environment may have this name
        return {}
    if not stat.S_ISREG(file.stat().st_mode):
        raise ConfigurationError(f"{DOTENV} in this folder is not a regular file; make it one, or remove it")
    if file.stat().st_size > LARGEST_DOTENV:
        raise ConfigurationError(f"{DOTENV} in this folder is larger than {LARGEST_DOTENV // 1024} kB; shorten it")
    lines = list(parse_stream(io.StringIO(file.read_text(encoding="utf-8"))))
    for line in lines:
        text = line.original.string
        if line.error and _PREFIX in text.upper():
            number = line.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            raise ConfigurationError(
                f"{DOTENV} in this folder: line {number} is not NAME=value; close its quote, if any"
            )
    values = {line.key: line.value for line in lines if line.key}
    _check_names(fields, values, where=f" in {DOTENV}")
    named = {name.upper().removeprefix(_PREFIX).lower(): value for name, value in values.items() if _is_ours(name)}
    return {name: value for name, value in named.items() if name in fields and value is not None}


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


def _check_sources(exported: Collection[str], written: Collection[str]) -> None:
    """Raise if a secret of the environment would be sent to an address that a file in this folder names."""
    for secret in _SECRETS:
        for address in _ADDRESSES:
            if secret in exported and address in written:
                raise ConfigurationError(
                    f"{_PREFIX}{address.upper()} is read from {DOTENV} in this folder, and {_PREFIX}{secret.upper()} "
                    "from the environment, whose secrets are sent only to addresses of the environment; export both, "
                    "or write both into the file"
                )


def _check_names(fields: Iterable[str], variables: Iterable[str], *, where: str = "") -> None:
    """Raise if a variable has a name that resembles one of ours."""
    known = [field.upper() for field in fields]
    for variable in sorted(variables):
        prefix, name = variable[: len(_PREFIX)].upper(), variable[len(_PREFIX) :].upper()
        if prefix != _PREFIX or name in known:
            continue
        for meant in get_close_matches(name, known, n=1, cutoff=CLOSE):
            named = f"{variable}{where}"
            raise ConfigurationError(f"{named} is not a variable of this suite; did you mean {_PREFIX}{meant}?")


def _check_address(settings: LiveSettings) -> None:
    if not settings.api_endpoint:
        raise ConfigurationError(
            f"{_PREFIX}API_ENDPOINT is not set: export it, or write it into .env in this folder, as {EXAMPLE}"
        )
    try:
        _ = settings.base_url
    except ValueError as error:
        raise ConfigurationError(f"{_PREFIX}API_ENDPOINT {error}") from None
    if settings.auth_endpoint:
        try:
            check_token_endpoint(settings.auth_endpoint)
        except ValueError as error:
            raise ConfigurationError(
                f"{_PREFIX}AUTH_ENDPOINT {error}; write the token endpoint whole, or leave it out"
            ) from None


def _check_plain_http(settings: LiveSettings) -> None:
    """Raise if credentials that could be those of a live organisation would be sent over plain http."""
    if settings.base_url.startswith("https:") or is_loopback(settings.base_url):
        return
    if settings.client_secret.get_secret_value():
        raise ConfigurationError(
            f"{_PREFIX}CLIENT_SECRET is not sent over plain http, which --allow-http allows for a mock; "
            f"set {_PREFIX}ACCESS_TOKEN to a token of the mock"
        )
    if claims_of(settings.access_token.get_secret_value()).get("test") is False:
        raise ConfigurationError(
            f"{_PREFIX}ACCESS_TOKEN is that of a live organisation, and is not sent over plain http; "
            "use https, or a token of the mock"
        )


def _check_credentials(settings: LiveSettings) -> None:
    token, secret = settings.access_token.get_secret_value(), settings.client_secret.get_secret_value()
    if token and (settings.client_id or secret):
        raise ConfigurationError(
            f"{_PREFIX}ACCESS_TOKEN and {_PREFIX}CLIENT_ID or _CLIENT_SECRET are both set; keep the token or the client"
        )
    if not token and bool(settings.client_id) is not bool(secret):
        missing, given = ("CLIENT_SECRET", "CLIENT_ID") if settings.client_id else ("CLIENT_ID", "CLIENT_SECRET")
        raise ConfigurationError(f"{_PREFIX}{missing} is not set, though {_PREFIX}{given} is; set both")
    if not token and not secret:
        raise ConfigurationError(
            f"{_PREFIX}ACCESS_TOKEN is not set: export it, or write it into .env in this folder "
            f"(or set {_PREFIX}CLIENT_ID and {_PREFIX}CLIENT_SECRET)"
        )
    for name, value in (
        ("ACCESS_TOKEN", token),
        ("CLIENT_ID", settings.client_id),
        ("CLIENT_SECRET", secret),
        ("SCOPE", settings.scope),
    ):
        if name == "SCOPE":
            value = value.replace(" ", "")  # noqa: PLW2901  scopes are separated by spaces
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ConfigurationError(
                f"{_PREFIX}{name} has a space, a line break or a non-ASCII character in it; copy it again, whole"
            )
