"""Deletes an export, and repeats that while it is locked (423) or requests are limited (429)."""

import json
import os
import sys
import time
from typing import Any
from urllib.error import HTTPError
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
        return json.loads(response.read() or b"null")


attempts = 10
for attempt in range(1, attempts + 1):
    try:
        call("DELETE", f"/exports/{sys.argv[1]}")
        break
    except HTTPError as refusal:
        if refusal.code not in {423, 429} or attempt == attempts:
            raise
        # Retry-After may be 0, which says nothing: the limits are counted over 10 and 60 seconds.
        pause = float(refusal.headers.get("Retry-After") or 0) or float(os.environ.get("POLL_SECONDS", "10"))
        time.sleep(pause)
print("deleted")
