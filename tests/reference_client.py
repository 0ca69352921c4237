"""An in-process client of a reference, for tests."""

import httpx

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.app import Reference

BASE_URL = "http://yourdomain.test"


def client_of(reference: Reference, base_url: str = BASE_URL) -> httpx.Client:
    """Return an in-process client with the reference's token and JSON:API headers."""
    headers = {"authorization": f"Bearer {reference.token}", "accept": JSON_API, "content-type": JSON_API}
    return httpx.Client(transport=httpx.WSGITransport(app=reference), base_url=base_url, headers=headers)


def creation(**attributes: Json) -> dict[str, Json]:
    """Return the document of a creation with these attributes."""
    return {"data": {"type": "exports", "attributes": attributes}}


def update(export_id: str, **attributes: Json) -> dict[str, Json]:
    """Return the document of an update with these attributes."""
    return {"data": {"type": "exports", "id": export_id, "attributes": attributes}}
