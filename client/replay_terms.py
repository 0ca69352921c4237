"""The terms of a replay: the ids and marks of a recorded run, and what stands in their place in this one."""

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
"""Headers that every client adds for itself; a planted credential is sent as it was."""

NOT_CREATED = "the export that it is about was not created"
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")


class CannotAskError(Exception):
    """A question that has lost its meaning; says why in a few words."""


class Terms:
    """Says what one run asked, `before`, in the terms of another: its own ids, marks and token."""

    def __init__(self, before: Sequence[Exchange]) -> None:
        creations = [each for each in before if each.expectation.operation == "create"]
        self._recorded = {each.data["id"] for each in creations if isinstance(each.data.get("id"), str)}
        self._created: dict[str, Exchange] = {}  # recorded id -> the creation that stands in its place
        self._marks: dict[str, str] = {}

    def learn(self, before: Exchange, now: Exchange) -> None:
        """Learn from a creation which mark and which id stand in the recorded ones' place."""
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
        """Give the recorded id of the export of this run that a question is about; empty where it is of none.

        Raises:
            CannotAskError: it was not created now.
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
        """Give the recorded id of the export that a question was about, or that it created; empty where of none."""
        created = before.data.get("id") if before.expectation.operation == "create" else None
        return created if isinstance(created, str) and created in self._created else self.subject(before)

    def identity(self, recorded: str) -> str:
        """Give the id of now in a recorded one's place."""
        return str(self._created[recorded].data["id"])

    def path(self, path: str, recorded: str) -> str:
        """Give a path with the id of now."""
        segments = path.split("/")
        if not recorded or len(segments) <= 2:  # noqa: PLR2004  as above; a list that seeks it has no id in its path
            return path
        return "/".join([*segments[:2], path_part(self.identity(recorded)), *segments[3:]])

    def is_authorised(self, before: Exchange) -> bool:
        """Say whether a request had the run's own token."""
        return header_of(before.request.headers, "authorization") == OWN_TOKEN

    def headers(self, headers: Headers) -> Headers:
        """Give headers without what every client adds; a planted credential is sent as it was."""
        kept = tuple((name, value) for name, value in headers if name.lower() not in OF_THE_CLIENT)
        credential = header_of(headers, "authorization")
        return kept if credential in {None, OWN_TOKEN} else (*kept, ("Authorization", str(credential)))

    def body(self, before: Exchange) -> bytes | None:
        """Give a body with a place for a mark of now, and the ids of now."""
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
        """Give a query with the marks and ids of now; of those that nothing should have, what still should not.

        Raises:
            CannotAskError: it seeks what was not asked for now.
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
        """Give an intent about the export in a recorded one's place, after what was shown of it `last`."""
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
