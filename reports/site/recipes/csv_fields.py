"""Exports orders as CSV with some of their fields and of those of their customers; prints the id of the export."""

import json
import os
from typing import Any
from urllib.request import Request, urlopen


def call(method: str, path: str, document: object = None) -> Any:
    """Send a request to the API and return the JSON document of its response."""
    headers = {
        "Accept": "application/vnd.api+json",
        "Content-Type": "application/vnd.api+json",
        "Authorization": f"Bearer {os.environ['COMMERCELAYER_ACCESS_TOKEN']}",
    }
    body = None if document is None else json.dumps(document).encode()
    url = os.environ["COMMERCELAYER_API_ENDPOINT"] + path
    with urlopen(Request(url, body, headers, method=method)) as response:
        return json.load(response)


attributes = {
    "resource_type": "orders",
    "format": "csv",
    "includes": ["customer"],
    "fields": ["number", "placed_at", "customer_email", "customer.email"],
}
print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])
