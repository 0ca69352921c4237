"""Waits for an export to finish, by its id; prints its status, and fails unless it is completed."""

import json
import os
import sys
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


while True:
    status = call("GET", f"/exports/{sys.argv[1]}?fields[exports]=status")["data"]["attributes"]["status"]
    if status not in {"pending", "in_progress"}:
        break
    time.sleep(float(os.environ.get("POLL_SECONDS", "2")))
print(status)
sys.exit(status != "completed")
