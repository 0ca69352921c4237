"""A result is rendered as a page, whatever a server put into it."""

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

from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.history import extended
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.templating import PAGES, TEMPLATES, is_web_address
from exports_conformance.reports.writing import write_site
from tests.pages import Reader
from tests.results import RECORDING, WITNESS, Result, checked, conforming, hostile, violating

RUNS = (conforming, violating, hostile)


@cache
def pages(run: Callable[[], Result]) -> dict[str, str]:
    """Return the pages of a run by file name."""
    with TemporaryDirectory() as folder:
        write_site(run(), Path(folder) / "new" / "folder")
        return {file.name: file.read_text(encoding="utf-8") for file in (Path(folder) / "new" / "folder").iterdir()}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("run", RUNS)
def test_page_runs_its_own_script_and_fetches_nothing(run: Callable[[], Result], page: str) -> None:
    text = pages(run)[page]
    reader = Reader(text)
    assert not {"img", "iframe", "object", "embed", "link", "base", "svg", "audio", "video"} & set(reader.tags)
    names = {name for _, name, _ in reader.attributes}
    assert not {name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "action"}}
    links = [value for _, name, value in reader.attributes if name == "href"]
    assert {urlsplit(link).scheme for link in links} <= {"", "https"}
    assert "url(" not in text.partition("</style>")[0]
    assert len(text.encode("utf-8")) < 5_000_000
    scripts = [code for kind, code in reader.scripts if kind != "application/json"]
    digests = [f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" for code in (reader.style, *scripts)]
    policy = next(value for _, name, value in reader.attributes if name == "content" and "-src" in value)
    assert policy == (
        f"default-src 'none'; style-src {digests[0]}; script-src {digests[1]}; base-uri 'none'; form-action 'none'"
    )
    assert len(scripts) == 1
    assert "AAAA" not in scripts[0]


@pytest.mark.parametrize("run", RUNS)
def test_page_has_an_anchor_for_every_requirement(run: Callable[[], Result]) -> None:
    reader = Reader(pages(run)["index.html"])
    assert len(reader.ids) == len(set(reader.ids))
    assert requirements().keys() <= set(reader.ids)
    assert {value for _, name, value in reader.attributes if name == "aria-labelledby"} <= set(reader.ids)


def test_page_tells_every_requirement_with_its_source() -> None:
    reader = Reader(render_contract(conforming()))
    links = {value for _, name, value in reader.attributes if name == "href"}
    for requirement in requirements().values():
        assert requirement.statement.replace("`", "") in reader.text
        assert requirement.source in links
    assert "Conforms to the documentation: the built-in simulator" in reader.text
    assert "This was our built-in simulator; it says nothing about Commerce Layer." in reader.text
    assert "documentation of 2025-09 to 2026-03: the first export has none of the later attributes." in reader.text


def test_page_of_a_violating_run_shows_the_witness() -> None:
    text = " ".join(Reader(render_contract(violating())).text.split())
    headline, _, contract = text.partition("The contract")
    for words in (
        "Violates the documentation: the live endpoint",
        "2 violated, 1 intermittent, 2 unverified, ",
        "Not tested: 1 promise, 1 recommendation",
        "Violated: 1 promise, 1 recommendation",
        "Intermittent: 1 promise",
        "Unverified, 1 promise, 1 recommendation",
    ):
        assert words in headline
    for words in (
        "expected 'Größe 🧦 '",
        "actual 'Größe ? '",
        "af1d-77",
        '"type": "exports"',
        "Broken in 3 of 4 responses",
        WITNESS["curl"],
        "exports-conformance ticket create-echoes-reference",
    ):
        assert words in contract
    assert "simulator" not in text


def test_only_what_differs_is_marked() -> None:
    page = render_contract(violating())
    assert "<del>🧦</del>" in page
    assert "<ins>?</ins>" in page


def test_requirement_shows_its_example_with_the_relevant_part_marked() -> None:
    article = render_contract(conforming()).partition('<article id="create-status-201"')[2].partition("</article>")[0]
    assert "<mark>201</mark>" in article
    assert "A request and its response" in article
    assert "3 more, in the run's journal" in article


def test_flaws_are_shown_with_their_responses() -> None:
    text = " ".join(Reader(render_contract(conforming())).text.split())
    assert "1 invalid request tests it flawresponse format-unknown422 VALIDATION_ERROR (2 times)" in text


def test_last_time_that_a_requirement_held_is_shown_for_each_endpoint() -> None:
    earlier = conforming()
    earlier["finished"] = "2026-01-02T03:04:05.000Z"
    text = " ".join(Reader(render_contract(violating(), history=extended({}, [earlier]))).text.split())
    assert "Last verified: reference, 2026-01-02 03:04 UTC." in text
    live = "live https://yourdomain.commercelayer.io/api, 2026-04-01 10:00 UTC; reference, 2026-01-02 03:04 UTC."
    assert f"Last verified: {live}" in text
    assert "Not verified so far." in text


def test_open_question_is_shown_with_its_observations_apart_from_promises() -> None:
    page = render_contract(conforming())
    box = page.partition('<section class="aside" aria-labelledby="part_silent">')[2].partition("</section>")[0]
    text = " ".join(Reader(box).text.split())
    assert "What happens to a format other than json and csv?" in text
    assert "Observed on reference, 2026-04-01 10:00 UTC: 422 VALIDATION_ERROR (2 times)" in text
    assert "10,000 records." in Reader(page.partition("part_contradiction")[2]).text


def test_member_of_the_example_leads_to_its_requirements() -> None:
    page = render_contract(conforming())
    example = page.partition('<section aria-labelledby="part_example">')[2].partition("</section>")[0]
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
    assert "A request and its response" not in render_contract(checked(result))


def test_recording_is_described() -> None:
    result = conforming()
    result["recording"] = RECORDING
    text = " ".join(Reader(render_contract(checked(result))).text.split())
    assert "age days 7" in text


@pytest.mark.parametrize("name", PAGES)
def test_hostile_result_is_shown_harmlessly_on_every_page(name: str) -> None:
    page = pages(hostile)[name]
    assert page.replace("\n", "").isprintable()
    assert "<img" not in page
    assert "javascript:" not in "".join(value for _, _, value in Reader(page).attributes)
    shown = "&lt;img src=x onerror=alert(1)&gt;\\x1b[2J\\u202egnp\\u2066\\ud800\\n::error::xAAAA"
    assert (shown in page) is (name != "recipes.html")


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
        render_contract(result)


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
