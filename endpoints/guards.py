"""The door's refusals: what is never sent to an organisation that others share."""

from collections.abc import Callable
from urllib.parse import unquote

from exports_conformance.contract.exchange import Headers

OVERRIDES = {"x-http-method-override", "x-http-method", "x-method-override"}


class DoorRefused(Exception):  # noqa: N818  it names what happened, not an error of the door's
    """A request that must not leave, and why; nothing was sent."""


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
            raise DoorRefused(f"{what}: the header Host names another host than {host}; leave it out")
    if any(part.startswith("_method") for part in unquote(query).replace(";", "&").split("&")):
        raise DoorRefused(f"{what}: _method in the query would make another request of it; leave it out")
    if method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return
    resource, *rest = [unquote(segment) for segment in path.split("/") if segment] or [""]
    if resource != "exports":
        raise DoorRefused(f"{what}: only exports may be written to; ask for /exports")
    if not rest and method == "DELETE":
        raise DoorRefused(f"{what}: it could remove every export there is; delete one by its id")
    if rest and not owns(rest[0]):
        raise DoorRefused(f"{what}: {rest[0]} is not in this run's ledger; only exports that it created may be changed")
