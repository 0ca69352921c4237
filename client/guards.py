"""The door's refusals: what is never sent to an organisation that others share."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from exports_conformance.exchange.model import Headers

OVERRIDES = {"x-http-method-override", "x-http-method", "x-method-override"}
_SEPARATOR = re.compile(r"[/\\]")


class DoorRefused(Exception):  # noqa: N818  it names what happened, not an error of the door's
    """A request that must not leave, and why; nothing was sent."""


class AllowanceSpent(DoorRefused):
    """A creation that is not sent since as many exports were created as may be in this run."""


def check_dots(method: str, path: str) -> None:
    """Let a path pass that names no other place than it seems to, however often it is unquoted on its way.

    Raises:
        DoorRefused: a segment of it is `.` or `..`.
    """
    if not {".", ".."}.isdisjoint(_SEPARATOR.split(_plain(path))):
        raise DoorRefused(f"{method} {path}: a dot segment would make another path of it; leave it out")


def check(method: str, path: str, query: str, headers: Headers, *, owns: Callable[[str], bool], host: str) -> None:
    """Let a request pass that can harm nothing but what this run created.

    Raises:
        DoorRefused: it could change or remove something else, or reach another host.
    """
    what = f"{method} {path}"
    for name, value in headers:
        if name.lower() in OVERRIDES:
            raise DoorRefused(f"{what}: the header {name} would make another request of it; leave it out")
        if name.lower() == "host" and value.lower() != host:
            raise DoorRefused(f"{what}: the header Host names another host than the API's; leave it out")
    if any(part.startswith("_method") for part in unquote(query).replace(";", "&").split("&")):
        raise DoorRefused(f"{what}: _method in the query would make another request of it; leave it out")
    if any(_SEPARATOR.search(_plain(segment)) for segment in path.split("/")):
        raise DoorRefused(f"{what}: a slash within a segment would make another path of it; leave it out")
    if method in {"POST", "PUT", "PATCH", "DELETE"}:
        _check_writing(method, path, owns)


def _check_writing(method: str, path: str, owns: Callable[[str], bool]) -> None:
    what = f"{method} {path}"
    resource, *rest = [unquote(segment) for segment in path.split("/") if segment] or [""]
    if resource != "exports":
        raise DoorRefused(f"{what}: only exports may be written to; ask for /exports")
    if not rest and method == "DELETE":
        raise DoorRefused(f"{what}: it could remove every export there is; delete one by its id")
    if rest and not owns(rest[0]):
        raise DoorRefused(f"{what}: {rest[0]} is not in this run's ledger; only exports that it created may be changed")
    if method in {"PATCH", "DELETE"} and (len(rest) > 1 or "//" in path):
        raise DoorRefused(f"{what}: there is more in its path than exports and an id; leave it out")


def _plain(path: str) -> str:
    """Unquote a path until there is nothing left to unquote; each time it becomes shorter."""
    while (plain := unquote(path)) != path:
        path = plain
    return path
