"""The pages in a real browser: they find, scroll, show and build, run nothing of a server's, and ask nobody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page

from exports_conformance.reference.app import Reference
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.server import serving
from exports_conformance.reports.site.templating import PAGES
from exports_conformance.reports.writing import write_site
from tests.conftest import BROKEN, WAIVED
from tests.results import hostile, violating
from tests.suite_runs import TOKEN

AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def site(conforming_run: Path, violating_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a conforming, a violating and a hostile run."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "conforming").symlink_to(conforming_run)
    (folder / "violating").symlink_to(violating_run)
    write_site(hostile(), folder / "hostile")
    return folder


class Visit:
    """A page that is looked at, and what went on behind its back."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.blocked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.blocked.append(f"{request.url} {request.failure}"))
        page.on("dialog", self._dismiss)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _dismiss(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def open(self, file: Path, fragment: str = "") -> Page:
        """Open a file, at an anchor if one is named."""
        self.page.goto(f"{file.as_uri()}{fragment}")
        return self.page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield Visit(context.new_page())
    context.close()


def shown(page: Page) -> list[str]:
    """Return the ids of the entries that a search leaves visible."""
    ids: list[str] = page.eval_on_selector_all(".among article:not([hidden])", "each => each.map(one => one.id)")
    return ids


def test_search_narrows_and_filters_and_is_cleared(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / "index.html")
    everything = shown(page)
    page.keyboard.press("/")
    page.keyboard.type("echoes METADATA")
    assert shown(page) == ["create-echoes-metadata"]
    assert page.inner_text("[role=status]") == f"1 of {len(everything)} requirements"
    assert page.locator("#topic_errors").is_hidden()
    page.keyboard.press("Escape")
    assert shown(page) == everything
    page.select_option("#verdict", "violated")
    assert shown(page) == [BROKEN]
    page.select_option("#weight", "advice")
    assert shown(page) == []


def test_anchor_scrolls_and_shows_what_a_search_had_hidden(visit: Visit, site: Path) -> None:
    page = visit.open(site / "conforming" / "index.html", "#delete-removes")
    assert 0 <= top_of(page, "#delete-removes") < 450
    page.fill("#find", "no requirement has these words")
    page.evaluate("location.hash = '#create-status-201'")
    page.wait_for_selector("#create-status-201:visible")
    assert page.input_value("#find") == ""
    assert 0 <= top_of(page, "#create-status-201") < 450


def top_of(page: Page, selector: str) -> float:
    """Return the distance in pixels from the top of the window to an element."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"]


def test_failure_shows_its_difference_and_the_place_in_the_answer(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / "index.html")
    page.click(f".broken a[href='#{BROKEN}']")
    failure = page.locator(f"#{BROKEN} .failure")
    assert failure.is_visible()
    assert failure.locator("del").first.is_visible()
    assert failure.locator("ins").inner_text() == "null"
    tagged = failure.locator("pre[aria-label=Response] mark")
    assert "".join(tagged.all_inner_texts()).strip() == '"reference": null,'
    box, tag = failure.locator("pre[aria-label=Response]").bounding_box(), tagged.bounding_box()
    assert box is not None
    assert tag is not None
    assert box["y"] <= tag["y"] < box["y"] + box["height"]


def test_example_opens_by_keyboard(visit: Visit, site: Path) -> None:
    page = visit.open(site / "conforming" / "index.html", "#create-status-201")
    summary = page.locator("#create-status-201 summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#create-status-201 mark").first.is_visible()


def test_explorer_gives_a_body_that_the_reference_accepts(visit: Visit, site: Path, base_url: str) -> None:
    page = visit.open(site / "conforming" / "explorer.html")
    page.select_option("#type", "skus")
    page.check("input[value='csv']")
    for path in ("prices", "prices.price_tiers"):
        page.check(f"#includes input[value='{path}']")
    page.check("#fields input[value='code']")
    page.check("#fields input[value='prices.*']")
    page.select_option("#attribute", "code")
    page.fill("#value", "AAA")
    body = page.inner_text("#body")
    assert json.loads(body)["data"]["attributes"] == {
        "resource_type": "skus",
        "format": "csv",
        "includes": ["prices", "prices.price_tiers"],
        "fields": ["code", "prices.*"],
        "filters": {"code_eq": "AAA"},
    }
    assert page.inner_text("#verified").startswith("This run created exports of this type")
    assert posted(visit, body, base_url) == (201, "")


def test_explorer_gives_an_accepted_body_for_every_certain_type(visit: Visit, site: Path, base_url: str) -> None:
    page = visit.open(site / "conforming" / "explorer.html")
    names = page.eval_on_selector_all("article[data-certain=yes]", "each => each.map(one => one.id)")
    assert len(names) == 22
    for name in names:
        page.select_option("#type", name)
        page.locator("#includes input").first.check()
        assert posted(visit, page.inner_text("#body"), base_url) in {(201, ""), (422, "greater_than")}, name


@pytest.fixture
def base_url() -> Iterator[str]:
    """The address of a reference whose exports are completed at once."""
    with serving(Reference(token=TOKEN, pace=Pace(pending=0, running=0))) as address:
        yield address


def posted(visit: Visit, body: str, base_url: str) -> tuple[int, str]:
    """Send a body to a reference; give the status of its answer and, of a refusal, the reason: two types are empty."""
    headers = {"Authorization": f"Bearer {TOKEN}"} | dict.fromkeys(
        ("Accept", "Content-Type"), "application/vnd.api+json"
    )
    response = visit.page.context.request.post(f"{base_url}/api/exports", data=body.encode(), headers=headers)
    errors = response.json().get("errors", [])
    return response.status, errors[0]["meta"]["error"] if errors else ""


def test_error_is_found_by_its_meta(visit: Visit, site: Path) -> None:
    page = visit.open(site / "conforming" / "errors.html")
    page.fill("#find", "greater_than")
    assert shown(page) == ["empty-selection"]
    page.click("#empty-selection summary")
    assert '"greater_than"' in page.inner_text("#empty-selection pre[aria-label=Response]")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("run", ["conforming", "violating", "hostile"])
def test_page_runs_nothing_of_a_server_and_asks_nobody(visit: Visit, site: Path, run: str, name: str) -> None:
    file = site / run / name
    page = visit.open(file)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert visit.asked == [file.as_uri()]
    assert visit.said == []
    assert page.locator("img").count() == 0


def test_policy_stops_what_should_not_be_there(visit: Visit, tmp_path: Path) -> None:
    """Were something forgotten, the browser would still not run it: this page has it written in."""
    file = write_site(violating(), tmp_path)
    attack = "<script>document.title='taken'</script><img src='https://example.invalid/x'>"
    file.write_text(file.read_text(encoding="utf-8").replace("<main", f"{attack}<main"), encoding="utf-8")
    page = visit.open(file)
    assert page.title() != "taken"
    assert visit.blocked == ["https://example.invalid/x csp"]
    assert any("Content Security Policy" in said for said in visit.said)


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("page_of", ["violating/index.html", *(f"conforming/{name}" for name in list(PAGES)[1:])])
@pytest.mark.parametrize(
    ("scheme", "width", "rules"),
    [("light", 1200, RULES), ("dark", 390, ["color-contrast", "target-size", "scrollable-region-focusable"])],
)
def test_page_is_accessible(
    browser: Browser, site: Path, page_of: str, scheme: Any, width: int, rules: list[str]
) -> None:
    """All rules once a page; in the dark and on a phone again those that depend on colours and layout."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: `make test` installs it where there is npm")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto((site / page_of).as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.evaluate("for (const each of [...document.querySelectorAll('details')].slice(20)) each.open = false")
    page.add_style_tag(content="article { content-visibility: visible !important }")  # else their sizes are estimates
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("runOnly => axe.run({resultTypes: ['violations'], runOnly})", rules)
    context.close()
    assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]] == []
    assert wide <= 0


def test_page_of_a_tablet_and_of_a_small_phone_is_no_wider_than_the_window(visit: Visit, site: Path) -> None:
    for width in (320, 640, 961, 1201):
        visit.page.set_viewport_size({"width": width, "height": 900})
        page = visit.open(site / "violating" / "index.html")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, width


def test_what_is_printed_leaves_out_what_is_folded_and_what_needs_a_screen(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / "index.html")
    page.emulate_media(media="print")
    assert page.locator(f"#{BROKEN} .failure pre").first.is_visible()
    assert not page.locator("details:not([open])").first.is_visible()
    assert not page.locator("nav.pages").is_visible()
    page = visit.open(site / "conforming" / "explorer.html")
    assert not page.locator("#builder").is_visible()
    assert page.locator("#skus").is_visible()


def test_known_deviation_is_led_to_and_back(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / "index.html", f"#{WAIVED}")
    page.click(f"#{WAIVED} a[href='#part_deviations']")
    row = page.locator("tr.waived")
    assert row.is_visible()
    row.locator("a").first.click()
    assert page.url.endswith(f"#{WAIVED}")
    assert page.locator("tr.stale").count() == 1
