"""Links: absolute URLs that lead to a resource of this API; their host is free."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from exports_conformance.contract.shapes import url_path
from exports_conformance.exchange.jsonapi import as_object
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.engine import Finding


def resource_path(exchange: Exchange) -> str:
    """Return the path of the export that a response shows, below the API's base URL."""
    return f"/exports/{exchange.data.get('id')}"


def leads_elsewhere(exchange: Exchange, links: Json, name: str, path: str, at: str) -> Iterator[Finding]:
    """Find a link that does not lead to a path below the API's base URL; `at` points at the links."""
    expected = urlsplit(exchange.base_url).path.rstrip("/") + path
    link = as_object(links).get(name)
    if url_path(link) != expected:
        yield Finding(f"an absolute URL with the path {expected}", one_line(link), f"{at}/{name}")
