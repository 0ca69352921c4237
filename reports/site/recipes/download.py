"""Downloads the file of a completed export, by its id, to standard output."""

import gzip
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


# The link expires after five minutes, so fetch it again; it is signed, so send no token with it.
url = call("GET", f"/exports/{sys.argv[1]}")["data"]["attributes"]["attachment_url"]
with urlopen(url) as response:
    content = response.read()
if content[:2] == b"\x1f\x8b":
    content = gzip.decompress(content)
sys.stdout.buffer.write(content)
