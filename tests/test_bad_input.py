"""Bad input from outside: what a token endpoint can do wrong is a line and an exit code, in a run and in `check`."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exports_conformance.cli.main import main
from exports_conformance.client import token
from exports_conformance.client.limits import Interruption
from exports_conformance.reference import serving as serving_app
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import refused
from tests.sockets import serving
from tests.suite_runs import TOKEN, reference

Behaviour = Callable[[socket.socket, bytes], None]

over = threading.Event()


def answers(status: str, body: str = "", kind: str = "application/json") -> Behaviour:
    """Return a server's behaviour: the same response to every request."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return lambda connection, _: connection.sendall(f"{head}{body}".encode())


def closes(_: socket.socket, __: bytes) -> None:
    """Answer nothing and hang up."""


def hangs(_: socket.socket, __: bytes) -> None:
    """Answer nothing, for as long as the test takes."""
    over.wait(10)


ENVIRONMENTS = {
    "refused": (answers("401 Unauthorized", '{"error": "invalid_client canary"}'), 4, "refuses the client (401)"),
    "limited": (answers("429 Too Many Requests", "canary", "text/plain"), 7, "answers 429: try again later"),
    "html": (
        answers("200 OK", "<h1>canary</h1>", "text/html"),
        4,
        "answers 200 and no token: check",
    ),
    "moved": (answers("302 Found\r\nLocation: https://canary.io/"), 4, "answers 302 and no token"),
    "closed": (closes, 7, "cannot be reached (connection closed"),
    "silent": (hangs, 7, "cannot be reached (timeout): check the network"),
}


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Ignore the caller's environment, and wait only briefly for a silent server."""
    for name in [name for name in os.environ if name.startswith("COMMERCELAYER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(token, "TOKEN_DEADLINE", 0.2)
    over.clear()
    yield monkeypatch
    over.set()


@pytest.mark.parametrize("words", [["check"], ["clean", "--older-than", "1h"]], ids=["check", "clean"])
def test_command_says_what_it_waits_for(
    words: list[str], alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered: list[str] = []

    def crowded(request: ServerRequest, respond: Respond) -> ServerResponse:
        answered.append(request.path)
        return respond(request) if len(answered) > 2 else refused(429, "RATE_LIMIT_EXCEEDED")

    waited: list[float] = []
    alone.setattr(Interruption, "sleep", lambda _, seconds: waited.append(seconds))
    with serving_app(reference(middlewares=[crowded])) as url:
        alone.setenv("COMMERCELAYER_API_ENDPOINT", f"{url}/api")
        alone.setenv("COMMERCELAYER_ACCESS_TOKEN", TOKEN)
        main(words)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("waiting ")]
    assert len(lines) == len([each for each in waited if each >= 1]) > 0
    assert " s are spent" in lines[0]


@pytest.mark.parametrize("words", [["--endpoint", "live", "-q"], ["check"]], ids=["run", "check"])
@pytest.mark.parametrize(("behave", "code", "says"), ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_token_endpoint_without_a_token_is_reported_in_one_line(
    words: list[str],
    behave: Behaviour,
    code: int,
    says: str,
    alone: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(behave) as url:
        alone.setenv("COMMERCELAYER_API_ENDPOINT", f"{url}/api")
        alone.setenv("COMMERCELAYER_CLIENT_ID", "id")
        alone.setenv("COMMERCELAYER_CLIENT_SECRET", "canary-secret")
        try:
            ended = main(words)
        except SystemExit as done:
            ended = int(done.code or 0)
        finally:
            over.set()
    captured = capsys.readouterr()
    said = captured.out + captured.err
    (line,) = [line for line in said.splitlines() if "the token endpoint" in line]
    assert ended == code
    assert f"the token endpoint {url}/oauth/token {says}" in line
    assert "canary" not in said
    assert "Traceback" not in said
