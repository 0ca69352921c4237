"""Replaying: what one run asked is asked again of another endpoint, in the terms of now."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from exports_conformance.contract.exchange import Exchange, Headers, Intent, header_of
from exports_conformance.contract.judge import judge
from exports_conformance.contract.marks import PLACEHOLDER, marks_in
from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.cleaning import ENDED
from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.endpoints.guards import DoorRefused
from exports_conformance.endpoints.redaction import TOKEN

OWN_TOKEN = f"Bearer {TOKEN}"
OF_THE_CLIENT = frozenset({"host", "content-length", "user-agent", "authorization"})
"""Headers that every client adds for itself; a planted credential is sent as it was."""

NOT_CREATED = "the export that it is about was not created"
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")


class CannotAskError(Exception):
    """A question that has lost its meaning; says why in a few words."""


class Replaying:
    """Asks an endpoint again what was asked `before`, in order.

    Ids are those of the exports that this run creates in place of the recorded ones; marks and the token are its own.
    An export is stopped before it is deleted, whatever its pace.
    """

    def __init__(self, endpoint: Endpoint, before: Sequence[Exchange]) -> None:
        self._endpoint = endpoint
        creations = [each for each in before if each.intent.operation == "create"]
        self._recorded = {each.data["id"] for each in creations if isinstance(each.data.get("id"), str)}
        self._created: dict[str, Exchange] = {}  # recorded id -> the creation that stands in its place
        self._marks: dict[str, str] = {}

    def ask(self, before: Exchange) -> Exchange:
        """Ask again, and give the exchange that counts.

        Raises:
            CannotAskError: the question is about an export that was not created, or must not be sent here.
        """
        request, intent = before.request, before.intent
        path = self._translated_path(request.path)
        if request.method == "DELETE":
            self._stop(path)
        credential = header_of(request.headers, "authorization")
        try:
            now = self._endpoint.send(
                request.method,
                path,
                intent=replace(intent, mark="", confirms="", shown=self._shown(intent)),
                query=self._query(before),
                headers=self._headers(request.headers, credential),
                body=self._body(before),
                authorised=credential == OWN_TOKEN,
                until=_settles(before) if request.method == "GET" else None,
            )
        except DoorRefused as refused:
            raise CannotAskError(str(refused)) from None
        self._learn(before, now)
        return now

    def _learn(self, before: Exchange, now: Exchange) -> None:
        if before.intent.mark and now.intent.mark:
            self._marks[before.intent.mark] = now.intent.mark
        identity = before.data.get("id")
        if before.intent.operation == "create" and isinstance(identity, str) and isinstance(now.data.get("id"), str):
            self._created[identity] = now

    def _translated_path(self, path: str) -> str:
        segments = path.split("/")
        recorded = unquote(segments[2]) if len(segments) > 2 else ""  # noqa: PLR2004  "", "exports", an id
        if recorded not in self._recorded:
            return path
        if recorded not in self._created:
            raise CannotAskError(NOT_CREATED)
        return "/".join([*segments[:2], quote(self._created[recorded].data["id"], safe=""), *segments[3:]])

    def _stop(self, path: str) -> None:
        now = next((each for each in self._created.values() if path.endswith(f"/{each.data['id']}")), None)
        if now and now.attributes.get("status") not in ENDED:
            self._endpoint.stop(now.data["id"])

    def _headers(self, headers: Headers, credential: str | None) -> Headers:
        kept = tuple((name, value) for name, value in headers if name.lower() not in OF_THE_CLIENT)
        planted = credential is not None and credential != OWN_TOKEN
        return (*kept, ("Authorization", credential)) if planted and credential is not None else kept

    def _body(self, before: Exchange) -> bytes | None:
        body = before.request.body
        if body is None:
            return None
        mark = before.intent.mark
        for encoding in _ENCODINGS if mark else ():
            body = body.replace(mark.encode(encoding), PLACEHOLDER.encode(encoding))
        for recorded, now in self._created.items():
            body = body.replace(f'"{recorded}"'.encode(), json.dumps(now.data["id"]).encode())
        return body

    def _query(self, before: Exchange) -> str:
        """Give the query with the marks and ids of now; of those that nothing should have, what still should not."""
        query = before.request.query
        if before.intent.finds == 0:
            refused = self._endpoint.refused
            name, equals, marks = query.rpartition("=")
            named = [self._marks.get(mark, "") for mark in marks_in(marks)]
            kept = [mark for mark in named if mark in refused]
            if named and not kept:
                raise CannotAskError("no marked creation was refused")
            return name + equals + ",".join(kept)
        for recorded in marks_in(query):
            if recorded not in self._marks:
                raise CannotAskError("the export that it seeks was not asked for")
            query = query.replace(recorded, self._marks[recorded])
        for recorded, exchange in self._created.items():
            query = query.replace(recorded, quote(exchange.data["id"], safe=""))
        return query

    def _shown(self, intent: Intent) -> Json:
        """Give what should be shown, as this run's own creation has it."""
        shown = intent.shown
        if not isinstance(shown, dict) or shown.get("id") not in self._recorded:
            return shown
        if shown["id"] not in self._created:
            raise CannotAskError(NOT_CREATED)
        now = self._created[shown["id"]]
        if "attributes" not in shown:
            return {**shown, "id": now.data["id"]}
        attributes = {name: now.sent_attributes.get(name, value) for name, value in shown["attributes"].items()}
        attributes.pop("created_at", None)
        if "created-now" in judge(now).held:  # a time that was wrong at once is not asked for a second time
            attributes["created_at"] = now.attributes["created_at"]
        return {"id": now.data["id"], "attributes": attributes}


def _settles(before: Exchange) -> Callable[[Exchange], bool]:
    """Wait for the recorded answer's status, and for as many exports as should be found."""

    def settled(exchange: Exchange) -> bool:
        if exchange.status != before.status:
            return False
        document = exchange.reading.value
        data = document.get("data") if isinstance(document, dict) else None
        return before.intent.finds is None or (isinstance(data, list) and len(data) == before.intent.finds)

    return settled
