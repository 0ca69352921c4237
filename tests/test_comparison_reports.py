"""A comparison as its readers get it: document, page, Markdown, terminal; hostile text in it stays text."""

import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from exports_conformance.contract.edition import Edition
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.reports.site import comparison_page
from exports_conformance.reports.site.comparison_page import COMPARISON_FILES, write_comparison
from exports_conformance.reports.text.upgrade import (
    comparison_lines,
    comparison_markdown,
    how_often,
    undecided_lines,
)
from exports_conformance.results.verdicts import Decision, RequirementVerdict
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.document import (
    COMPARISON_FAIL_ON,
    COMPARISON_SCHEMA_FILE,
    build_comparison,
    exit_code_of_comparison,
    validate_comparison,
)
from exports_conformance.upgrade.sides import Side, turned
from exports_conformance.upgrade.usage import Uses
from tests.exchanges import ABSENT, created, error_object, put, refused

HOSTILE = "</pre><script>alert(1)</script>\x1b[31m\u202e| `x` [a](javascript:1) <img src=x onerror=1>\n# h"
VERIFIED = {"create-status-201": Decision("verified"), "created-now": Decision("verified")}
Verdicts = dict[str, Decision]


def side(exchanges: Sequence[Exchange] | None, verdicts: Verdicts | None = None, **facts: Any) -> Side:
    known = {"source": "a.har", "kind": "live", "base_url": "https://x.example/api", "edition": "page", **facts}
    return Side(**known, decisions=VERIFIED if verdicts is None else verdicts, exchanges=exchanges)


def comparison(before: Exchange, after: Exchange, *, uses: Uses | None = None, trouble: str = "", **facts: Any) -> Any:
    """Compare two exchanges; give the document, which is what its schema says."""
    found = build_comparison(
        side([before]),
        side([after], **facts),
        compare_exchanges([before], [after], uses=uses),
        uses="uses.toml" if uses else "",
        trouble=trouble,
    )
    validate_comparison(found)
    return found


def comparison_of(before: Sequence[Exchange], after: Sequence[Exchange]) -> Any:
    """Compare two runs; give the document, which is what its schema says."""
    found = build_comparison(side(before), side(after), compare_exchanges(before, after))
    validate_comparison(found)
    return found


GONE = put(created(), "/data/attributes/status", ABSENT)
MORE = put(created(), "/data/meta/cell", "eu")
TYPES_OF_SKUS = Uses(attributes=["records_count"])


@pytest.mark.parametrize(
    ("before", "after", "verdict", "codes"),
    [
        (created(), created(), "same", (0, 0, 0)),
        (created(), MORE, "compatible", (0, 0, 1)),
        (created(), GONE, "breaking", (1, 0, 1)),
        (created(), replace(created(), response=None), "inconclusive", (7, 7, 7)),
    ],
    ids=["same", "compatible", "breaking", "inconclusive"],
)
def test_verdict_and_exit_code(before: Exchange, after: Exchange, verdict: str, codes: tuple[int, int, int]) -> None:
    found = comparison(before, after, uses=TYPES_OF_SKUS)
    assert found["verdict"] == verdict
    assert tuple(exit_code_of_comparison(found, fail_on=each) for each in COMPARISON_FAIL_ON) == codes


def test_client_that_uses_it_fails_by_breaks_me() -> None:
    found = comparison(created(), GONE, uses=Uses(attributes=["status"]))
    assert [each["breaks"] for each in found["differences"]] == ["you"]
    assert exit_code_of_comparison(found, fail_on="breaks-me") == 1
    assert "breaks you" in "\n".join(comparison_lines(found))
    assert "1 of the differences breaks you, 0 others" in "\n".join(comparison_lines(found))
    others = comparison(created(), GONE, uses=Uses(attributes=[]))
    assert [each["breaks"] for each in others["differences"]] == ["others"]
    assert "breaks others" in comparison_markdown(others)
    nobody = comparison(created(), MORE, uses=Uses())
    assert [each["breaks"] for each in nobody["differences"]] == ["nobody"]


