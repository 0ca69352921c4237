"""The page of a comparison in a browser: it opens, it reads, it asks nothing of the network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from exports_conformance.reports.site.comparison_page import write_comparison
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.document import Comparison, build_comparison
from tests import compare_demo
from tests.exchanges import ABSENT, created, put, refused
from tests.test_comparison import FLAWED
from tests.test_comparison_reports import HOSTILE, side


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of a comparison that has something of everything, hostile text among it."""
    before = [created(), refused(422, expectation=FLAWED)]
    after = [
        put(put(created(), "/data/attributes/status", ABSENT), "/data/meta/cell", HOSTILE),
        refused(
            422, {"title": HOSTILE, "detail": "d", "code": "VALIDATION_ERROR", "status": "422"}, expectation=FLAWED
        ),
    ]
    found: Comparison = build_comparison(side(before), side(after, edition="7.10"), compare_exchanges(before, after))
    folder = tmp_path_factory.mktemp("comparison")
    write_comparison(found, folder)
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
    assert page.locator("article").count() == page.locator("tbody tr td:first-child").count() == 4
    first = page.locator("article").first
    one, other = (first.locator("section").nth(number).bounding_box() for number in (0, 1))
    assert one
    assert other
    assert one["y"] == other["y"]
    assert one["x"] + one["width"] <= other["x"]
    assert '"status": "pending"' in first.locator("section").first.inner_text()
    assert "absent" in first.locator("section").nth(1).inner_text()
    page.close()


def test_demonstration_writes_a_page_that_opens(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_ENDPOINT", "ACCESS_TOKEN"):  # put back at the end
        monkeypatch.setenv(f"COMMERCELAYER_{name}", "")
    assert compare_demo.main([str(tmp_path)]) == 0
    page = browser.new_page()
    page.goto((tmp_path / "upgrade.html").as_uri())
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
