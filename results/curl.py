"""A request as a `curl` command."""

import shlex

from exports_conformance.exchange.model import Request

TOKEN_VARIABLE = "Bearer $COMMERCELAYER_ACCESS_TOKEN"  # noqa: S105  the name of a variable, not a secret


def curl(request: Request, *, body_file: str = "") -> str:
    """Return a shell command that sends a request again.

    The base URL and the token come from the variables COMMERCELAYER_API_ENDPOINT and COMMERCELAYER_ACCESS_TOKEN;
    everything else is quoted. A body is read from `body_file`.
    """
    query = f"?{request.query}" if request.query else ""
    words = ["curl -g -i -X", shlex.quote(request.method)]
    words.append(("" if request.is_elsewhere else '"$COMMERCELAYER_API_ENDPOINT"') + shlex.quote(request.path + query))
    for name, value in request.headers:
        if name.lower() in {"accept", "content-type"} or (name.lower() == "authorization" and value != TOKEN_VARIABLE):
            words.append(f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
        elif name.lower() == "authorization":
            words.append('-H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN"')
    names = {name.lower() for name, _ in request.headers}
    added = ("Accept",) if request.body is None else ("Accept", "Content-Type")  # which curl adds by itself
    words += [f"-H {shlex.quote(f'{name}:')}" for name in added if name.lower() not in names]
    if request.body is not None and body_file:
        words.append(f"--data-binary @{shlex.quote(body_file)}")
    return " ".join(words)
