"""What a run leaves behind is counted at the server, and a run that leaves something says so."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.client import cleanup, limits
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Organisation
from tests.attacks.organisation import Open, answering, bent, operation_of

JSON_API = (("Content-Type", "application/vnd.api+json"),)


def _counts(folder: Path) -> dict[str, Any]:
    counts: dict[str, Any] = json.loads((folder / "result.json").read_text())["counts"]
    return counts


def _behind(status: int) -> Middleware:
    """Carry out the first creation, but answer with an error as if nothing had been created."""
    hidden: list[ServerRequest] = []

    def middleware(asked: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(asked)
        if operation_of(asked) != "create" or hidden:
            return response
        hidden.append(asked)
        error = {"title": "Not created", "detail": "Not created.", "code": "ERROR", "status": str(status)}
        return ServerResponse(status, JSON_API, {"errors": [error]})

    return middleware


@pytest.mark.parametrize("status", [401, 403, 408, 422, 429])
def test_creation_behind_an_error_is_not_left(status: int, shared: Open, tmp_path: Path) -> None:
    organisation = shared(_behind(status))
    organisation.run(tmp_path, "--hypothesis-profile", "smoke")
    assert organisation.sent("create")
    assert organisation.left == []


@pytest.mark.parametrize("status", [204, 404])
def test_delete_that_removes_nothing_is_not_called_clean(
    status: int, shared: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search at the end shows what is still there, whatever the DELETE answered."""
    for module in (cleanup, limits):
        monkeypatch.setattr(module, "LAG", 0.1)  # this server's lists never lag
    organisation = shared(answering("delete", ServerResponse(status, JSON_API)))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") != 0
    assert organisation.left
    assert _counts(tmp_path)["left"] == len(organisation.left)


def test_two_exports_for_one_creation_are_not_left(shared: Open, tmp_path: Path) -> None:
    def twice(asked: ServerRequest, respond: Respond) -> ServerResponse:
        if operation_of(asked) == "create":
            respond(asked)
        return respond(asked)

    organisation = shared(twice)
    organisation.run(tmp_path, "--hypothesis-profile", "smoke")
    assert organisation.left == []
    assert _counts(tmp_path)["deleted"] == 2


def test_what_refusals_only_created_is_removed_or_named(shared: Open, tmp_path: Path) -> None:
    """The API creates something else than what it has to refuse, so that it cannot be shown whose it is."""

    def lenient(asked: ServerRequest, respond: Respond) -> ServerResponse:
        if operation_of(asked) != "create" or "authorization" not in asked.headers:
            return respond(asked)
        return respond(replace(asked, body=b'{"data":{"type":"exports","attributes":{"resource_type":"skus"}}}'))

    organisation = shared(lenient)
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke", "--refusals-only") != 0
    assert _counts(tmp_path)["created"] > 0
    assert _counts(tmp_path)["left"] == len(organisation.left) == 1


def test_nothing_is_created_in_live_mode(shared: Open, tmp_path: Path) -> None:
    """Where a list says so."""
    organisation = shared(organisation=Organisation(mode="live"))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 7
    assert organisation.sent("create") == []


def _token(*, test: bool) -> str:
    """Return an access token as the vendor issues it, that claims a mode."""
    parts = ({"alg": "HS512"}, {"organization": {"slug": "shared"}, "test": test, "exp": 4_102_444_800})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "signature"])


def test_what_the_server_says_of_its_mode_beats_the_claim_of_the_token(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`check` and a run believe the mode of one listed export rather than the claim of the token."""

    def mixed(_: ServerRequest, response: ServerResponse) -> ServerResponse:
        def edit(document: Any) -> None:
            document["data"][0]["meta"]["mode"] = "test"
            document["data"].append({**document["data"][0], "id": "second", "meta": {"mode": "live"}})

        return response.edited(edit)

    for middlewares in ((), (bent("list", mixed),)):
        organisation = shared(*middlewares, organisation=Organisation(mode="live"), token=_token(test=True))
        organisation.command("check")
        assert re.search(r"^mode +live", capfd.readouterr().out, re.MULTILINE)
        assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 7
        assert organisation.sent("create") == []
    organisation = shared(token=_token(test=False))
    assert organisation.command("check") == 0
    assert re.search(r"^mode +test", capfd.readouterr().out, re.MULTILINE)


def test_first_live_response_stops_the_run(shared: Open, tmp_path: Path) -> None:
    """Where only a creation says so, what it made is removed."""

    def as_test(_: ServerRequest, response: ServerResponse) -> ServerResponse:
        def edit(document: Any) -> None:
            for each in document["data"]:
                each["meta"]["mode"] = "test"

        return response.edited(edit)

    organisation = shared(bent("list", as_test), organisation=Organisation(mode="live"))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 7
    assert len(organisation.sent("create")) == 1
    assert organisation.left == []
