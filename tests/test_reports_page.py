"""A result is rendered as a page, whatever a server put into it."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from jinja2 import UndefinedError

from exports_conformance.contract.open_questions import open_questions
from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.history import extended
from exports_conformance.reports.site import pictures
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.evidence_page import render_evidence
from exports_conformance.reports.site.result_page import render_result
from exports_conformance.reports.site.sections import SECTIONS, section_of, section_of_question
from exports_conformance.reports.site.templating import EVIDENCE_PAGE, PAGES, TEMPLATES, is_web_address
from exports_conformance.reports.writing import write_site
from tests.pages import Reader
from tests.results import (
    RECORDING,
    Result,
    checked,
    conforming,
    decide,
    hostile,
    interrupted,
    nothing_judged,
    thousand_faults,
    violating,
)

EVERY_PAGE = (*PAGES, EVIDENCE_PAGE)
RUNS = (conforming, violating, hostile)
FIRST_PAGE_AT_MOST = 100_000


@cache
def pages(run: Callable[[], Result]) -> dict[str, str]:
    """Return the pages of a run by file name."""
    with TemporaryDirectory() as folder:
        write_site(run(), Path(folder) / "new" / "folder")
        files = [each for each in (Path(folder) / "new" / "folder").rglob("*") if each.is_file()]
        return {file.name: file.read_text(encoding="utf-8") for file in files}


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize("run", RUNS)
def test_page_runs_its_own_script_and_fetches_nothing(run: Callable[[], Result], page: str) -> None:
    text = pages(run)[page]
    reader = Reader(text)
    assert not {"img", "iframe", "object", "embed", "link", "base", "audio", "video"} & set(reader.tags)
    names = {name for _, name, _ in reader.attributes}
    assert not {name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "action"}}
    links = [value for _, name, value in reader.attributes if name == "href"]
    assert {urlsplit(link).scheme for link in links} <= {"", "https"}
    assert "url(" not in text.partition("</style>")[0]
    assert len(text.encode("utf-8")) < 5_000_000
    scripts = [code for kind, code in reader.scripts if kind != "application/json"]
    style = f"'sha256-{b64encode(sha256(reader.style.encode()).digest()).decode()}'"
    (nonce,) = {value for _, name, value in reader.attributes if name == "nonce"}
    policy = next(value for _, name, value in reader.attributes if name == "content" and "-src" in value)
    assert policy == (
        f"default-src 'none'; style-src {style}; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
    )
    assert len(nonce) == 44
    assert len(scripts) == 1
    assert "AAAA" not in scripts[0]


@pytest.mark.parametrize("run", RUNS)
def test_page_has_an_anchor_for_every_requirement(run: Callable[[], Result]) -> None:
    for page in ("contract.html", "evidence.html"):
        reader = Reader(pages(run)[page])
        assert len(reader.ids) == len(set(reader.ids))
        assert requirements().keys() <= set(reader.ids)
        assert {value for _, name, value in reader.attributes if name == "aria-labelledby"} <= set(reader.ids)


def test_page_lists_every_requirement_with_its_source() -> None:
    reader = Reader(render_contract(conforming()))
    links = {value for _, name, value in reader.attributes if name == "href"}
    for requirement in requirements().values():
        assert requirement.statement.replace("`", "") in reader.text
        assert requirement.source in links
    text = Reader(render_result(conforming())).text
    promises = sum(each.weight == "promise" and not each.when_seen for each in requirements().values())
    assert f"{promises} of {promises} promises hold for the built-in simulator" in text
    assert "This was our built-in simulator; it says nothing about Commerce Layer." in text
    assert "documentation of 2025-09 to 2026-03: the first export has none of the later attributes" in text


def test_page_of_a_violating_run_shows_the_witness() -> None:
    text = " ".join(Reader(render_result(violating())).text.split())
    for words in (
        "1 promise broken by yourdomain.commercelayer.io",
        "2 violated · 1 intermittent · 2 unverified · ",
        "250 requests in 12.3 s",
        "44 created, 0 left",
        "Broken in 3 of 4 responses",
        "documentedcame",
        "'Größe 🧦 ''Größe ? '",
        """--data-binary '{"data":{"type":"exports"}}'""",
        "1 requirement broken now and then, not when the request was repeated",
        "Unverified, 1 promise, 1 recommendation",
        "1 error in the test suite",
    ):
        assert words in text
    assert "simulator" not in text
    fault = " ".join(Reader(pages(violating)["create-echoes-reference.html"]).text.split())
    for words in ("af1d-77", '"type": "exports"', "exports-conformance ticket create-echoes-reference"):
        assert words in fault


@pytest.mark.parametrize("run", [*RUNS, thousand_faults, nothing_judged, interrupted])
def test_first_page_stays_small_whatever_the_run_found(run: Callable[[], Result]) -> None:
    page = render_result(run())
    assert len(page.encode("utf-8")) <= FIRST_PAGE_AT_MOST
    reader = Reader(page)
    assert len(reader.ids) == len(set(reader.ids))


def test_first_page_counts_what_it_leaves_out() -> None:
    text = " ".join(Reader(render_result(thousand_faults())).text.split())
    assert "1001 promises broken by yourdomain.commercelayer.io" in text
    assert "996 more faults" in text
    assert "942 more, in result.json" in text


def test_first_page_of_a_run_without_a_verdict_says_what_to_do() -> None:
    text = " ".join(Reader(render_result(nothing_judged())).text.split())
    assert "Could not judge the built-in simulator" in text
    assert "What to do: Remove the cause that is named above, then run again." in text
    assert "Every promise" not in text
    text = " ".join(Reader(render_result(interrupted())).text.split())
    assert "not tested" in text
    assert "the run was interrupted before it was tested" in text


def test_what_may_be_left_is_not_said_to_be_left() -> None:
    result = violating()
    result["counts"]["left"] = 2
    assert "44 created, 2 left" in Reader(render_result(result)).text
    result["cleanup"]["left"].append({"id": "", "mark": "mark-10"})
    text = Reader(render_result(checked(result))).text
    assert "44 created, up to 2 left" in text
    assert "what may be left" in text


def test_broken_recommendation_looks_less_grave_than_a_broken_promise() -> None:
    page = render_result(violating())
    assert 'class="card" id="create-echoes-reference"' in page
    assert 'class="card doubt" id="negotiation-lenient"' in page


def test_life_of_an_export_shows_its_promises_on_states_and_steps() -> None:
    assert {name for names in pictures.EDGES.values() for name in names} <= set(requirements())
    result = conforming()
    decide(result, "interrupt-stops", "violated")
    steps = re.findall(r'<path class="edge step ([a-z-]+)"[^>]*><title>([^<]*)', render_result(result))
    assert [verdict for verdict, _ in steps].count("violated") == 1
    (words,) = [words for verdict, words in steps if verdict == "violated"]
    assert words.startswith("in_progress to interrupted: interrupt-stops violated, ")
    assert len(steps) == len(pictures.EDGES)
    assert '<path class="edge step plain"' in render_contract(conforming())


def test_only_what_differs_is_marked() -> None:
    page = render_result(violating())
    assert "<del>🧦</del>" in page
    assert "<ins>?</ins>" in page


def test_requirement_shows_its_example_with_the_relevant_part_marked() -> None:
    article = render_evidence(conforming()).partition('<article id="create-status-201"')[2].partition("</article>")[0]
    assert 'data-example="create-status-201"' in article
    assert "3 more, in the run's journal" in article
    script = pages(conforming)["examples.js"]
    kept = json.loads(script.removeprefix('loaded("examples.js", ').rstrip().removesuffix(");"))
    request, _, response, marked = kept["examples"]["create-status-201"]
    assert kept["texts"][response].split("\n")[marked[0]] == "201"
    assert kept["texts"][request].startswith("POST /api/exports\n")
    assert len(kept["texts"]) == len(set(kept["texts"])) < len(kept["examples"])


def test_flaws_are_shown_with_their_responses() -> None:
    text = " ".join(Reader(render_evidence(conforming())).text.split())
    assert "1 invalid request tests it flawresponse format-unknown422 VALIDATION_ERROR (2 times)" in text


def test_last_time_that_a_requirement_held_is_shown_for_each_endpoint() -> None:
    earlier = conforming()
    earlier["finished"] = "2026-01-02T03:04:05.000Z"
    text = " ".join(Reader(render_contract(violating(), history=extended({}, [earlier]))).text.split())
    assert "Seen to hold: reference, 2026-01-02 03:04 UTC." in text
    live = "live https://yourdomain.commercelayer.io/api, 2026-04-01 10:00 UTC; reference, 2026-01-02 03:04 UTC."
    assert f"Seen to hold: {live}" in text
    assert "Not seen to hold so far." in text


def test_open_question_is_shown_with_its_observations_apart_from_promises() -> None:
    page = render_contract(conforming())
    box = page.partition('aria-labelledby="format"')[2].partition("</section>")[0]
    text = " ".join(Reader(box).text.split())
    assert "What happens to a format other than json and csv?" in text
    assert "Observed on reference, 2026-04-01 10:00 UTC: 422 VALIDATION_ERROR (2 times)" in text
    limits = page.partition('aria-labelledby="limits"')[2].partition("</section>")[0]
    assert "10,000 records." in Reader(limits).text


def test_documentation_has_no_words_of_a_test_run() -> None:
    text = Reader(render_contract(conforming())).text
    for words in ("creation/", "refusal/", "mutant", "verified", "profile", "x-1", "exchange", "broken server"):
        assert words not in text, words


def test_every_requirement_and_open_question_has_its_place_in_the_documentation() -> None:
    """An argument's promises stand at the argument, whichever topic they belong to."""
    names = {section.id for section in SECTIONS}
    assert {section_of(name, each.topic) for name, each in requirements().items()} == names
    assert {section_of_question(name) for name in open_questions()} <= names
    assert section_of("of-a-later-version", "life") == "retrieving"
    assert section_of("create-echoes-reference-origin", "answer") == "reference-origin"
    assert section_of("answer-reference", "answer") == "reference"
    assert section_of_question("unknown-includes") == "includes"


