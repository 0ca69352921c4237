"""One fault does not blind a run: whatever the endpoint still allows is tested, and the rest says why it was not."""

from pathlib import Path

import pytest

from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation, refuse, refused, sent
from tests.suite_runs import judged, stepping


def crashes_on_csv_with_includes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 500 to csv exports with includes, which the complete body is."""
    response = respond(request)
    asked = sent(request)
    crashes = is_creation(request) and asked.get("format") == "csv" and asked.get("includes")
    return refused(500, "INTERNAL_SERVER_ERROR") if crashes else response


def refuses_csv(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses every csv export."""
    if sent(request).get("format") != "csv":
        return respond(request)
    return refuse(request, respond, refused(422, "VALIDATION_ERROR", pointer="/data/attributes/format"))


def crashes_on_references(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 500 to every creation with a reference."""
    response = respond(request)
    crashes = is_creation(request) and sent(request).get("reference") and response.status == 201
    return refused(500, "INTERNAL_SERVER_ERROR") if crashes else response


@pytest.mark.parametrize(
    ("fault", "violated", "unverified"),
    [
        (crashes_on_csv_with_includes, {"create-accepts-documented"}, set()),
        (refuses_csv, {"argument-format-accepted"}, {"file-csv"}),
        (
            crashes_on_references,
            {"create-accepts-documented", "request-repeated-keys"},
            {"list-shows-created", "list-filtered", "list-sorted"},
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_one_fault_leaves_most_requirements_verified(
    fault: Middleware, violated: set[str], unverified: set[str], tmp_path: Path
) -> None:
    result = judged(stepping(middlewares=[fault]), tmp_path)
    clean = judged(stepping(), tmp_path / "clean")
    verified = {each["id"] for each in clean["requirements"] if each["verdict"] == "verified"}
    by_verdict = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert {name for name, verdict in by_verdict.items() if verdict == "violated"} == violated
    assert {name for name in verified - violated if by_verdict[name] != "verified"} == unverified