def test_candidate_that_went_down_is_never_a_clean_bill() -> None:
    found = comparison(created(), created(), trouble="the endpoint no longer answers")
    assert found["verdict"] == "inconclusive"
    assert exit_code_of_comparison(found, fail_on="breaking") == 7
    assert "the endpoint no longer answers" in "\n".join(comparison_lines(found))


def test_inconclusive_run_is_reported() -> None:
    found = comparison(created(), created(), inconclusive=("the API answered too little: an echo was never seen",))
    assert found["verdict"] == "inconclusive"
    assert found["doubts"] == ["the run after was inconclusive: the API answered too little: an echo was never seen"]


def test_unlike_sides_are_reported() -> None:
    found = comparison(created(), created(), kind="reference", mode="live", edition="7.10")
    assert [each.partition(":")[0] for each in found["reservations"]] == ["editions", "kind", "mode"]
    assert "edition 7.10" in "\n".join(comparison_lines(found))


def test_different_contracts_are_reported() -> None:
    found = build_comparison(side(None, contract="a" * 64), side(None, contract="b" * 64), None)
    assert [each.partition(":")[0] for each in found["reservations"]] == ["contract"]


def test_partial_comparison_is_not_called_the_same() -> None:
    kept = _creations(10)
    other = replace(created(), expectation=Expectation("creation/other", "create"))
    found = build_comparison(side([*kept, other]), side(kept), compare_exchanges([*kept, other], kept))
    assert (found["verdict"], found["counts"]) == ("partial", {"compared": 10, "same": 10, "undecided": 1})
    assert "1 not sent after: creation/other" in "\n".join(comparison_lines(found))
    assert "No difference was found in what could be compared." in comparison_page.comparison_page(found)


def _creations(number: int) -> list[Exchange]:
    return [replace(created(), expectation=Expectation(f"creation/{each}", "create")) for each in range(number)]


def test_recording_that_is_cut_short_is_no_clean_bill() -> None:
    whole = _creations(10)
    for before, after in ((whole, whole[:8]), (whole[:8], whole)):
        found = build_comparison(side(before), side(after), compare_exchanges(before, after))
        assert (found["verdict"], exit_code_of_comparison(found, fail_on="breaking")) == ("inconclusive", 7)
        assert found["doubts"][0].startswith("2 of 10 requests were sent on one side only")


def test_more_questions_in_doubt_than_compared_is_inconclusive() -> None:
    before = _creations(3)
    after = [before[0], *(replace(each, response=None) for each in before[1:])]
    found = build_comparison(side(before), side(after), compare_exchanges(before, after))
    assert found["verdict"] == "inconclusive"
    assert "2) than could (1)" in found["doubts"][0]


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        ("verified", "violated", "regressed"),
        ("unverified", "violated", "regressed"),
        ("intermittent", "violated", "regressed"),
        ("violated", "verified", "fixed"),
        ("waived", "verified", "fixed"),
        ("not seen", "verified", "newly verified"),
        ("verified", "unverified", "no longer verifiable"),
        ("violated", "not seen", "no longer verifiable"),
        ("verified", "verified", None),
        ("violated", "violated", None),
        ("unverified", "not seen", None),
        ("verified", "intermittent", "regressed"),
    ],
)
def test_requirement_turns(before: RequirementVerdict, after: RequirementVerdict, turn: str | None) -> None:
    name = "create-status-201"
    found = turned({name: Decision(before)}, {name: Decision(after)}, editions=("page", "page"))
    assert [each.turn for each in found] == ([turn] if turn else [])


@pytest.mark.parametrize("editions", [("page", "7.10"), ("7.10", "page"), ("7.10", "7.10")])
def test_requirement_is_not_held_against_an_edition_without_it(editions: tuple[Edition, Edition]) -> None:
    name = "relationship-versions"
    assert turned({name: Decision("verified")}, {name: Decision("violated")}, editions=editions) == ()


