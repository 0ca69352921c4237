"""Exports the SKUs created since a day in parts of at most MAX_RECORDS records; prints the id of each export."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
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


most = int(os.environ.get("MAX_RECORDS", "5000"))


def create(start: datetime, end: datetime) -> None:
    """Export what was created from `start` up to `end`, in two halves if that is too much."""
    filters = {"created_at_gteq": start.isoformat(), "created_at_lt": end.isoformat()}
    query = urlencode({f"filter[q][{name}]": value for name, value in filters.items()} | {"page[size]": 1})
    number = call("GET", f"/skus?{query}")["meta"]["record_count"]
    middle = start + (end - start) / 2
    if number > most and middle - start > timedelta(seconds=1):
        create(start, middle)
        create(middle, end)
    elif number:
        attributes = {"resource_type": "skus", "filters": filters}
        print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])


create(datetime.fromisoformat(sys.argv[1] + "T00:00:00+00:00"), datetime.now(UTC) + timedelta(days=1))
