"""A request as a command that repeats it."""

import shlex

from exports_conformance.exchange.model import Request

VERBATIM = "Bearer $COMMERCELAYER_ACCESS_TOKEN"


def curl(request: Request, *, body_file: str = "") -> str:
    """Give a shell command that sends a request again.

    The base URL and the token are those of the environment's COMMERCELAYER_API_ENDPOINT and
    COMMERCELAYER_ACCESS_TOKEN; everything else is quoted. A body is read from `body_file`.
    """
    query = f"?{request.query}" if request.query else ""
    words = ["curl -g -i -X", shlex.quote(request.method)]
    words.append(("" if request.is_elsewhere else '"$COMMERCELAYER_API_ENDPOINT"') + shlex.quote(request.path + query))
    for name, value in request.headers:
        if name.lower() in {"accept", "content-type"} or (name.lower() == "authorization" and value != VERBATIM):
            words.append(f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
        elif name.lower() == "authorization":
            words.append('-H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN"')
    names = {name.lower() for name, _ in request.headers}
    added = ("Accept",) if request.body is None else ("Accept", "Content-Type")  # which curl adds unasked
    words += [f"-H {shlex.quote(f'{name}:')}" for name in added if name.lower() not in names]
    if request.body is not None and body_file:
        words.append(f"--data-binary @{shlex.quote(body_file)}")
    return " ".join(words)
