"""The settings of a live endpoint, read from the environment and from `.env` in the working directory."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from exports_conformance.client.addresses import EXAMPLE, base_url_of, check_token_endpoint, token_endpoint_of

_PREFIX = "COMMERCELAYER_"
CLOSE = 0.85  # a slip of the pen is, and the variable of another tool is not


class ConfigurationError(Exception):
    """What is missing or malformed, where, and what to do about it, in one line and without any secret."""


class LiveSettings(BaseSettings):
    """Where a live endpoint is, and by which credentials it is asked: an access token, or a client's."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    api_endpoint: str = ""
    access_token: SecretStr = Field(default=SecretStr(""))
    client_id: str = ""
    client_secret: SecretStr = Field(default=SecretStr(""))
    scope: str = ""
    auth_endpoint: str = ""

    @classmethod
    def read(cls) -> Self:
        """Read the settings and check them, variable by variable.

        Raises:
            ConfigurationError: a variable is missing, misspelt, malformed, or contradicts another.
        """
        try:
            settings = cls()
        except (SettingsError, OSError, ValueError):
            raise ConfigurationError(".env in this folder cannot be read; make it a UTF-8 file of NAME=value") from None
        _check_names(cls.model_fields)
        _check_address(settings)
        _check_credentials(settings)
        return settings

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        return base_url_of(self.api_endpoint)

    @property
    def token_endpoint(self) -> str:
        """Where access tokens are asked for."""
        return self.auth_endpoint or token_endpoint_of(self.base_url)


def _check_names(fields: Iterable[str]) -> None:
    known = [field.upper() for field in fields]
    for variable in sorted(os.environ):
        prefix, name = variable[: len(_PREFIX)].upper(), variable[len(_PREFIX) :].upper()
        if prefix != _PREFIX or name in known:
            continue
        for meant in get_close_matches(name, known, n=1, cutoff=CLOSE):
            raise ConfigurationError(f"{variable} is not a variable of this suite; did you mean {_PREFIX}{meant}?")


def _check_address(settings: LiveSettings) -> None:
    if not settings.api_endpoint:
        raise ConfigurationError(
            f"{_PREFIX}API_ENDPOINT is not set: export it, or write it into .env in this folder, as {EXAMPLE}"
        )
    try:
        base_url_of(settings.api_endpoint)
    except ValueError as error:
        raise ConfigurationError(f"{_PREFIX}API_ENDPOINT {error}") from None
    if settings.auth_endpoint:
        try:
            check_token_endpoint(settings.auth_endpoint)
        except ValueError as error:
            raise ConfigurationError(
                f"{_PREFIX}AUTH_ENDPOINT {error}; write the token endpoint whole, or leave it out"
            ) from None


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
