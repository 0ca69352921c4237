"""Guards: requests that must not be sent to an organisation that others share."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from exports_conformance.exchange.model import Headers

OVERRIDES = {"x-http-method-override", "x-http-method", "x-method-override"}
_SEPARATOR = re.compile(r"[/\\]")


class RequestBlockedError(Exception):
    """A request that was not sent, and why, in one line."""


class NotOursError(RequestBlockedError):
    """A change of an export that this run is not shown to have created."""


class ExportLimitError(RequestBlockedError):
    """A request that was not sent because it would exceed a limit of the run."""


def check_dot_segments(method: str, path: str) -> None:
    """Let a path pass if no proxy can read another path in it, however often it unquotes it.

    Raises:
        RequestBlockedError: one of its segments is `.` or `..`.
    """
    if not {".", ".."}.isdisjoint(_SEPARATOR.split(_plain(path))):
        raise RequestBlockedError(f"{method} {path}: a dot segment would change the path; remove it")


def check_request(
    method: str, path: str, query: str, headers: Headers, *, owns: Callable[[str], bool], host: str
) -> None:
    """Let a request pass if it can change nothing but exports that this run `owns`.

    Raises:
        RequestBlockedError: it could change or remove something else, or reach another host.
    """
    what = f"{method} {path}"
    for name, value in headers:
        if name.lower() in OVERRIDES:
            raise RequestBlockedError(f"{what}: the header {name} would change the method; remove it")
        if name.lower() == "host" and value.lower() != host:
            raise RequestBlockedError(f"{what}: the header Host names another host than the API's; remove it")
    if any(part.startswith("_method") for part in unquote(query).replace(";", "&").split("&")):
        raise RequestBlockedError(f"{what}: _method in the query would change the method; remove it")
    if any(_SEPARATOR.search(_plain(segment)) for segment in path.split("/")):
        raise RequestBlockedError(f"{what}: a slash within a segment would change the path; remove it")
    if method in {"POST", "PUT", "PATCH", "DELETE"}:
        _check_writing(method, path, owns)


def _check_writing(method: str, path: str, owns: Callable[[str], bool]) -> None:
    what = f"{method} {path}"
    resource, *rest = [unquote(segment) for segment in path.split("/") if segment] or [""]
    if resource != "exports":
        raise RequestBlockedError(f"{what}: only exports may be written to; use /exports")
    if not rest and method == "DELETE":
        raise RequestBlockedError(f"{what}: could remove every export of the organisation; delete one by its id")
    if rest and not owns(rest[0]):
        raise RequestBlockedError(
            f"{what}: {rest[0]} is not known to be an export of this run; only its own exports may be changed"
        )
    if method in {"PATCH", "DELETE"} and (len(rest) > 1 or "//" in path):
        raise RequestBlockedError(f"{what}: the path has more than exports and an id; remove the rest")


def _plain(path: str) -> str:
    """Unquote a path until there is nothing left to unquote; each time it becomes shorter."""
    while (plain := unquote(path)) != path:
        path = plain
    return path
