"""An outside server: the reference behind one middleware with a fault that somebody reported of another service."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import getdoc
from urllib.parse import parse_qsl, urlencode

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse, serialised
from tests.mutants.mutant import COLLECTION, is_creation, sent

FAMILIES: Mapping[int, str] = {
    1: "filters and lists",
    2: "files",
    3: "metadata and texts",
    4: "changes and deletions",
    5: "tokens",
    6: "negotiation and parsing",
    7: "one story across responses",
    8: "combinations",
    9: "rate and luck",
}
"""The kinds of faults, by their number."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A server with a reported fault: `source` is the repository and the number of the issue or pull request.

    `missed` is why quick may report no broken promise of it; empty for one that it must report.
    """

    name: str
    family: int
    source: str
    summary: str
    middleware: Middleware
    missed: str = ""

    @property
    def url(self) -> str:
        """The address of the report; GitHub redirects from an issue to a pull request."""
        repository, _, number = self.source.partition("#")
        return f"https://github.com/{repository}/issues/{number}"


OUTSIDE: dict[str, Outside] = {}


def reported(
    source: str, *, family: int, name: str = "", summary: str = "", missed: str = ""
) -> Callable[[Middleware], Middleware]:
    """Register a middleware as the server with the fault of a report; its docstring, or `summary`, describes it."""

    def register(middleware: Middleware) -> Middleware:
        called = name or middleware.__name__.replace("_", "-")
        assert called not in OUTSIDE, f"two outside servers are called {called}"
        assert family in FAMILIES
        OUTSIDE[called] = Outside(called, family, source, summary or getdoc(middleware) or "", middleware, missed)
        return middleware

    return register


Attributes = dict[str, Json]
Pairs = list[tuple[str, str]]

_SHOWN: dict[str, Attributes] = {}  # the attributes that each export, of whatever server, shows instead of its own


def creating(change: Callable[[Attributes, ServerRequest, Respond], Attributes]) -> Middleware:
    """Create an export with other attributes than were sent, and show those that were sent."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        asked = sent(request) if is_creation(request) else {}
        made = change(asked, request, respond) if asked else asked
        if made == asked:
            return restored(respond(request))
        response = respond(request.edited(lambda document: document["data"].update(attributes=made)))
        if response.status == 201:
            others = {name: value for name, value in asked.items() if made.get(name) != value}
            _SHOWN[response.document["data"]["id"]] = others
        return restored(response)

    return middleware


def shows_instead(export_id: str, attributes: Attributes) -> None:
    """Let an export show other attributes in every response that `restored` sees."""
    _SHOWN[export_id] = {**_SHOWN.get(export_id, {}), **attributes}


def restored(response: ServerResponse) -> ServerResponse:
    """Return a response whose exports show what they should instead of what they have."""
    if not isinstance(response.document, dict):
        return response
    return response.edited(_restore)


def _restore(document: Json) -> None:
    for each in resources_of(document):
        shown, attributes = _SHOWN.get(each["id"], {}), each["attributes"]
        attributes.update({name: value for name, value in shown.items() if name in attributes})


def remove(export_id: str, request: ServerRequest, respond: Respond) -> None:
    """Interrupt and delete an export behind the middleware, by the headers of a request."""
    path = f"{COLLECTION}/{export_id}"
    stop = {"data": {"type": "exports", "id": export_id, "attributes": {"_interrupt": True}}}
    respond(replace(request, method="PATCH", path=path, body=serialised(stop)))
    respond(replace(request, method="DELETE", path=path, body=b""))


def resources_of(document: Json) -> list[dict[str, Json]]:
    """Return the resources with attributes in a document's primary data."""
    data = document.get("data") if isinstance(document, dict) else None
    found = data if isinstance(data, list) else [data]
    return [each for each in found if isinstance(each, dict) and isinstance(each.get("attributes"), dict)]


def is_list(request: ServerRequest) -> bool:
    """The request is for the list of exports."""
    return request.method == "GET" and request.path == COLLECTION


def is_about_one(request: ServerRequest, method: str) -> bool:
    """The request is about one export, not about what is related to it."""
    return request.method == method and request.path.startswith(f"{COLLECTION}/") and request.path.count("/") == 3


def listing(change: Callable[[Pairs], Pairs]) -> Middleware:
    """Answer a request for the list of exports as if its query were another."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if not is_list(request):
            return respond(request)
        asked = parse_qsl(request.query, keep_blank_values=True)
        made = change(asked)
        return respond(request if made == asked else replace(request, query=urlencode(made)))

    return middleware


def on_successes(
    applies: Callable[[ServerRequest], bool], edit: Callable[[Json, ServerRequest, Respond], None]
) -> Middleware:
    """Edit the document of every success to the requests that it applies to."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not applies(request) or response.status not in {200, 201} or response.document is None:
            return response
        return response.edited(lambda document: edit(document, request, respond))

    return middleware


def on_files(form: str, change: Callable[[bytes], bytes], *, packed: bool = False) -> Middleware:
    """Serve the files of a format (".json", ".csv", or "" for both) changed: unpacked, or as they are `packed`."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not request.path.startswith("/files/") or response.status != 200 or form not in request.path:
            return response
        if packed:
            return replace(response, raw=change(response.body))
        return replace(response, raw=gzip.compress(change(gzip.decompress(response.body)), compresslevel=1))

    return middleware
