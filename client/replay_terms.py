"""Maps the ids and tags of a recorded run to those of the current run."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from exports_conformance.client.redaction import TOKEN
from exports_conformance.client.sender import path_part
from exports_conformance.exchange.expected import as_created, as_exported, as_followed
from exports_conformance.exchange.model import Exchange, Expectation, Headers, header_of
from exports_conformance.exchange.tags import PLACEHOLDER, run_of, tags_in

OWN_TOKEN = f"Bearer {TOKEN}"
OF_THE_CLIENT = frozenset({"host", "content-length", "user-agent", "authorization"})
"""Headers that every client adds for itself; a planted credential is sent as it was recorded."""

NOT_CREATED = "the export that it is about was not created"
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")


class CannotAskError(Exception):
    """A recorded request that no longer makes sense, and why."""


class Terms:
    """Rewrites the recorded requests `before` with the ids, tags and token of this run."""

    def __init__(self, before: Sequence[Exchange]) -> None:
        creations = [each for each in before if each.expectation.operation == "create"]
        self._recorded = {each.data["id"] for each in creations if isinstance(each.data.get("id"), str)}
        self._created: dict[str, Exchange] = {}  # recorded id -> the creation that stands in its place
        self._marks: dict[str, str] = {}

    def learn(self, before: Exchange, now: Exchange) -> None:
        """Note which tag and which id a creation of this run has in place of the recorded ones."""
        if before.expectation.tag and now.expectation.tag:
            self._marks[before.expectation.tag] = now.expectation.tag
        recorded = before.data.get("id")
        if (
            before.expectation.operation == "create"
            and isinstance(recorded, str)
            and isinstance(now.data.get("id"), str)
        ):
            self._created[recorded] = now

    def subject(self, before: Exchange) -> str:
        """Return the recorded id of the export that a request is about; empty if it is about none.

        Raises:
            CannotAskError: this run did not create it.
        """
        segments, shown = before.request.path.split("/"), before.expectation.expected
        in_path = unquote(segments[2]) if len(segments) > 2 else ""  # noqa: PLR2004  "", "exports", an id
        named = shown.get("id") if isinstance(shown, dict) else in_path  # a file's path, and a list's, have no id
        if named not in self._recorded:
            return ""
        if named not in self._created:
            raise CannotAskError(NOT_CREATED)
        return named

    def subject_of_answer(self, before: Exchange) -> str:
        """Return the recorded id of the export that a request was about, or that it created; empty if there is none."""
        created = before.data.get("id") if before.expectation.operation == "create" else None
        return created if isinstance(created, str) and created in self._created else self.subject(before)

    def identity(self, recorded: str) -> str:
        """Return the id of this run in place of a recorded one."""
        return str(self._created[recorded].data["id"])

    def path(self, path: str, recorded: str) -> str:
        """Return a path with the id of this run."""
        segments = path.split("/")
        if not recorded or len(segments) <= 2:  # noqa: PLR2004  as above; a list that seeks it has no id in its path
            return path
        return "/".join([*segments[:2], path_part(self.identity(recorded)), *segments[3:]])

    def is_authorised(self, before: Exchange) -> bool:
        """Return True if a request had the run's own token."""
        return header_of(before.request.headers, "authorization") == OWN_TOKEN

    def headers(self, headers: Headers) -> Headers:
        """Return headers without those that every client adds; a planted credential is kept."""
        kept = tuple((name, value) for name, value in headers if name.lower() not in OF_THE_CLIENT)
        credential = header_of(headers, "authorization")
        return kept if credential in {None, OWN_TOKEN} else (*kept, ("Authorization", str(credential)))

    def body(self, before: Exchange) -> bytes | None:
        """Return a body with a placeholder in place of its tag, and the ids of this run."""
        body = before.request.body
        if body is None:
            return None
        tag = before.expectation.tag
        for encoding in _ENCODINGS if tag else ():
            body = body.replace(tag.encode(encoding), PLACEHOLDER.encode(encoding))
        for recorded, now in self._created.items():
            body = body.replace(f'"{recorded}"'.encode(), json.dumps(now.data["id"]).encode())
        return body

    def query(self, before: Exchange, *, refused: Iterable[str]) -> str:
        """Return a query with the tags and ids of this run; of tags that nothing should have, those that were refused.

        Raises:
            CannotAskError: it searches for what this run did not create.
        """
        query = before.request.query
        if before.expectation.matches == 0:
            name, equals, tags = query.rpartition("=")
            named = [self._marks.get(tag, "") for tag in tags_in(tags)]
            kept = [tag for tag in named if tag in refused]
            if named and not kept:
                raise CannotAskError("no marked creation was refused")
            return name + equals + ",".join(kept)
        for recorded in tags_in(query):
            if recorded not in self._marks:
                raise CannotAskError("the export that it seeks was not asked for")
            query = query.replace(recorded, self._marks[recorded])
        for recorded, now in self._marks.items():  # what seeks all of a run names the beginning of its marks
            query = query.replace(run_of(recorded), run_of(now))
        for recorded, exchange in self._created.items():
            query = query.replace(recorded, quote(exchange.data["id"], safe=""))
        return query

    def expectation(self, before: Expectation, recorded: str, *, last: Exchange | None = None) -> Expectation:
        """Return the expectation about the export of this run, after the exchange that showed it `last`."""
        expectation = replace(before, tag="", confirms="")
        shown = before.expected
        if not recorded or not isinstance(shown, dict):
            return expectation
        created = self._created[recorded]
        if "attributes" not in shown:
            return replace(expectation, expected={**shown, "id": created.data["id"]})
        if before.operation == "download":
            return replace(expectation, expected=as_exported(created, last or created))
        follows = last and (before.action or "status" in shown["attributes"])
        return replace(expectation, expected=as_followed(created, last) if last and follows else as_created(created))
