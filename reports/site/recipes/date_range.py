"""Exports the orders placed from the first moment up to, but not including, the second; prints the id of the export."""

import json
import os
import sys
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


start, end = sys.argv[1:3]  # such as 2026-03-01T00:00:00Z and 2026-04-01T00:00:00Z
attributes = {"resource_type": "orders", "filters": {"placed_at_gteq": start, "placed_at_lt": end}}
print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])
