"""What CI shows of a run: JUnit XML, a summary, annotations and a comment, in which a server's text is only text."""

import re
from collections.abc import Callable
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from junitparser import Failure, JUnitXml, Skipped

from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.text import markdown
from exports_conformance.reports.text.junit import junit_xml
from exports_conformance.reports.text.markdown import cell, code, fenced, link, plain, support_ticket
from tests.results import HOSTILE, WITNESS, Result, checked, conforming, decide, hostile, violating

MARKDOWN = (markdown.step_summary, markdown.pull_request_comment)


def test_junit_has_a_case_for_every_requirement() -> None:
    (suite,) = JUnitXml.fromstring(junit_xml(conforming()))
    assert [case.name for case in suite] == list(requirements())
    assert (suite.failures, suite.errors) == (0, 0)
    assert suite.skipped == sum(each.when_seen for each in requirements().values())


def test_junit_fails_a_broken_promise_and_skips_what_does_not_gate() -> None:
    (suite,) = JUnitXml.fromstring(junit_xml(violating()))
    cases = {case.name: case for case in suite}
    (broken,) = cases["create-echoes-reference"].result
    assert isinstance(broken, Failure)
    assert broken.message == "violated: reference comes back as it was sent."
    assert "expected: 'Größe 🧦 '\nactual: 'Größe ? '\nat: /data/attributes/reference" in broken.text
    for name, said in (("negotiation-lenient", "violated (advice)"), ("meta-mode", "intermittent"), ("text-nul", "un")):
        (skipped,) = cases[name].result
        assert isinstance(skipped, Skipped)
        assert skipped.message.startswith(said)
    assert "KeyError" in cases["error 1"].result[0].message
    assert (suite.failures, suite.errors) == (1, 1)


def test_junit_of_an_inconclusive_run_is_red() -> None:
    result = conforming() | {"verdict": "inconclusive", "reasons": ["the endpoint no longer answers"]}
    (suite,) = JUnitXml.fromstring(junit_xml(result))
    assert suite.errors == 1
    assert "no longer answers" in junit_xml(result).decode()


def test_junit_of_a_hostile_run_is_xml_that_any_parser_reads() -> None:
    written = junit_xml(hostile())
    ET.parse(BytesIO(written))  # noqa: S314  our own
    assert len(written) < 1_000_000
    assert r"\x1b[2J\u202egnp" in written.decode("utf-8")


def test_annotations_are_commands_gravest_first() -> None:
    lines = markdown.annotations(violating()).splitlines()
    assert [line.partition("::")[2].partition("::")[0] for line in lines] == [
        "error title=create-echoes-reference is violated",
        "warning title=meta-mode is intermittent",
        "notice title=negotiation-lenient is violated",
    ]
    assert "%0Aexpected: 'Größe 🧦 '%0Aactual: 'Größe ? '%0Ainferred: https://docs" in lines[0]


def test_at_most_ten_annotations_the_last_counts_the_rest() -> None:
    lines = markdown.annotations(all_broken()).splitlines()
    assert len(lines) == 10
    assert lines[-1].endswith(f"%0A{len(requirements()) - 10} more are in the step summary")
    assert "more are in" not in "".join(lines[:-1])


def test_what_could_not_be_judged_is_annotated_with_its_reason() -> None:
    result = conforming() | {"verdict": "inconclusive", "reasons": ["no network: 100%"]}
    assert markdown.annotations(result) == "::error title=inconclusive::no network: 100%25\n"
    assert markdown.annotations(conforming()) == ""


def test_annotations_of_a_hostile_run_hold_no_command_of_a_server() -> None:
    text = markdown.annotations(hostile())
    assert text.replace("\n", "").isprintable()
    for line in text.splitlines():
        assert re.match(r"::(error|warning|notice) title=[^:,]+ is (violated|intermittent)::", line)
        assert len(line) < 4_000