def test_member_of_the_example_leads_to_its_requirements() -> None:
    page = render_contract(conforming())
    example = page.partition('<section aria-labelledby="annotated">')[2].partition("</section>")[0]
    line = re.search(r"<li><code>[^<]*&#34;dry_data&#34;.*?</li>", example)
    assert line is not None
    for name in ("answer-dry-data", "create-echoes-dry-data", "create-default-dry-data"):
        assert f'<a href="#{name}">' in line[0]


def test_result_of_an_earlier_version_lacks_what_is_optional() -> None:
    result = conforming()
    for name in ("exchanges", "accepted", "refusals", "observed"):
        del result[name]
    for entry in result["requirements"]:
        del entry["example"], entry["flaws"]
    for name in ("timeline", "pairs", "outage", "faults"):
        result.pop(name, None)
    assert "A request and its response" not in render_evidence(checked(result))
    assert "Pairs of argument values" not in render_result(result)


def test_recording_is_described() -> None:
    result = conforming()
    result["recording"] = RECORDING
    text = " ".join(Reader(render_result(checked(result))).text.split())
    assert "age days 7" in text


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_hostile_result_is_shown_harmlessly_on_every_page(name: str) -> None:
    page = pages(hostile)[name]
    assert page.replace("\n", "").isprintable()
    assert "<img" not in page
    assert "javascript:" not in "".join(value for _, _, value in Reader(page).attributes)
    shown = "&lt;img src=x onerror=alert(1)&gt;\\x1b[2J\\u202egnp\\u2066\\ud800\\n::error::xAAAA"
    assert (shown in page) is (name not in {"recipes.html", "proof.html"})


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://docs.commercelayer.io/core#x", True),
        ("http://docs.commercelayer.io/", False),
        ("javascript:alert(1)//https://x", False),
        (" https://x", False),
        ("https:/x", False),
        ("https://x\n/", False),
        ("https://[", False),
        ("//x", False),
        ("https://x/" + "y" * 5_000, False),
    ],
)
def test_only_https_becomes_a_link(text: str, is_one: bool) -> None:  # noqa: FBT001  a parameter of the case
    assert is_web_address(text) is is_one


def test_result_that_lacks_a_member_is_not_rendered_with_a_hole() -> None:
    result = conforming()
    del result["repeat"]
    with pytest.raises(UndefinedError, match="repeat"):
        render_result(result)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_stands_out_from_its_ground(scheme: str) -> None:
    """WCAG 2 AA asks for a contrast of 4.5 to 1."""
    blocks = (TEMPLATES / "page.css").read_text(encoding="utf-8").split(":root {")
    declared = blocks[1 if scheme == "light" else 2].partition("}")[0].replace("\n", ";").split(";")
    colours = dict(part.strip().split(": ") for part in declared if part.strip().startswith("--"))
    for name in ("text", "quiet", "link", "good", "bad", "doubt", "known"):
        for ground in ("ground", "panel"):
            lighter, darker = sorted((luminance(colours[f"--{each}"]) for each in (name, ground)), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (name, ground)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour written as #rrggbb."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
