"""Known deviations are shown with their owners, and beside the requirement they waive."""

from typing import Any

import pytest

from exports_conformance.reports.site.evidence_page import render_evidence
from exports_conformance.reports.site.result_page import render_result
from tests.pages import Reader
from tests.results import WITNESS, Result, checked, conforming, decide, poisoned

DEVIATION = {
    "requirement": "meta-mode",
    "owner": "ops",
    "reason": "known since the upgrade",
    "since": "2026-01-01",
    "until": "2027-01-01",
    "ticket": "https://tickets.example/OPS-7",
    "witness": "/data/meta/mode",
    "state": "waived",
}


def deviating(**changes: Any) -> Result:
    """A run with a deviation: waived unless the changes say otherwise."""
    result = conforming()
    result["deviations"] = [DEVIATION | changes]
    if result["deviations"][0]["state"] == "waived":
        decide(result, "meta-mode", "waived", reason="known since the upgrade", violations=1, witness=WITNESS)
    return checked(result)


def article(page: str, name: str) -> str:
    """Return the text of a requirement's entry."""
    inner = page.partition(f'<article id="{name}"')[2].partition("</article>")[0]
    return " ".join(Reader(f"<article{inner}").text.split())


def test_deviation_is_a_row_that_leads_to_its_requirement() -> None:
    page = render_result(deviating())
    table = page.partition('<table class="stacked">')[2].partition("</table>")[0]
    for words in (
        '<a href="evidence.html#meta-mode">meta-mode</a>',
        "only at <code>/data/meta/mode</code>",
        '<span class="verdict waived">waived</span>',
        '<td data-label="reason">known since the upgrade</td>',
        '<td data-label="owner">ops</td>',
        '<a href="https://tickets.example/OPS-7" rel="noreferrer">tickets.example/OPS-7</a>',
        "<time>2026-01-01</time>",
        "<time>2027-01-01</time>",
    ):
        assert words in table
    assert "<summary>Known deviations: 1</summary>" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waived", "A known deviation, waived until 2027-01-01: known since the upgrade (ops, https://tickets.example"),
        ("stale", "It holds now; delete the known deviation, which is stale."),
        ("not asked", "A deviation is known; it did not occur in this run."),
    ],
)
def test_requirement_shows_its_deviation(state: str, words: str) -> None:
    assert words in article(render_evidence(deviating(state=state)), "meta-mode")


def test_violation_outside_its_deviation_is_reported() -> None:
    result = deviating()
    decide(result, "meta-mode", "violated", violations=1, witness=WITNESS)
    assert "it does not cover this violation" in article(render_evidence(result), "meta-mode")


def test_hostile_deviation_is_text_and_no_link() -> None:
    result = deviating(state="stale")
    result["deviations"] = [poisoned(DEVIATION) | {name: DEVIATION[name] for name in ("since", "until", "state")}]
    page = render_result(checked(result))
    table = page.partition('<table class="stacked">')[2].partition("</table>")[0]
    assert "<a " not in table
    assert "<img" not in page
    assert table.replace("\n", "").isprintable()


def test_more_deviations_than_are_shown_are_counted() -> None:
    result = deviating()
    result["deviations"] *= 53
    page = render_result(result)
    assert page.count('<tr class="waived">') == 50
    assert "3 more, in result.json." in page