@pytest.mark.parametrize("render", MARKDOWN)
def test_markdown_has_verdict_caveat_and_what_is_unverified(render: Callable[[Result], str]) -> None:
    text = render(conforming())
    assert text.startswith("## Conforms to the documentation: the built-in simulator\n\nThis was our ")
    assert "not tested: none" in text
    assert "not tested: 1 promise, 1 recommendation" in render(violating())


@pytest.mark.parametrize("render", MARKDOWN)
def test_markdown_shows_a_failure(render: Callable[[Result], str]) -> None:
    text = render(violating())
    if render is markdown.pull_request_comment:
        assert COMMENT_ROW in text
        return
    assert "| `create-echoes-reference` | violated | promise | 3 of 4 responses |" in text
    assert "`reference` comes back as it was sent. (inferred: [`docs.commercelayer.io/core" in text
    assert "expected `'Größe 🧦 '`  \nactual `'Größe ? '`" in text
    assert (WITNESS["curl"] in text) is (render is markdown.step_summary)


@pytest.mark.parametrize(
    ("render", "limit"), [(markdown.step_summary, 1024**2), (markdown.pull_request_comment, 64 * 1024)]
)
@pytest.mark.parametrize("text", ["x" * 10_000, "🧦`|" * 4_000, HOSTILE], ids=["long", "wide", "hostile"])
def test_markdown_stays_below_its_limit_and_counts_the_rest(
    render: Callable[[Result], str], limit: int, text: str
) -> None:
    result = all_broken(text)
    result["requirements"] *= 4
    shown = render(result)
    assert len(shown.encode()) < limit
    assert re.search(r"\n(\| )?\d+ more (did not fit here|\|)", shown)


@pytest.mark.parametrize("render", MARKDOWN)
def test_markdown_of_a_hostile_run_has_no_markup_of_a_server(render: Callable[[Result], str]) -> None:
    text = render(hostile())
    assert text.replace("\n", "").isprintable()
    assert not re.search(r"(?<!\\)<(img|script|/script)", outside_code(text))
    assert "javascript:" not in outside_code(text)


COMMENT_ROW = (
    "| `create-echoes-reference` | `reference` comes back as it was sent. expected `'Größe 🧦 '` | `'Größe ? '` "
    "| in 3 of 4 responses |"
)


def with_fault() -> Result:
    """A run whose two violated requirements are one fault, with a script."""
    result = violating()
    result["faults"] = [
        {
            "name": "create-echoes-reference",
            "requirements": ["create-echoes-reference", "negotiation-lenient"],
            "condition": {
                "trigger": "combination",
                "text": "only if `format` is csv|json: 3 of 3; otherwise 0 of 1",
                "violating": 3,
                "conforming": 1,
                "combinations": [["`format` is csv|json"]],
                "first": 0,
            },
            "script": "#!/bin/sh\nexit 1\n",
        }
    ]
    return checked(result)


def test_comment_has_a_row_for_each_fault_and_its_script_folded() -> None:
    text = markdown.pull_request_comment(with_fault())
    assert "1 fault; not tested: 1 promise" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| `create-echoes-reference` and 1 more |")]
    assert row.endswith(r"| only if `format` is csv\|json: 3 of 3; otherwise 0 of 1 |")
    assert "<details><summary>Reproduce create-echoes-reference</summary>\n\n```text\n#!/bin/sh\nexit 1" in text
    assert "negotiation-lenient`" not in text


def test_annotation_names_the_request() -> None:
    assert "%0Arequest: POST /exports (creation/pairs-07)%0Aexpected: " in markdown.annotations(violating())


