"""Exports the SKUs with the given code, and treats “nothing to export” as a result, not an error."""

import json
import os
import sys
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


attributes = {"resource_type": "skus", "filters": {"code_eq": sys.argv[1]}}
try:
    print(call("POST", "/exports", {"data": {"type": "exports", "attributes": attributes}})["data"]["id"])
except HTTPError as refusal:
    errors = json.load(refusal).get("errors", [])
    if refusal.code != 422 or not any(error.get("meta", {}).get("error") == "greater_than" for error in errors):
        raise
    print("nothing to export")
