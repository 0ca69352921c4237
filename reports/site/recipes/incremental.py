"""Exports the SKUs updated since the last time, which a file keeps; prints the id of the export, if there is one."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
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
        return json.load(response)


state = Path(sys.argv[1])
since = state.read_text().strip() if state.exists() else "2000-01-01T00:00:00Z"
now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
attributes = {"resource_type": "skus", "filters": {"updated_at_gteq": since, "updated_at_lt": now}}
try:
    print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])
except HTTPError as refusal:
    errors = json.load(refusal).get("errors", [])
    if refusal.code != 422 or not any(error.get("meta", {}).get("error") == "greater_than" for error in errors):
        raise
    print("nothing to export")
state.write_text(now)  # only now: a failure repeats the same period
