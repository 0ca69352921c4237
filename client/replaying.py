"""Replaying: the recorded requests of one run are sent to another endpoint, with the ids and tags of this run."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote, unquote

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.sender import path_part
from exports_conformance.contract.edition import has
from exports_conformance.contract.requirements import is_before
from exports_conformance.exchange.exports import (
    RUNNING,
    as_created,
    as_exported,
    as_followed,
    as_updated,
    edition_shown,
    has_ended,
    known_selection,
    may_be_stale,
)
from exports_conformance.exchange.model import Exchange, Expectation, Headers, header_of
from exports_conformance.exchange.strict_json import as_array, as_object, member
from exports_conformance.exchange.tags import OWN_TOKEN, PLACEHOLDER, run_of, tags_in

_LASTING = ("id_", "created_at_", "code_", "reference_")
"""How filters begin that select the same records later: ids and times stay, and codes and references seldom change."""


class Replaying:
    """Sends the recorded requests `before` to an endpoint, in order.

    How things go in time is the endpoint's own affair: an export whose end was seen before is followed to its end,
    its file is fetched from where it is now, and an export is stopped before it is deleted. `aged`: the records may
    have been changed since, so that filters on related resources and metadata select others.
    """

    def __init__(self, endpoint: Endpoint, before: Sequence[Exchange], *, aged: bool = False) -> None:
        self._endpoint = endpoint
        self._terms = Terms(before, aged=aged)
        self._spared = {_named(each) for each in before if _follows(each) or each.expectation.operation == "download"}
        # By recorded id, of the exports in the recorded ones' place:
        self._last: dict[str, Exchange] = {}  # the last exchange about it
        self._seen: dict[str, Exchange] = {}  # the last that showed its status
        self._changes: defaultdict[str, list[Exchange]] = defaultdict(list)  # its updates, and what they led to
        self._retrieved: dict[str, Exchange] = {}  # the last retrieval of it, which knows where its file is
        self._endless: set[str] = set()  # those that did not end while they were followed
        self._stopped: set[str] = set()  # those that were asked to stop
        self._unstarted: set[str] = set()  # those that were not started again
        self._undeleted: set[str] = set()  # those that were not deleted, since they run

    def send_again(self, before: Exchange) -> Exchange:
        """Send a recorded request again; return the exchange that counts.

        Raises:
            CannotAskError: the question is about an export that was not created, has lost its meaning, or must not
                be sent here.
        """
        subject = self._terms.subject(before)
        self._check_meaning(before, subject)
        try:
            now = self._sent_again(before, subject)
        except RequestBlockedError as refused:
            raise CannotAskError(str(refused)) from None
        self._learn(before, now)
        return now

    def _sent_again(self, before: Exchange, subject: str) -> Exchange:
        if before.expectation.operation == "download":
            return self._fetched(before, subject)
        if _follows(before) and subject:
            if subject not in self._seen:
                raise CannotAskError("no response showed the status of the export")
            return self._endpoint.follow(
                self._seen[subject],
                expectation=lambda last: self._terms.expectation(before.expectation, subject, last=last),
                ended=has_ended if has_ended(before) else lambda _: True,
            )
        request = before.request
        if request.method == "DELETE" and subject and self._runs(subject):
            self._endpoint.stop(self._terms.identity(subject))
        return self._endpoint.send(
            request.method,
            self._terms.path(request.path, subject),
            expectation=self._terms.expectation(
                before.expectation, subject, last=self._last.get(subject), changes=self._changes[subject]
            ),
            query=self._terms.query(before, refused=self._endpoint.refused),
            headers=self._terms.headers(request.headers),
            body=self._terms.body(before),
            authorised=self._terms.is_authorised(before),
            until=_until(before),
        )

    def _fetched(self, before: Exchange, subject: str) -> Exchange:
        shown = self._retrieved.get(subject)
        expectation = self._terms.expectation(before.expectation, subject, last=shown)
        file = self._endpoint.download(shown, expectation=expectation) if shown else None
        if file is None:
            raise CannotAskError("the export showed no file")
        return file

    def _check_meaning(self, before: Exchange, subject: str) -> None:
        """Check that the suites would send this request about the export as it is now.

        Raises:
            CannotAskError: they would not.
        """
        if not subject:
            return
        if before.expectation.action == "start" and subject in self._unstarted:
            raise CannotAskError("the export was not started again")
        if _tells(before, "_start") and not self._can_start(subject):
            self._unstarted.add(subject)
            raise CannotAskError("the export was not stopped, or is of an edition that starts none again")
        if _follows(before) and has_ended(before) and subject in self._endless:
            raise CannotAskError("the export had not ended when it was followed")
        if before.request.method == "DELETE" and subject in self._stopped and self._runs(subject):
            self._undeleted.add(subject)
            raise CannotAskError("the export did not stop, and may not be deleted while it runs")
        if before.expectation.outcome == "refusal" and before.request.method == "GET" and subject in self._undeleted:
            raise CannotAskError("the export was not deleted")

    def _can_start(self, subject: str) -> bool:
        seen = self._seen[subject]
        return (
            has(edition_shown(seen)[0], "/data/attributes/_start", of="request")
            and seen.attributes.get("status") == "interrupted"
        )

    def _runs(self, subject: str) -> bool:
        return subject in self._seen and self._seen[subject].attributes.get("status") in RUNNING

    def _learn(self, before: Exchange, now: Exchange) -> None:
        """Note what a response shows of the export that the request is about."""
        self._terms.learn(before, now)
        subject = self._terms.subject_of_answer(before)
        if not subject:
            return
        if before.expectation.operation == "create" and subject in self._spared:
            self._endpoint.spare(self._terms.identity(subject))
        if now.expectation.operation != "download":
            self._last[subject] = now
        if now.expectation.operation == "update" or before.expectation.action:
            self._changes[subject].append(now)
        if isinstance(now.attributes.get("status"), str):
            self._seen[subject] = now
            if now.expectation.operation == "retrieve":
                self._retrieved[subject] = now
        if _follows(before) and not has_ended(now):
            self._endless.add(subject)
        if _tells(before, "_interrupt"):
            self._stopped.add(subject)
        if _tells(before, "_start"):
            self._stopped.discard(subject)


def _named(before: Exchange) -> str:
    shown = before.expectation.expected
    return str(shown.get("id")) if isinstance(shown, dict) else ""


def _follows(before: Exchange) -> bool:
    """Return True if the recorded run followed the export, so that it is followed again."""
    expectation = before.expectation
    status = member(expectation.expected, "attributes", "status")
    return (
        expectation.operation == "retrieve"
        and not expectation.action
        and status is not None
        and not _is_after_updates(expectation)
        and not before.request.query
    )


def _is_after_updates(expectation: Expectation) -> bool:
    """Return True if an export is expected to show what updates changed."""
    return member(expectation.expected, "attributes", "updated_at") is not None


def _tells(before: Exchange, trigger: str) -> bool:
    return before.expectation.operation == "update" and trigger in before.sent_attributes


def _until(before: Exchange) -> Callable[[Exchange], bool] | None:
    """Return what ends the repetition of a read; None to send it once, since a refusal is not waited for."""
    if before.request.method == "DELETE":
        return lambda exchange: exchange.status != HTTPStatus.LOCKED or before.status == HTTPStatus.LOCKED
    return _settles(before) if before.request.method == "GET" and before.expectation.outcome != "either" else None


def _settles(before: Exchange) -> Callable[[Exchange], bool]:
    """Return a condition: the recorded status, the recorded number of exports, and no stale read."""

    def settled(exchange: Exchange) -> bool:
        changed = before.expectation.action or _is_after_updates(before.expectation)
        if exchange.status != before.status or (changed and may_be_stale(exchange)):
            return False
        known = member(exchange.expectation.expected, "attributes", "updated_at")
        if is_before(exchange.attributes.get("updated_at"), known):
            return False
        document = exchange.reading.value
        data = member(document, "data")
        return before.expectation.matches is None or (
            isinstance(data, list) and len(data) == before.expectation.matches
        )

    return settled


_CREDENTIAL = f"Bearer {OWN_TOKEN}"
OF_THE_CLIENT = frozenset({"host", "content-length", "user-agent", "authorization"})
"""Headers that every client adds for itself; a planted credential is sent as it was recorded."""

NOT_CREATED = "the export that it is about was not created"
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")


class CannotAskError(Exception):
    """A recorded request that no longer makes sense, and why."""


def _in_path(before: Exchange) -> str:
    """Return the id in the path of a request; empty if it has none, as that of a list or a file."""
    return "".join(map(unquote, before.request.path.split("/")[2:3]))


class Terms:
    """Rewrites the recorded requests `before` with the ids, tags and token of this run."""

    def __init__(self, before: Sequence[Exchange], *, aged: bool = False) -> None:
        self._aged = aged
        creations = [each for each in before if each.expectation.operation == "create"]
        self._recorded = {each.data["id"] for each in creations if isinstance(each.data.get("id"), str)}
        self._created: dict[str, Exchange] = {}  # recorded id -> the creation that stands in its place
        self._tags: dict[str, str] = {}
        self._gone: set[str] = set()  # recorded ids of exports whose deletion a retrieval confirmed

    def learn(self, before: Exchange, now: Exchange) -> None:
        """Note which tag and id a creation of this run has in place of the recorded ones, and which export is gone."""
        if before.expectation.tag and now.expectation.tag:
            self._tags[before.expectation.tag] = now.expectation.tag
        if now.request.method == "GET" and now.status == HTTPStatus.NOT_FOUND:
            self._gone |= self._created.keys() & {_in_path(before)}
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
        shown = before.expectation.expected
        named = shown.get("id") if isinstance(shown, dict) else _in_path(before)
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
        return header_of(before.request.headers, "authorization") == _CREDENTIAL

    def headers(self, headers: Headers) -> Headers:
        """Return headers without those that every client adds; a planted credential is kept."""
        kept = tuple((name, value) for name, value in headers if name.lower() not in OF_THE_CLIENT)
        credential = header_of(headers, "authorization")
        return kept if credential in {None, _CREDENTIAL} else (*kept, ("Authorization", str(credential)))

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
        """Return a query with the tags and ids of this run; of tags that nothing should have, those of this run.

        Raises:
            CannotAskError: it searches for what this run did not create.
        """
        query = before.request.query
        if before.expectation.matches == 0:
            name, equals, tags = query.rpartition("=")
            named = [self._tags.get(tag, "") for tag in tags_in(tags)]
            deleted = {self._created[each].expectation.tag for each in self._gone}
            kept = [tag for tag in named if tag in refused or tag in deleted]
            if named and not kept:
                raise CannotAskError("no creation with a tag was refused, and no export deleted")
            return name + equals + ",".join(kept)
        for recorded in tags_in(query):
            if recorded not in self._tags:
                raise CannotAskError("the export that it seeks was not asked for")
            query = query.replace(recorded, self._tags[recorded])
        for recorded, now in self._tags.items():  # a search for a whole run has the beginning of its tags
            query = query.replace(run_of(recorded), run_of(now))
        for recorded, exchange in self._created.items():
            query = query.replace(recorded, quote(exchange.data["id"], safe=""))
        return query

    def expectation(
        self, before: Expectation, recorded: str, *, last: Exchange | None = None, changes: Sequence[Exchange] = ()
    ) -> Expectation:
        """Return the expectation about the export of this run, after its `changes`; `last` showed it last."""
        expectation = replace(before, tag="", confirms="")
        shown = before.expected
        if self._aged and (known := known_selection(shown)):
            lasts = all(name.startswith(_LASTING) for name in as_object(known.get("without")))
            outdated = {"related"} if lasts else set(known)
            shown = {name: value for name, value in shown.items() if name not in outdated}
            expectation = replace(expectation, expected=shown or None)
        if deleted := as_array(member(shown, "deleted")):
            gone = [self.identity(each) for each in deleted if each in self._gone]
            return replace(expectation, expected={**shown, "deleted": gone})
        if not recorded or not isinstance(shown, dict):
            return expectation
        created = self._created[recorded]
        if "attributes" not in shown:
            return replace(expectation, expected={**shown, "id": created.data["id"]})
        if before.operation == "download":
            known = as_exported(created, last or created) | known_selection(shown)
            return replace(expectation, expected=known)
        if _is_after_updates(before):
            return replace(expectation, expected=as_updated(created, changes))
        follows = last and (before.action or "status" in shown["attributes"])
        return replace(expectation, expected=as_followed(created, last) if last and follows else as_created(created))
