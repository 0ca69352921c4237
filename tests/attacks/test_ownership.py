"""Nothing that this suite did not create is changed or deleted, whatever ids and tags a server answers with.

The fixture `shared` asserts it at the server when each of these tests is over.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from tests.attacks.organisation import BASE_URL, FOREIGN, FOREIGN_DONE, HOST, Open, operation_of

TAG = re.compile(r"exports-conformance-[0-9a-f]+-\d+")


def _resource_of(export_id: str, respond: Respond, asked: ServerRequest) -> dict[str, Any]:
    shown = respond(ServerRequest("GET", f"/api/exports/{export_id}", "", asked.headers, b"", asked.base_url))
    document: dict[str, Any] = json.loads(shown.body)
    return document


def _existing(status: int, *, own_attributes: bool = False) -> Middleware:
    """Answer each creation with a foreign export, which was there before, and create nothing."""

    def middleware(asked: ServerRequest, respond: Respond) -> ServerResponse:
        if operation_of(asked) != "create":
            return respond(asked)
        document = _resource_of(FOREIGN, respond, asked)
        if own_attributes and isinstance(asked.document, dict):
            document["data"]["attributes"] |= asked.document["data"]["attributes"]
        return ServerResponse(status, (("Content-Type", "application/vnd.api+json"),), document)

    return middleware


def _another_id(asked: ServerRequest, respond: Respond) -> ServerResponse:
    """Create what was asked for, and answer with the id of a foreign export."""
    response = respond(asked)
    if operation_of(asked) != "create":
        return response
    return response.edited(lambda document: document.get("data", {}).update(id=FOREIGN_DONE))


def _tagging_list() -> Middleware:
    """Lose the first creation, and write the tag that is searched for then into every export of the list."""
    lost: list[ServerRequest] = []

    def middleware(asked: ServerRequest, respond: Respond) -> ServerResponse:
        if operation_of(asked) == "create" and not lost:
            lost.append(asked)
            return ServerResponse(503)
        response = respond(asked)
        tag = TAG.search(unquote(asked.query))
        if operation_of(asked) != "list" or tag is None:
            return response

        def edit(document: Any) -> None:
            for each in document["data"]:
                each["attributes"]["metadata"] = {"note": f"like {tag[0]}"}

        return response.edited(edit)

    return middleware


ATTACKS: Mapping[str, Callable[[], Middleware]] = {
    "an existing id with 201": lambda: _existing(201),
    "an existing id with 200": lambda: _existing(200),
    "an existing id with the attributes that were sent": lambda: _existing(201, own_attributes=True),
    "a creation that is answered with another's id": lambda: _another_id,
    "a list that writes the tag into what it lists": _tagging_list,
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_foreign_export_is_untouched(attack: Callable[[], Middleware], shared: Open, tmp_path: Path) -> None:
    """Whether or not the run finds a violation in such a server."""
    organisation = shared(attack())
    organisation.run(tmp_path, "--hypothesis-profile", "smoke")
    assert organisation.sent("create")
    organisation.assert_foreign_exports_are_untouched()


def test_clean_deletes_nothing_that_only_a_journal_names(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A journal may come from anybody: what does not show its tag is named, and left."""
    organisation = shared()
    (tmp_path / "journal").mkdir()
    lines = [
        {"line": "run", "base_url": f"https://{HOST}/api", "mode": "test"},
        {"line": "intended", "mark": "exports-conformance-00000000-00001", "case": "forged"},
        {"line": "created", "id": FOREIGN, "mark": "exports-conformance-00000000-00001"},
        {"line": "created", "id": FOREIGN_DONE, "mark": ""},
    ]
    (tmp_path / "journal" / "main.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    organisation.command("clean", "--report-dir", str(tmp_path))
    output = "".join(capfd.readouterr())
    assert BASE_URL not in output or "removed 0" in output
    organisation.assert_foreign_exports_are_untouched()