def test_junit_names_the_fault_of_a_violated_promise() -> None:
    text = junit_xml(with_fault()).decode()
    assert "fault: create-echoes-reference\nwhen: only if `format` is csv|json: 3 of 3; otherwise 0 of 1" in text
    assert "script: faults/create-echoes-reference.sh" in text
    properties = dict(re.findall(r'<property name="fault create-echoes-reference (\w+)" value="([^"]*)"', text))
    assert properties == {
        "when": "only if `format` is csv|json: 3 of 3; otherwise 0 of 1",
        "whose": "the API; tell the vendor: exports-conformance ticket create-echoes-reference",
        "violates": "negotiation-lenient",
        "script": "faults/create-echoes-reference.sh",
    }


def test_junit_has_the_times_of_responses_and_of_the_run() -> None:
    result = conforming()
    result["requirements"][0]["seconds"] = 1.25
    (suite,) = JUnitXml.fromstring(junit_xml(checked(result)))
    assert [case.time for case in suite][:2] == [1.25, 0]
    assert suite.time == 12.3


def test_ticket_has_the_condition_and_the_script_in_place_of_a_command() -> None:
    text = support_ticket(with_fault(), "negotiation-lenient")
    assert "- It occurs only if `format` is csv\\|json: 3 of 3" in text
    assert "```text\n#!/bin/sh\nexit 1" in text
    assert WITNESS["curl"] not in text


def test_ticket_marks_what_is_hidden_and_what_is_deleted() -> None:
    result = with_fault()
    assert "hidden" not in support_ticket(result, "create-echoes-reference")
    entry = next(each for each in result["requirements"] if each["id"] == "create-echoes-reference")
    request = WITNESS["request"] | {"method": "GET", "path": "/exports/xYz", "body": None}
    response = WITNESS["response"] | {"body": '{"data":{"id":"‹hidden›"}}'}
    entry["witness"] = entry["witness"] | {"request": request, "response": response}
    text = support_ticket(result, "create-echoes-reference")
    assert "- Values shown as `‹hidden›` were removed" in text
    assert "; the script below creates its own" in text


def all_broken(text: str = "a long story") -> Result:
    """A run in which every requirement is broken, with one text all over."""
    result = violating()
    witness = {**WITNESS, "expected": text, "actual": text, "curl": text, "trace_id": text}
    for name in requirements():
        decide(result, name, "violated", witness=witness, violations=1)
    return result


def outside_code(text: str) -> str:
    """Return Markdown without its code, by the rules of CommonMark."""
    lines, fence = [], ""
    for line in text.splitlines():
        opened = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line.strip("`") == "" and len(line) >= len(fence) else fence
        elif opened:
            fence = opened[0]
        else:
            lines.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    return "\n".join(lines)


ATTACKS = (
    "![x](https://evil.example/y)",
    "[a](javascript:alert(1))",
    "<img src=x>",
    "@someone and @org/team",
    "fixes #12 and owner/repo#3",
    "https://evil.example www.evil.example",
    "``` break out ```",
    "`one``two```",
    "~~~\n# heading\n- list",
    "a | b | c",
    "$math$ **bold** _it_",
    "::error::x\u202e\x1b[2J",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_text_from_outside_is_only_text(text: str) -> None:
    for shown in (code(text), plain(text), plain(f"a `{text}` b"), cell(text)):
        left = outside_code(shown)
        assert "\n" not in shown
        assert not re.search(r"(?<!\\)[<\[|$*_~]|@|#\d|://|www\.", left), left


@pytest.mark.parametrize("text", ATTACKS)
def test_block_of_code_is_not_left(text: str) -> None:
    assert outside_code(fenced([text, "```", text])) == ""


def test_empty_block_and_empty_code_are_well_formed() -> None:
    assert fenced([]) == "```text\n```"
    assert code("") == "`  `"


def test_only_a_plain_address_becomes_a_link() -> None:
    assert link("https://docs.example/a#b") == "[`docs.example/a#b`](https://docs.example/a#b)"
    assert link("https://docs.example/a)b") == "`https://docs.example/a)b`"
    assert link("javascript:alert(1)") == "`javascript:alert(1)`"