def test_results_are_compared_by_their_requirements() -> None:
    broken = {"create-status-201": Decision("violated"), "created-now": Decision("unverified", "no answer")}
    found = build_comparison(side(None), side(None, broken), None)
    validate_comparison(found)
    assert found["verdict"] == "breaking"
    assert [exit_code_of_comparison(found, fail_on=each) for each in COMPARISON_FAIL_ON] == [1, 1, 1]
    assert [(each["id"], each["turn"]) for each in found["requirements"]] == [
        ("create-status-201", "regressed"),
        ("created-now", "no longer verifiable"),
    ]
    said = "\n".join(comparison_lines(found))
    assert "regressed: create-status-201 (verified → violated)" in said
    assert "no longer verifiable: created-now" in said
    assert "create&#45;" not in comparison_markdown(found)
    assert "| create-status-201 | regressed |" in comparison_markdown(found)
    same = build_comparison(side(None), side(None), None)
    assert same["verdict"] == "same"
    assert "results keep no responses to compare" in next(comparison_lines(same))
    advice = build_comparison(side(None), side(None, {"created-now": Decision("violated")}), None)
    assert (
        advice["verdict"],
        exit_code_of_comparison(advice, fail_on="breaking"),
        exit_code_of_comparison(advice, fail_on="any"),
    ) == (
        "compatible",
        0,
        1,
    )


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("unverified", "verified", 0),
        ("verified", "not seen", 0),
        ("violated", "unverified", 0),
        ("violated", "verified", 1),
        ("verified", "violated", 1),
    ],
)
def test_what_only_one_side_could_judge_is_no_difference(
    before: RequirementVerdict, after: RequirementVerdict, code: int
) -> None:
    name = "created-now"
    found = build_comparison(side(None, {name: Decision(before)}), side(None, {name: Decision(after)}), None)
    assert [each["id"] for each in found["requirements"]] == [name]
    assert exit_code_of_comparison(found, fail_on="any") == code


@pytest.mark.parametrize(("different", "more"), [(3, False), (5, False), (6, True)])
def test_more_cases_are_mentioned_only_where_there_are_more(different: int, more: bool) -> None:  # noqa: FBT001  a value
    intents = [Expectation(f"creation/{number % different}", "create") for number in range(6)]
    before = [created(expectation=expectation) for expectation in intents[: different if different > 3 else 6]]
    found = build_comparison(
        side(before), side([]), compare_exchanges(before, [put(each, "/data/meta/cell", 1) for each in before])
    )
    (difference,) = found["differences"]
    assert how_often(difference).endswith(", …") is more
    undecided = build_comparison(side(before), side([]), compare_exchanges(before, []))
    assert all(each.endswith(", …") is more for each in undecided_lines(undecided))


