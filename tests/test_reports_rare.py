"""What a result says in rarer cases: of recordings, of answers that did not come, of texts cut short."""

from typing import Any

import pytest

from exports_conformance.reports import phrases, history, summary
from exports_conformance.reports.text import github
from exports_conformance.reports.messages import lines_of
from exports_conformance.reports.site.text_difference import Piece, difference
from exports_conformance.reports.text.junit import junit
from exports_conformance.reports.messages import answer_lines, request_lines
from exports_conformance.reports.text.ticket import ticket
from tests.results import RECORDING, WITNESS, Result, checked, conforming, decide, violating


def recorded(**changes: Any) -> Result:
    """A run that judged a recording."""
    result = conforming() | {"recording": RECORDING | changes}
    result["endpoint"]["kind"] = "recorded"
    return checked(result)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "a recording of a live endpoint, of 2026-03-01, 7 days ago"),
        ({"age_days": 0}, "of 2026-03-01, today"),
        ({"age_days": 1}, "of 2026-03-01, a day ago"),
        ({"age_days": None, "kind": "imported"}, "traffic that no suite asked for"),
        ({"age_days": 91, "is_old": True}, "THAT IS MORE THAN 90 DAYS: record it again"),
        ({"same_contract": False}, "it was recorded for another contract (c0ffeec0ffee): record it again"),
        ({"left_out": 2}, "2 of its entries hold no whole answer of this API"),
        ({"not_asked": ["a/b"]}, "judged, though no test asks for it today: a/b"),
        ({"not_asked": [f"a/{number}" for number in range(9)]}, "a/0, a/1, a/2, a/3, a/4, a/5, a/6, a/7, ..."),
        (
            {"kind": "reference"},
            f"a recording of the reference, of 2026-03-01, 7 days ago; {findings.REFERENCE_CAVEAT}",
        ),
    ],
)
def test_recording_is_told_with_what_speaks_against_it(changes: dict[str, Any], told: str) -> None:
    assert told in findings.caveat(recorded(**changes))
    assert findings.headline(recorded(**changes)) == "Conforms: a recording"


def test_answer_that_did_not_come_is_told() -> None:
    assert [line.text for line in answer_lines({"status": 0, "headers": [], "body": None})] == ["no answer came"]


def test_request_to_an_address_that_is_none_is_still_shown() -> None:
    assert request_lines(WITNESS["request"], base_url="https://[")[0].text == "POST /exports"


def test_key_that_is_no_json_has_a_place_all_the_same() -> None:
    assert [(line.text, line.pointer) for line in lines_of(r'{"a\q":1,"b')] == [
        ("{", ""),
        (r'  "a\q": 1,', r"/" + r'"a\q"'),
        (r'  "b', r"/" + r'"b'),
    ]


def test_what_only_one_text_has_is_a_piece_of_its_own() -> None:
    assert difference("abcdef", "abcdefg")[1] == [Piece("abcdef", differs=False), Piece("g", differs=True)]
    assert difference("abcdefg", "abcdef")[0] == [Piece("abcdef", differs=False), Piece("g", differs=True)]
    assert difference("abcdef", "abcdefg")[0] == [Piece("abcdef", differs=False)]


def test_violation_without_a_witness_is_told_without_one() -> None:
    result = violating()
    decide(result, "create-echoes-reference", "violated", violations=3, witness=None)
    result = checked(result)
    assert b"seen in: 3 of 4 exchanges</failure>" in junit(result)
    assert "| `create-echoes-reference` | violated | promise | 3 of 4 exchanges |" in github.summary(result)
    assert "actual" not in github.summary(result).partition("### `create-echoes-reference`")[2].partition("###")[0]
    assert any("3 of 4 exchanges" in line for line in summary(result))


def test_ticket_about_the_reference_says_not_to_send_it() -> None:
    result = conforming()
    decide(
        result, "create-echoes-reference", "violated", violations=1, witness=WITNESS | {"trace_id": None, "pointer": ""}
    )
    text = ticket(checked(result), "create-echoes-reference")
    assert "do not send it" in text
    assert "trace_id" not in text
    assert "trace_id" not in github.summary(result)
    assert "\n\nExpected: `'Größe 🧦 '`" in text


def test_history_keeps_what_was_observed_last() -> None:
    newer, older = conforming(), conforming()
    older["finished"] = "2026-01-02T03:04:05.000Z"
    older["observed"] = {"status-at-creation": {'"in_progress"': 9}}
    kept = history.extended(history.extended({}, [newer]), [older])["reference"]
    assert kept["observed"]["status-at-creation"] == {"when": newer["finished"], "values": {'"pending"': 2}}
    assert kept["last"] == newer["finished"]


def test_terminal_lists_a_few_errors_and_says_how_many_there_are_more() -> None:
    result = violating() | {"errors": [{"where": f"suites/test_{each}.py", "what": "boom"} for each in range(8)]}
    lines = list(summary(checked(result | {"repeat": ""})))
    assert [line for line in lines if line.startswith("error: ")][-1] == "error: 3 more, in result.json"
    assert not any(line.startswith(("read on", "repeat")) for line in lines)


def test_run_that_could_not_be_judged_names_nothing_unverified() -> None:
    result = violating() | {"verdict": "inconclusive", "reasons": ["no network"]}
    lines = list(summary(checked(result)))
    assert "because: no network" in lines
    assert not any(line.startswith("unverified") for line in lines)
