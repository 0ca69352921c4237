"""Creates an export as soon as fewer than ten are pending or in progress, the limit of an organisation."""

import json
import os
import time
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


RUNNING = "/exports?filter[q][status_in]=pending,in_progress&page[size]=1"

while call("GET", RUNNING)["meta"]["record_count"] >= 10:
    time.sleep(float(os.environ.get("POLL_SECONDS", "2")))
attributes = {"resource_type": "orders", "format": "csv"}
print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])
