"""A reference whose responses have five megabytes each, in a process of its own: `python -m tests.large_server`."""

import json
import sys

from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.server import serving

PADDING = json.dumps("é🧦x" * 700_000, ensure_ascii=False).encode()  # of which Python needs 8 MB
TOKEN = "large-token"
GENEROUS = {"X-Ratelimit-Limit": "100000", "X-Ratelimit-Interval": "1", "X-Ratelimit-Remaining": "99999"}


def padded(asked: ServerRequest, respond: Respond) -> ServerResponse:
    """Add five megabytes to every document."""
    response = respond(asked)
    for name, value in GENEROUS.items():
        response = response.with_header(name, value)
    if not isinstance(response.document, dict):
        return response
    meta = {**response.document.get("meta", {}), "padding": "@"}
    body = json.dumps({**response.document, "meta": meta}).encode().replace(b'"@"', PADDING)
    return ServerResponse(response.status, response.headers, raw=body)


if __name__ == "__main__":
    with serving(Reference(token=TOKEN, middlewares=[padded], time_scale=1000)) as origin:
        print(f"{origin}/api", flush=True)  # noqa: T201  for the process that started it
        sys.stdin.read()
