"""Servers, gateways and proxies of public bug reports: no false alarm, no endless run, nothing claimed in error."""

from pathlib import Path

import pytest

from exports_conformance.reports.text.terminal import run_summary
from exports_conformance.run.session import REQUESTS_AT_MOST
from tests.odd_servers import BROKEN, CONFORMING
from tests.suite_runs import Result, judged, stepping, violated

TOGETHER = (
    ("escapes-slashes", "many-headers", "limit-twice", "limits-in-plain-text", "origin-unreachable"),
    ("escapes-html", "empty-included", "limits-without-a-body", "gateway-time-out-after-the-fact"),
    ("indents", "unavailable-until-a-date"),
)
"""Conforming servers whose oddities do not get in each other's way."""
FEW = ("-k", "pairs or documented or drawn")


def test_each_conforming_server_is_asked() -> None:
    assert sorted(name for names in TOGETHER for name in names) == sorted(CONFORMING)


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_odd_but_conforming_server_is_no_violation(names: tuple[str, ...], tmp_path: Path) -> None:
    app = stepping(middlewares=[CONFORMING[name] for name in reversed(names)])
    result = judged(app, tmp_path, "-k", "not flawed and not pairs")
    assert (violated(result), result["errors"]) == ({}, [])
    left = result["cleanup"]["left"]
    assert len(left) >= len(app.organisation.exports)
    if "gateway-time-out-after-the-fact" not in names:  # after which an export without a tag cannot be told from others
        assert left == []


def lines(result: Result) -> list[str]:
    """Return the lines that end a run."""
    return list(run_summary(result))


@pytest.mark.parametrize(
    ("name", "because", "requests"),
    [
        ("gone", "the API stopped answering: 503 since ..., after 15 requests", 45),
        ("limited", "the API stopped answering: 429 since ..., after 15 requests", 45),
        (
            "login-portal",
            "the API stopped answering: 302 of a firewall or a login portal since ..., after 15 requests",
            80,
        ),
        ("page", "the API stopped answering: 200 of a firewall or a login portal since ..., after 15 requests", 80),
        ("token-refused", "the access token is no longer accepted: use one that lasts as long as the run", 30),
    ],
)
def test_server_that_goes_away_ends_a_run_with_a_sentence(
    name: str, because: str, requests: int, tmp_path: Path
) -> None:
    result = judged(stepping(middlewares=[BROKEN[name]()]), tmp_path)
    begin, _, end = because.partition("...")
    (reason,) = result["reasons"]
    assert reason.startswith(begin)
    assert reason.endswith(end)
    assert (result["verdict"], violated(result)) == ("inconclusive", {})
    assert result["counts"]["exchanges"] <= requests
    left = [line.removeprefix("left behind: ") for line in lines(result) if line.startswith("left behind: ")]
    assert left[: result["counts"]["left"]]
    assert not any("()" in each for each in left)


@pytest.mark.parametrize("name", ["blocked-changes", "blocked-methods"])
def test_nothing_is_created_once_a_change_was_blocked(name: str, tmp_path: Path) -> None:
    app = stepping(middlewares=[BROKEN[name]()])
    result = judged(app, tmp_path)
    assert {requirement for requirement, weight in violated(result).items() if weight == "promise"} == set()
    assert result["counts"]["created"] == len(app.organisation.exports) <= 3
    assert result["counts"]["left"] == len(app.organisation.exports)
    assert any(" of an export was blocked" in each["reason"] for each in result["requirements"])


@pytest.mark.parametrize("name", ["document-of-the-one-before", "emptied"])
def test_creation_without_a_tag_that_may_be_left_is_named(name: str, tmp_path: Path) -> None:
    app = stepping(middlewares=[BROKEN[name]()])
    result = judged(app, tmp_path, *FEW)
    left = result["cleanup"]["left"]
    assert 0 < len(app.organisation.exports) <= len(left)
    assert any(each["mark"].startswith("perhaps, without a tag: ") for each in left)
    if name == "document-of-the-one-before":
        assert "create-new-id" in violated(result)
        assert result["verdict"] == "violates"


def test_deletion_that_is_only_said_to_have_happened_is_noticed(tmp_path: Path) -> None:
    app = stepping(middlewares=[BROKEN["errors-with-200"]()])
    result = judged(app, tmp_path, "-k", "documented or credentials or test_list")
    assert result["counts"]["left"] == len(app.organisation.exports) == 0


def test_budget_of_requests_holds_for_an_export_that_never_ends(tmp_path: Path) -> None:
    result = judged(stepping(middlewares=[BROKEN["never-ending"]()]), tmp_path, "-k", "life or file or retriev")
    assert result["counts"]["exchanges"] <= REQUESTS_AT_MOST["quick"]
    assert result["counts"]["left"] == 0
