"""An organisation that others use too: a reference behind a man in the middle, whose every operation can be bent."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from unittest import mock
from wsgiref.types import StartResponse, WSGIEnvironment

from exports_conformance.cli.main import main
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Arguments, Export, queued
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.server import serving
from tests.attacks.interception import intercepting

HOST = "shared.commercelayer.io"
BASE_URL = f"https://{HOST}/api"
TOKEN = "attacked-access-token-0123456789"

FOREIGN, FOREIGN_DONE = "FOREIGNone", "FOREIGNtwo"
"""Ids of the exports of others: one has been running since before the run, one is completed."""

Operation = Literal["create", "retrieve", "list", "update", "delete", "token", "file", "any"]
Bend = Callable[[ServerRequest, ServerResponse], ServerResponse]
Open = Callable[..., "SharedOrganisation"]

QUIET = ("-q", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:faulthandler")
_METHODS: Mapping[str, Operation] = {"GET": "retrieve", "PATCH": "update", "DELETE": "delete"}
_GENEROUS = {"X-Ratelimit-Limit": "100000", "X-Ratelimit-Interval": "1", "X-Ratelimit-Remaining": "99999"}


@dataclass
class SharedOrganisation:
    """What a test sees of the server: its state, every request that arrived, and the variables that lead to it."""

    reference: Reference
    requests: list[ServerRequest]
    env: Mapping[str, str]
    planted: Mapping[str, Export]

    @property
    def left(self) -> list[str]:
        """The ids of the exports that are there and were not planted, in the order of their creation."""
        return [each for each in self.reference.organisation.exports if each not in self.planted]

    def sent(self, operation: Operation) -> list[ServerRequest]:
        """Return the requests of an operation that arrived."""
        return [asked for asked in self.requests if operation in {"any", operation_of(asked)}]

    def assert_foreign_exports_are_untouched(self) -> None:
        """Fail if a planted export is not as it was, or if a request that changes it arrived."""
        exports = self.reference.organisation.exports
        changed = [each for each, planted in self.planted.items() if exports.get(each) != planted]
        aimed = [
            f"{asked.method} {asked.path}"
            for asked in self.requests
            if asked.method in {"PATCH", "PUT", "DELETE", "POST"} and any(each in asked.path for each in self.planted)
        ]
        assert (changed, aimed) == ([], []), "foreign exports were touched"

    def run(self, folder: Path, *words: str) -> int:
        """Run the suites against it in this process, with the report in a folder; return the exit code."""
        return self.command("--endpoint", "live", "--report-dir", str(folder), *QUIET, *words)

    def command(self, *words: str) -> int:
        """Run the console script in this process with these words; return the exit code."""
        with mock.patch.dict(os.environ, self.env):
            try:
                return main(words)
            except SystemExit as exit_:
                return int(exit_.code or 0)


def operation_of(asked: ServerRequest) -> Operation:
    """Return what a request is about."""
    segments = [each for each in asked.path.split("/") if each]
    if segments[:2] == ["oauth", "token"]:
        return "token"
    if segments[:1] == ["files"]:
        return "file"
    if len(segments) > 2:
        return _METHODS.get(asked.method, "any")
    return "create" if asked.method == "POST" else "list"


def bent(operation: Operation, bend: Bend) -> Middleware:
    """Return a middleware that changes the responses to an operation, after the server has carried it out."""

    def middleware(asked: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(asked)
        return bend(asked, response) if operation in {"any", operation_of(asked)} else response

    return middleware


def answering(operation: Operation, response: ServerResponse | Callable[[ServerRequest], ServerResponse]) -> Middleware:
    """Return a middleware that answers an operation in the server's place, which never learns of the request."""

    def middleware(asked: ServerRequest, respond: Respond) -> ServerResponse:
        if operation not in {"any", operation_of(asked)}:
            return respond(asked)
        return response(asked) if callable(response) else response

    return middleware


@contextmanager
def shared_organisation(
    *middlewares: Middleware, pem: Path, generous: bool = True, foreign: Sequence[Export] = (), **settings: Any
) -> Iterator[SharedOrganisation]:
    """Serve an organisation at `BASE_URL` in which others have exports, and check at the end that those are untouched.

    Args:
        middlewares: what bends it, the first outermost.
        pem: the certificate and key of the man in the middle.
        generous: whether the server grants a rate limit that needs no waiting.
        foreign: exports of others besides `FOREIGN` and `FOREIGN_DONE`.
        settings: of the `Reference`.
    """
    requests: list[ServerRequest] = []

    def noting(asked: ServerRequest, respond: Respond) -> ServerResponse:
        requests.append(asked)
        response = respond(asked)
        for name, value in _GENEROUS.items() if generous else ():
            response = response.with_header(name, value)
        return response

    reference = Reference(**{"token": TOKEN, **settings}, middlewares=[noting, *middlewares])
    planted = {each.id: each for each in (*_foreign(reference), *foreign)}
    for each in planted.values():
        reference.organisation.keep(each)
    with serving(_as_https(reference)) as origin, intercepting(origin, pem) as proxied:
        env = {**proxied, "COMMERCELAYER_API_ENDPOINT": BASE_URL, "COMMERCELAYER_ACCESS_TOKEN": reference.token}
        organisation = SharedOrganisation(reference, requests, env, planted)
        yield organisation
    organisation.assert_foreign_exports_are_untouched()


def _as_https(reference: Reference) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """Return the application as it is behind a TLS terminator."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return reference({**environ, "wsgi.url_scheme": "https"}, start_response)

    return app


def _foreign(reference: Reference) -> Iterator[Export]:
    """Yield an export that runs for a day, and one that was completed an hour ago."""
    organisation, now = reference.organisation, datetime.now(UTC)
    for export_id, reference_text, pace in (
        (FOREIGN, "nightly-accounts", Pace(pending=0, running=86_400)),
        (FOREIGN_DONE, "month-end", Pace(pending=0, running=1)),
    ):
        arguments = Arguments("orders", reference=reference_text, metadata={"owner": "another team"})
        export = queued(export_id, arguments, organisation.records("orders"), now, pace)
        an_hour_ago = now.replace(microsecond=0)
        yield replace(export, created_at=an_hour_ago, updated_at=an_hour_ago)
