"""The page of a comparison in a browser: it opens, it reads, it asks nothing of the network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.site.comparison_page import write_comparison
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.document import Comparison, build_comparison
from tests import compare_demo
from tests.exchanges import ABSENT, created, put, refused
from tests.test_comparison import FLAWED
from tests.test_comparison_reports import HOSTILE, side


def comparison_of_everything() -> Comparison:
    """Return a comparison that has something of everything, hostile text among it."""
    before = [created(), refused(422, expectation=FLAWED)]
    after = [
        put(put(created(), "/data/attributes/status", ABSENT), "/data/meta/cell", HOSTILE),
        refused(
            422, {"title": HOSTILE, "detail": "d", "code": "VALIDATION_ERROR", "status": "422"}, expectation=FLAWED
        ),
    ]
    return build_comparison(side(before), side(after, edition="7.10"), compare_exchanges(before, after))


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of that comparison."""
    folder = tmp_path_factory.mktemp("comparison")
    write_comparison(comparison_of_everything(), folder)
    return folder / "upgrade.html"


def test_page_opens_and_shows_before_and_after_side_by_side(browser: Browser, page_file: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    assert troubles == []
    assert "the upgrade breaks clients" in page.inner_text("h1")
    assert page.locator("article").count() == page.locator("h2:is(#breaking, #other) + table tbody tr").count() == 4
    first = page.locator("article").first
    row = first.locator(".aligned tr", has_text='"status": "pending"')
    one, other = (row.locator("td").nth(number).bounding_box() for number in (0, 1))
    assert one
    assert other
    assert one["y"] == other["y"]
    assert one["x"] + one["width"] <= other["x"]
    assert row.locator("td").nth(1).inner_text() == ""  # the response after has no such line
    assert "absent" in first.locator(".aligned th").nth(1).inner_text()
    page.close()


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make the demonstration of the upgrade gate; yield its page."""
    folder = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("API_ENDPOINT", "ACCESS_TOKEN"):  # put back at the end
            environment.setenv(f"COMMERCELAYER_{name}", "")
        assert compare_demo.main([str(folder)]) == 0
        yield folder / "upgrade.html"


@pytest.mark.parametrize(("width", "by"), [(390, "pointer"), (390, "keyboard"), (1280, "pointer"), (1280, "keyboard")])
def test_every_requirement_stands_with_its_verdicts_before_and_after(
    browser: Browser, demonstration: Path, width: int, by: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(demonstration.as_uri())
    assert page.locator(".matrix tbody tr").count() == len(requirements())
    topic = page.locator("details:has(.matrix .differs)").first
    changed = topic.locator("tbody tr").first
    assert changed.is_hidden()
    if by == "pointer":
        topic.locator("summary").click()
    else:
        topic.locator("summary").focus()
        page.keyboard.press("Enter")
    assert "differs" in (changed.get_attribute("class") or "")
    before, after = changed.locator("td").all_inner_texts()
    assert before != after
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    changed.locator("a").click()
    assert re.search(r"contract\.html#[a-z-]+$", page.url)
    page.close()


def test_demonstration_writes_a_page_that_opens(browser: Browser, demonstration: Path) -> None:
    page = browser.new_page()
    page.goto((demonstration.parent / "index.html").as_uri())
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Upgrade").click()
    assert page.inner_text("h1") == "Breaking: the upgrade breaks clients"
    rows = page.locator("table.list").first.locator("tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in rows] == [
        ["breaking", "status", "the relationship versions"],
        ["breaking", "member removed", "/data/relationships/versions"],
    ]
    others = page.locator("h2#other + table tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in others] == [
        ["compatible", "member added", "/data/attributes/estimated_completion_at"],
        ["compatible", "member added", "/data/attributes/jwt_filters"],
        ["compatible", "member added", "/data/attributes/processed_count"],
        ["compatible", "member added", "/data/attributes/progress"],
    ]
    page.click("text=member removed")
    assert page.url.endswith("#D2")
    page.close()


def test_page_fits_a_phone(browser: Browser, page_file: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()
