"""Exports all SKUs in parts of at most MAX_RECORDS records, in the order of their ids; prints the id of each export."""

import json
import os
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
after: dict[str, str] = {}
left = most + 1
while left > most:
    # One record to a page: page number `most` has the last record of the part.
    query = {"sort": "id", "page[size]": 1, "page[number]": most}
    page = call("GET", "/skus?" + urlencode(query | {f"filter[q][{name}]": value for name, value in after.items()}))
    left = page["meta"]["record_count"]
    last = page["data"][0]["id"] if page["data"] else ""
    if left:
        attributes = {"resource_type": "skus", "filters": after | ({"id_lteq": last} if left > most else {})}
        print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])
    after = {"id_gt": last}