def test_schema_is_one_and_refuses_what_it_does_not_know() -> None:
    schema = json.loads(COMPARISON_SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    with pytest.raises(ValidationError):
        validate_comparison(changed(comparison(created(), GONE), more=1))


def test_reports_are_written(tmp_path: Path) -> None:
    write_comparison(comparison(created(), GONE), tmp_path / "new" / "folder")
    assert sorted(file.name for file in (tmp_path / "new" / "folder").iterdir()) == sorted(COMPARISON_FILES)
    kept = json.loads((tmp_path / "new" / "folder" / "comparison.json").read_text(encoding="ascii"))
    validate_comparison(kept)


class _Elements(HTMLParser):
    """What elements a page has, and which of their attributes run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.scripts = 0
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.names.add(tag)
        self.scripts += tag == "script"
        self.active += [name for name, value in attrs if name.startswith("on") or name == "src"]
        self.active += [value for name, value in attrs if name == "href" and value and not value.startswith("#")]


def _hostile() -> Any:
    expectation = Expectation(
        f"refusal/{HOSTILE}", "create", "either", breaks="argument-format-known", answers=frozenset({422})
    )
    before = refused(422, error_object(422, HOSTILE), expectation=expectation)
    after = refused(422, {**error_object(422, code=HOSTILE), HOSTILE: 1}, expectation=expectation)
    return comparison(before, after, source=HOSTILE, trouble=HOSTILE)


def test_hostile_text_stays_text_on_the_page() -> None:
    rendered = comparison_page.comparison_page(_hostile())
    elements = _Elements()
    elements.feed(rendered)
    assert elements.scripts == 1  # that of every page, which the policy allows by its nonce
    assert "img" not in elements.names
    assert elements.active == []
    assert "\x1b" not in rendered
    assert "\u202e" not in rendered
    assert "&lt;script&gt;" in rendered


def test_hostile_text_stays_text_in_markdown() -> None:
    rendered = comparison_markdown(_hostile())
    assert not {"\x1b", "\u202e", "<", "`"} & set(rendered)
    rows = [line for line in rendered.splitlines() if line.startswith("| D")]
    assert rows
    assert {line.count("|") for line in rows} == {8}
    assert not [line for line in rendered.splitlines() if line.startswith("# ")]
    assert "](" not in rendered


def test_hostile_text_stays_text_in_the_terminal() -> None:
    said = list(comparison_lines(_hostile()))
    assert all(line.isprintable() for line in said)


def test_long_lists_are_cut() -> None:
    before = created()
    after = before
    for number in range(150):
        after = put(after, f"/data/meta/more{number:03}", 1)
    found = comparison(before, after)
    assert len(found["differences"]) == 150
    assert "110 more differences are in comparison.json" in list(comparison_lines(found))
    assert "50 more are in comparison.json." in comparison_markdown(found)
    turns = [{**requirement("regressed"), "id": f"r{number}"} for number in range(45)]
    turns += [{**requirement("fixed"), "id": f"f{number}"} for number in range(12)]
    said = list(comparison_lines(changed(found, requirements=turns)))
    assert "regressed: r0 (violated → verified)" in said
    assert "regressed: 5 more" in said
    assert "fixed: f0, f1, f2, f3, f4, f5, f6, f7 and 4 more" in said


def test_case_missing_from_an_inconclusive_run_is_not_a_difference() -> None:
    found = comparison(created(), created(), trouble="the endpoint no longer answers")
    turns = [requirement("no longer verifiable"), requirement("fixed")]
    said = "\n".join(comparison_lines(changed(found, requirements=turns)))
    assert "no longer verifiable" not in said
    assert "fixed: r" in said


def changed(document: Any, **changes: Any) -> Any:
    """Return a document with some of its members changed."""
    return {**document, **changes}


def requirement(turn: str) -> dict[str, str]:
    facts = {"id": "r", "statement": "s", "source": "x", "weight": "advice", "turn": turn}
    return {**facts, "before": "violated", "after": "verified", "reason": ""}


def test_difference_is_marked_and_a_long_response_is_cut_around_it() -> None:
    (gone,) = comparison(created(), GONE)["differences"]
    before, after = sides(gone)
    assert [line.text.strip() for line in before if line and line.tagged] == ['"status": "pending",']
    around = [line.text.strip() for line in after if line and line.tagged]
    assert around == ['"attributes": {', "},"]
    for shown in (before, after):
        texts = [line.text.strip() for line in shown if line]
        assert texts[:2] == ["201", "Content-Type: application/vnd.api+json"]
        assert '"attributes": {' in texts
        assert "…" in texts
        assert '"organization_id": "xRRkjDFafe",' not in texts
    (other,) = comparison(created(), refused(422))["differences"]
    assert [line.text for line in sides(other)[1] if line and line.tagged] == ["422"]
    in_list: Any = {**gone, "witness": {**gone["witness"], "before": {**gone["witness"]["before"], "body": LISTED}}}
    assert [line.text.strip() for line in sides(in_list)[0] if line and line.tagged] == ['"status": "pending"']


def test_line_stands_beside_the_line_of_the_same_member() -> None:
    """What only one of the responses has stands beside a gap, and the rest is aligned."""
    (gone,) = comparison(created(), GONE)["differences"]
    rows = comparison_page.aligned_lines(gone)
    missing = [row.before.text.strip() for row in rows if row.before and row.after is None]
    assert missing == ['"status": "pending",']
    pairs = [(row.before.text, row.after.text) for row in rows if row.before and row.after]
    assert all(one.partition(":")[0].rstrip(",") == other.partition(":")[0].rstrip(",") for one, other in pairs)
    assert len(pairs) > 10
    assert any(row.is_same for row in rows)


def sides(difference: Any) -> tuple[list[Any], list[Any]]:
    """Return the lines of both responses as a page aligns them, None in a gap."""
    rows = comparison_page.aligned_lines(difference)
    return [row.before for row in rows], [row.after for row in rows]


LISTED = '{"data": [{"id": "a", "attributes": {"status": "pending"}}]}'
