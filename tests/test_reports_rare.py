"""What a result says in rarer cases: of recordings, of answers that did not come, of texts cut short."""

from typing import Any

import pytest

from exports_conformance.reports import history, phrases
from exports_conformance.reports.messages import body_lines, request_lines, response_lines
from exports_conformance.reports.site.templating import Piece, text_difference
from exports_conformance.reports.text import (
    junit_xml,
    run_summary,
    step_summary,
    support_ticket,
)
from tests.results import RECORDING, WITNESS, Result, checked, conforming, decide, violating


def recorded(**changes: Any) -> Result:
    """A run that judged a recording."""
    result = conforming() | {"recording": RECORDING | changes}
    result["endpoint"]["kind"] = "recorded"
    return checked(result)


@pytest.mark.parametrize(
    ("changes", "caveat"),
    [
        ({}, "a recording of a live endpoint, made 2026-03-01, 7 days ago"),
        ({"age_days": 0}, "made 2026-03-01, today"),
        ({"age_days": 1}, "made 2026-03-01, a day ago"),
        ({"age_days": None, "kind": "imported"}, "imported traffic, which no test of this suite sent"),
        ({"age_days": 91, "is_old": True}, "OLDER THAN 90 DAYS: record it again"),
        ({"same_contract": False}, "recorded for another version of the contract (c0ffeec0ffee): record it again"),
        ({"not_asked": ["a/b"]}, "judged, although no test sends these requests today: a/b"),
        ({"not_asked": [f"a/{number}" for number in range(9)]}, "a/0, a/1, a/2, a/3, a/4, a/5, a/6, a/7, ..."),
        (
            {"kind": "reference"},
            f"a recording of the built-in simulator, made 2026-03-01, 7 days ago; {phrases.REFERENCE_CAVEAT}",
        ),
    ],
)
def test_recording_is_shown_with_its_limitations(changes: dict[str, Any], caveat: str) -> None:
    assert caveat in phrases.caveat(recorded(**changes))
    assert phrases.headline(recorded(**changes)) == "Conforms to the documentation: a recording"


def test_missing_response_is_shown_as_such() -> None:
    assert [line.text for line in response_lines({"status": 0, "headers": [], "body": None})] == ["no response"]


def test_request_to_an_address_that_is_none_is_still_shown() -> None:
    assert request_lines(WITNESS["request"], base_url="https://[")[0].text == "POST /exports"


def test_key_that_is_no_json_has_a_place_all_the_same() -> None:
    assert [(line.text, line.pointer) for line in body_lines(r'{"a\q":1,"b')] == [
        ("{", ""),
        (r'  "a\q": 1,', r"/" + r'"a\q"'),
        (r'  "b', r"/" + r'"b'),
    ]


def test_what_only_one_text_has_is_a_piece_of_its_own() -> None:
    assert text_difference("abcdef", "abcdefg")[1] == [Piece("abcdef", differs=False), Piece("g", differs=True)]
    assert text_difference("abcdefg", "abcdef")[0] == [Piece("abcdef", differs=False), Piece("g", differs=True)]
    assert text_difference("abcdef", "abcdefg")[0] == [Piece("abcdef", differs=False)]


def test_violation_without_a_witness_is_shown_without_one() -> None:
    result = violating()
    decide(result, "create-echoes-reference", "violated", violations=3, witness=None)
    result = checked(result)
    assert (
        b"broken in: 3 of 4 responses\nfault: create-echoes-reference\nwhen: in 3 of 4 responses</failure>"
        in junit_xml(result)
    )
    assert "| `create-echoes-reference` | violated | promise | 3 of 4 responses |" in step_summary(result)
    assert "actual" not in step_summary(result).partition("### `create-echoes-reference`")[2].partition("###")[0]
    assert any("3 of 4 responses" in line for line in run_summary(result))


def test_ticket_about_the_reference_warns_not_to_send_it() -> None:
    result = conforming()
    decide(
        result, "create-echoes-reference", "violated", violations=1, witness=WITNESS | {"trace_id": None, "pointer": ""}
    )
    text = support_ticket(checked(result), "create-echoes-reference")
    assert "Do not send this ticket" in text
    assert "trace_id" not in text
    assert "trace_id" not in step_summary(result)
    assert "\n\nExpected: `'Größe 🧦 '`" in text


def test_history_keeps_what_was_observed_last() -> None:
    newer, older = conforming(), conforming()
    older["finished"] = "2026-01-02T03:04:05.000Z"
    older["observed"] = {"status-at-creation": {'"in_progress"': 9}}
    kept = history.extended(history.extended({}, [newer]), [older])["reference"]
    assert kept["observed"]["status-at-creation"] == {"when": newer["finished"], "values": {'"pending"': 2}}
    assert kept["last"] == newer["finished"]


def test_terminal_lists_a_few_errors_and_counts_the_rest() -> None:
    result = violating() | {"errors": [{"where": f"suites/test_{each}.py", "what": "boom"} for each in range(8)]}
    lines = list(run_summary(checked(result | {"repeat": ""})))
    assert [line for line in lines if line.startswith("error: ")][-1] == "error: 3 more, in result.json"
    assert not any(line.startswith(("report", "repeat")) for line in lines)


def test_run_that_could_not_be_judged_names_nothing_unverified() -> None:
    result = violating() | {"verdict": "inconclusive", "reasons": ["no network"]}
    lines = list(run_summary(checked(result)))
    assert "because: no network" in lines
    assert not any(line.startswith("unverified") for line in lines)
