"""Servers at which exports do not live as they should, beside the mutants that lose, double or keep them."""

import gzip
import json
from dataclasses import replace
from urllib.parse import unquote

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Ask, Middleware, Respond, Response
from exports_conformance.reference.export import RUNNING
from exports_conformance.reference.query import pairs
from exports_conformance.reference.responses import serialised
from tests.mutants.mutant import COLLECTION


def _is_one(ask: Ask) -> bool:
    return ask.path.startswith(f"{COLLECTION}/")


def _shown(ask: Ask, respond: Respond) -> Response:
    """Give the export that a request is about as it is shown before."""
    return respond(replace(ask, method="GET", body=b""))


def _status(response: Response) -> str:
    return str(response.document["data"]["attributes"]["status"]) if response.status == 200 else ""


def ignoring(trigger: str, *, of: frozenset[str]) -> Middleware:
    """Answer an update by a trigger with the export as it is, where it may be pulled: in these states."""

    def middleware(ask: Ask, respond: Respond) -> Response:
        if ask.method != "PATCH" or trigger.encode() not in ask.body:
            return respond(ask)
        before = _shown(ask, respond)
        return before if _status(before) in of else respond(ask)

    return middleware


ignoring_interruptions = ignoring("_interrupt", of=RUNNING)
ignoring_starts = ignoring("_start", of=frozenset({"interrupted"}))


def keeping(ask: Ask, respond: Respond) -> Response:
    """Say of an export that does not run that it was deleted, and keep it."""
    if ask.method != "DELETE":
        return respond(ask)
    before = _shown(ask, respond)
    runs = _status(before) in RUNNING
    return respond(ask) if runs or before.status != 200 else replace(before, status=204, document=None)


def going_back() -> Middleware:
    """Show an export as pending again, once it has been shown as completed."""
    completed: set[str] = set()

    def middleware(ask: Ask, respond: Respond) -> Response:
        response = respond(ask)
        if ask.method != "GET" or not _is_one(ask) or response.status != 200:
            return response
        again = ask.path in completed
        if response.document["data"]["attributes"].get("status") == "completed":
            completed.add(ask.path)

        def edit(document: Json) -> None:
            nothing = dict.fromkeys(("started_at", "completed_at", "attachment_url"))
            document["data"]["attributes"].update(nothing, status="pending")

        return response.edited(edit) if again else response

    return middleware


def never_completing(ask: Ask, respond: Respond) -> Response:
    """Show every completed export as one that is in progress."""
    response = respond(ask)

    def edit(document: Json) -> None:
        if document["data"]["attributes"].get("status") == "completed":
            document["data"]["attributes"].update(status="in_progress", completed_at=None, attachment_url=None)

    return response.edited(edit) if _is_one(ask) and ask.method == "GET" and response.status == 200 else response


def cutting_files_short(ask: Ask, respond: Respond) -> Response:
    """Give a JSON file without its last record."""
    response = respond(ask)
    if not ask.path.startswith("/files/") or response.status != 200 or ".json" not in ask.path:
        return response
    return replace(response, raw=gzip.compress(serialised(json.loads(gzip.decompress(response.body))[:-1])))


def forbidding(ask: Ask, respond: Respond) -> Response:
    """Refuse a token with 403, which is not a documented status."""
    response = respond(ask)
    return replace(response, status=403) if response.status == 401 else response


def without(parameter: str) -> Middleware:
    """Answer as if a parameter had not been in the query."""

    def middleware(ask: Ask, respond: Respond) -> Response:
        kept = "&".join(f"{name}={value}" for name, value in pairs(ask.query) if name != parameter)
        return respond(replace(ask, query=kept) if parameter in unquote(ask.query) else ask)

    return middleware


def unexplained(ask: Ask, respond: Respond) -> Response:
    """Refuse an empty selection without saying in `meta` what is wrong."""
    response = respond(ask)

    def edit(document: Json) -> None:
        for error in document["errors"]:
            error.pop("meta", None)

    return response.edited(edit) if response.status == 422 else response
