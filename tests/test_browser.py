"""The pages in a real browser: they find, lead, show and build, run nothing of a server's, and ask nobody."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect

from exports_conformance.contract.requirements import requirements
from exports_conformance.reference.app import Reference
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.server import serving
from exports_conformance.reports.kill_matrix import of_this_checkout
from exports_conformance.reports.site.comparison_page import write_comparison
from exports_conformance.reports.site.evidence_page import render_proof
from exports_conformance.reports.site.templating import EVIDENCE_PAGE, PAGES
from exports_conformance.reports.writing import write_site
from tests.conftest import BROKEN, WAIVED
from tests.results import hostile, nothing_judged, violating
from tests.suite_runs import TOKEN
from tests.test_comparison_page import comparison_of_everything

AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (390, 1280)
FAULT = f"faults/{BROKEN}.html"
By = Literal["pointer", "keyboard"]
TASKS = pytest.mark.parametrize(("width", "by"), [(width, by) for width in WIDTHS for by in get_args(By)])
"""On a phone and on a desk, with a pointer and with nothing but a keyboard."""


@pytest.fixture(scope="session")
def site(conforming_run: Path, violating_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a conforming, a violating and a hostile run, of one that judged nothing, and of a comparison."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "conforming").symlink_to(conforming_run)
    (folder / "violating").symlink_to(violating_run)
    write_site(hostile(), folder / "hostile")
    write_site(nothing_judged(), folder / "nothing")
    write_comparison(comparison_of_everything(), folder / "upgrade", in_site=True)
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

    def open(self, file: Path, rest: str = "", *, width: int = 1280) -> Page:
        """Open a file, with a query or an anchor if one is named."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto(f"{file.as_uri()}{rest}")
        return self.page


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One window for all tests."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(window: BrowserContext) -> Visit:
    """One tab for all tests: a new one would start a process."""
    return Visit(window.new_page())


@pytest.fixture
def visit(tab: Visit) -> Visit:
    tab.page.goto("about:blank")
    tab.page.emulate_media(media="screen")
    for each in (tab.asked, tab.blocked, tab.said):
        each.clear()
    return tab


def use(control: Locator, by: By, key: str = "Enter") -> None:
    """Click on a control, or focus it, which Tab must be able to do, and press a key."""
    if by == "pointer":
        control.click()
        return
    assert control.evaluate("each => each.tabIndex") >= 0
    control.focus()
    control.press(key)


def choose(control: Locator, value: str, by: By) -> None:
    """Choose a value of a list; by keyboard, type it."""
    if by == "pointer":
        control.select_option(value)
        return
    control.focus()
    control.press_sequentially(value)
    assert control.input_value() == value


def copied(page: Page, button: Locator, by: By) -> str:
    """Return what a button copies."""
    page.evaluate("navigator.clipboard.writeText('')")
    use(button, by)
    expect(button).to_have_text("Copied")
    texts = (str(page.evaluate("navigator.clipboard.readText()")) for _ in range(100))
    return next(filter(None, texts), "")


def shown(page: Page) -> list[str]:
    """Return the ids of the entries that the choices leave visible."""
    ids: list[str] = page.eval_on_selector_all("[data-entry]:not([hidden])", "each => each.map(one => one.id)")
    return ids


def first_hit(page: Page) -> str:
    """Return the address of the first thing that the search of the pages has found."""
    page.wait_for_selector("#hits li")
    return page.locator("#hits a").first.get_attribute("href") or ""


@TASKS
def test_search_jumps_to_the_first_hit_and_back_returns_to_it(visit: Visit, site: Path, width: int, by: By) -> None:
    page = visit.open(site / "violating" / "recipes.html", width=width)
    use(page.locator("#find"), by, "Home")
    page.keyboard.type("create-echoes-metadata")
    assert first_hit(page) == "contract.html#create-echoes-metadata"
    assert page.url.endswith("recipes.html?q=create-echoes-metadata")
    use(page.locator("#hits a").first if by == "pointer" else page.locator("#find"), by)
    page.wait_for_url("**/contract.html#create-echoes-metadata")
    page.locator("#create-echoes-metadata .exchange").wait_for()  # visible, once its example is loaded
    page.go_back()
    assert page.input_value("#find") == "create-echoes-metadata"
    page.locator("#find").focus()
    assert first_hit(page) == "contract.html#create-echoes-metadata"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contract.html#create-echoes-metadata")


PASTED = """{"errors": [{"title": "must be greater than 0", "detail": "records_count - must be greater than 0",
  "code": "VALIDATION_ERROR", "source": {"pointer": "/data/attributes/records_count"}, "status": "422",
  "meta": {"error": "greater_than", "value": 0, "count": 0}}]}"""


@TASKS
def test_pasted_error_leads_to_its_cause_and_fix(visit: Visit, site: Path, width: int, by: By) -> None:
    page = visit.open(site / "conforming" / "index.html", width=width)
    page.evaluate("text => navigator.clipboard.writeText(text)", PASTED)
    use(page.locator("#find"), by, "Home")
    page.keyboard.press("Control+V")
    assert first_hit(page) == "errors.html#empty-selection"
    use(page.locator("#hits a").first, by)
    page.wait_for_url("**/errors.html#empty-selection")
    assert 0 <= top_of(page, "#empty-selection") < 450
    assert "The filters select no records" in page.inner_text("#empty-selection")
    use(page.locator("#empty-selection summary"), by)
    assert '"code": "VALIDATION_ERROR"' in page.inner_text("#empty-selection pre[aria-label=Response]")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("dry_data", "contract.html#dry-data"),
        ("unknown key in filters", "contract.html#open_unknown-filters"),
        ("VALIDATION_ERROR greater_than", "errors.html#empty-selection"),
        ('{"errors":[{"title":"x","code":"KEY_NOT_INCLUDED_IN_URL","status":"400"}]}', "errors.html#key-not-included"),
        ('"code": "VALIDATION_ERROR", "meta": {"error": "inclusion"}', "errors.html#validation-inclusion"),
        ("records_count - must be greater than 0", "errors.html#empty-selection"),
        ("wait for an export to finish", "recipes.html#poll"),
        ("orders.customer_email", "explorer.html?type=orders"),
        ("gift_cards", "explorer.html?type=gift_cards"),
    ],
)
def test_search_finds_everything_that_the_pages_have(visit: Visit, site: Path, text: str, address: str) -> None:
    page = visit.open(site / "conforming" / "errors.html")
    page.fill("#find", text)
    assert first_hit(page).startswith(address)


def test_search_finds_nothing_without_noise_and_no_key_is_a_shortcut(visit: Visit, site: Path) -> None:
    page = visit.open(site / "conforming" / "index.html")
    page.keyboard.press("/")
    page.keyboard.press("s")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.fill("#find", "xyzzy")
    page.wait_for_selector("#hits li")
    assert page.inner_text("#hits") == "Nothing found."
    page.keyboard.press("Escape")
    assert page.locator("#hits").is_hidden()
    assert urlsplit(page.url).query == ""
    assert visit.said == []


@TASKS
def test_result_leads_to_the_evidence_of_a_promise(visit: Visit, site: Path, width: int, by: By) -> None:
    page = visit.open(site / "conforming" / "index.html", width=width)
    use(page.locator("a.cell[href='evidence.html#create-status-201']"), by)
    assert 0 <= top_of(page, "#create-status-201") < 450
    use(page.locator("#create-status-201 summary").first, by)
    page.wait_for_selector("#create-status-201 mark")
    assert page.inner_text("#create-status-201 mark") == "201"
    folder = (site / "conforming").as_uri()
    assert {each.removeprefix(folder) for each in visit.asked} == {
        "/index.html",
        "/evidence.html",
        "/examples.js",
    }


def top_of(page: Page, selector: str) -> float:
    """Return the distance in pixels from the top of the window to an element."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"]


def test_verdict_and_fault_are_on_the_first_screen(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / "index.html")
    assert page.inner_text("h1").endswith("broken by the built-in simulator")
    assert top_of(page, f"#{BROKEN}") < 450
    assert page.locator(f"#{BROKEN} .came").inner_text() == "null"
    assert page.locator(f"a.cell.violated[title={BROKEN}]").inner_text() == "✗"
    assert page.locator(".states rect.violated").count() >= 1
    assert page.locator(".ticks tr").count() >= 6
    assert page.locator(".pairs path").count() >= 2


@TASKS
def test_fault_is_found_copied_opened_and_left_again(visit: Visit, site: Path, width: int, by: By) -> None:
    page = visit.open(site / "violating" / "index.html", width=width)
    card = page.locator(f"#{BROKEN}")
    command = copied(page, card.locator("[data-copy]"), by)
    assert command.startswith("curl ")
    assert '"resource_type"' in command
    use(card.get_by_role("link", name="Request and response"), by)
    page.wait_for_url(f"**/{FAULT}#exchange")
    script = (site / "violating" / "faults" / f"{BROKEN}.sh").read_text()
    assert copied(page, page.locator("[data-copy=script_text]"), by).strip() == script.strip()
    tagged = page.locator("pre[aria-label=Response] mark")
    assert "".join(tagged.all_inner_texts()).strip() == '"reference": null,'
    message, place = page.locator("pre[aria-label=Response]").bounding_box(), tagged.first.bounding_box()
    assert message
    assert place
    assert message["y"] <= place["y"] < message["y"] + message["height"]  # scrolled to
    assert page.locator("pre[aria-label='Response that holds']").is_visible()
    assert page.locator("#all + table .violated").count() >= 1
    assert page.locator("#all + table .verified").count() > 10
    page.go_back()
    page.wait_for_url("**/index.html")
    use(card.get_by_role("link", name="Ticket"), by)
    page.wait_for_url(f"**/{FAULT}#ticket")
    use(page.get_by_role("link", name="In the contract"), by)
    page.wait_for_url(f"**/contract.html#{BROKEN}")


def test_choices_narrow_and_an_anchor_shows_what_they_hid(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / EVIDENCE_PAGE, "?verdict=violated")
    assert BROKEN in shown(page)
    page.select_option("#weight", "advice")
    assert shown(page) == []
    assert page.inner_text("#narrowed").startswith("0 of ")
    assert page.url.endswith("?verdict=violated&weight=advice")
    page.evaluate("location.hash = '#create-status-201'")
    page.wait_for_selector("#create-status-201:visible")
    assert 0 <= top_of(page, "#create-status-201") < 450


@TASKS
def test_documentation_leads_from_a_state_to_a_promise_and_its_example(
    visit: Visit, site: Path, width: int, by: By
) -> None:
    page = visit.open(site / "conforming" / "contract.html", width=width)
    use(page.locator(".states a[href='#completed']"), by)
    assert 0 <= top_of(page, "#completed") < 450
    promise = page.locator("#create-status-201")
    assert promise.locator("p").first.is_hidden()
    use(promise.locator("summary"), by)
    promise.locator("mark").wait_for()
    assert promise.locator("p a").first.get_attribute("href") == requirements()["create-status-201"].source
    use(promise.locator("summary"), by)
    assert promise.locator("p").first.is_hidden()
    question = page.locator("#open_status-at-creation")
    use(question.locator("summary"), by)
    assert "Accepted here" in question.inner_text()


@TASKS
def test_explorer_answers_orders_of_march_as_csv_with_emails(
    visit: Visit, site: Path, base_url: str, width: int, by: By
) -> None:
    page = visit.open(site / "conforming" / "explorer.html", width=width)
    choose(page.locator("#type"), "orders", by)
    use(page.locator("input[value='csv']"), by, "Space")
    for name in ("number", "customer_email"):
        use(page.locator(f"#fields input[value='{name}']"), by, "Space")
    for predicate, value in (("gteq", "2026-03-01T00:00:00Z"), ("lt", "2026-04-01T00:00:00Z")):
        use(page.locator("#add"), by)
        row = page.locator("#filters .row").last
        choose(row.get_by_label("Attribute"), "placed_at", by)
        choose(row.get_by_label("Predicate"), predicate, by)
        assert "for example 2026-03-01T00:00:00Z" in row.inner_text()
        assert "needs a value" in page.inner_text("#problems")
        use(row.get_by_label("Value"), by, "Home")
        page.keyboard.insert_text(value)
    assert page.inner_text("#problems") == ""
    body = copied(page, page.locator("[data-copy=body]"), by)
    assert json.loads(body)["data"]["attributes"] == MARCH
    assert posted(visit, body, base_url) in {(201, ""), (422, "greater_than")}
    for language, words in IN_EACH_LANGUAGE.items():
        choose(page.locator("#language"), language, by)
        program = copied(page, page.locator("[data-copy=command]"), by)
        assert [each for each in words if each not in program] == []
    assert page.inner_text("#verified").startswith("Accepted on reference, 20")
    visit.page.goto(page.url)
    assert page.inner_text("#body") == body


MARCH = {
    "resource_type": "orders",
    "format": "csv",
    "fields": ["customer_email", "number"],
    "filters": {"placed_at_gteq": "2026-03-01T00:00:00Z", "placed_at_lt": "2026-04-01T00:00:00Z"},
}
IN_EACH_LANGUAGE = {
    "curl": ["curl -g -X POST", '"placed_at_lt":"2026-04-01T00:00:00Z"', '"fields":["customer_email","number"]'],
    "Python (httpx)": ["httpx.post(", '"placed_at_lt": "2026-04-01T00:00:00Z"'],
    "JavaScript (SDK)": ["exports.create({", '"placed_at_lt": "2026-04-01T00:00:00Z"'],
    "CLI": ["commercelayer exports:create", "-t orders", "-F csv", "placed_at_lt=2026-04-01T00:00:00Z"],
}


def test_explorer_refuses_what_cannot_be_and_warns_of_what_has_no_effect(visit: Visit, site: Path) -> None:
    query = "?type=skus&include=prices&field=code&filter=created_at:gt:soon&filter=code:eq:A=B&edition=7.10"
    page = visit.open(site / "conforming" / "explorer.html", query)
    assert "created_at_gt needs a datetime" in page.inner_text("#problems .refused")
    assert "fields leaves out prices: add prices.*" in page.inner_text("#problems")
    assert page.inner_text("#command") == page.inner_text("#body") == "Not a valid export yet: see the problems above."
    page.locator("#filters .row").first.get_by_text("Remove").click()
    page.check("#fields input[value='prices.amount_cents']")
    page.check("#added input[value='jwt_filters']")
    assert page.inner_text("#problems") == ""
    attributes = json.loads(page.inner_text("#body"))["data"]["attributes"]
    assert attributes["jwt_filters"] is True
    assert attributes["fields"] == ["code", "prices.amount_cents"]
    page.select_option("#language", "Python (httpx)")
    program = page.inner_text("#command")
    sent = program[program.index("{") : program.index("response")]
    assert ast.literal_eval(sent.strip()) == attributes
    page.select_option("#language", "CLI")
    assert "cannot express" in page.inner_text("#command")
    page.select_option("#edition", "page")
    assert "jwt_filters" not in page.inner_text("#body")


def test_explorer_builds_an_accepted_body_for_every_certain_type(visit: Visit, site: Path, base_url: str) -> None:
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


@pytest.mark.parametrize("run", ["violating", "hostile"])
def test_pages_run_nothing_of_a_server_and_request_nothing(visit: Visit, site: Path, run: str) -> None:
    faults = (f"faults/{each.name}" for each in (site / run / "faults").glob("*.html"))
    for name in (*PAGES, EVIDENCE_PAGE, *faults):
        visit.asked.clear()
        page = visit.open(site / run / name)
        page.evaluate("for (const each of [...document.querySelectorAll('details')].slice(0, 30)) each.open = true")
        allowed = {(site / run / each).as_uri() for each in (name, "examples.js")}
        assert set(visit.asked) <= allowed, name
        assert visit.said == [], name
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
LOOKED_AT = (
    "violating/index.html",
    f"violating/{FAULT}",
    f"conforming/{EVIDENCE_PAGE}",
    "nothing/index.html",
    "upgrade/upgrade.html",
    *(f"conforming/{name}" for name in list(PAGES)[1:]),
)


@pytest.mark.parametrize(
    ("scheme", "width", "rules"),
    [("light", 1280, RULES), ("dark", 390, ["color-contrast", "target-size", "scrollable-region-focusable"])],
)
def test_pages_are_accessible_and_no_wider_than_the_window(
    browser: Browser, site: Path, scheme: Any, width: int, rules: list[str]
) -> None:
    """All rules once a page; in the dark and on a phone again those that depend on colours and layout."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: `make test` installs it where there is npm")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    )
    page = context.new_page()
    problems = []
    for name in LOOKED_AT:
        page.goto((site / name).as_uri())
        # Of long lists, a few entries stand for all; without an estimate of their sizes.
        for entries in ("article", ".promise", ".heat tr", ".matrix tr", ".unfolds"):
            page.evaluate(f"for (const each of [...document.querySelectorAll('{entries}')].slice(8)) each.remove()")
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        problems += [f"{name} is {wide} pixels too wide"] if wide > 0 else []
        page.evaluate("for (const each of [...document.querySelectorAll('details')].slice(8)) each.open = false")
        page.add_style_tag(content="article { content-visibility: visible !important }")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("runOnly => axe.run({resultTypes: ['violations'], runOnly})", rules)
        problems += [f"{name}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
    context.close()
    assert problems == []


def test_pages_of_a_tablet_and_of_a_small_phone_are_no_wider_than_the_window(visit: Visit, site: Path) -> None:
    for name in ("index.html", FAULT, "contract.html"):
        page = visit.open(site / "violating" / name)
        for width in (320, 640, 961, 1201):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (name, width)


def test_result_prints_on_four_sheets_without_what_needs_a_screen(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / "index.html")
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert 1 <= sheets <= 4
    page.emulate_media(media="print")
    assert page.locator(f"#{BROKEN} pre").first.is_visible()
    assert not page.locator("header.top").is_visible()
    page = visit.open(site / "conforming" / "explorer.html")
    assert not page.locator("#builder").is_visible()
    assert page.locator("#skus dl").is_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#skus dl").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#skus dl").is_hidden()


@TASKS
def test_proof_begins_with_the_faults_of_others_and_each_leads_to_its_report(
    visit: Visit, proof: Path, width: int, by: By
) -> None:
    page = visit.open(proof, width=width)
    ids = page.eval_on_selector_all("h2[id], h3[id]", "each => each.map(one => one.id)")
    assert ids == ["outside", "conforming", "broken", "curve", "by_requirement", "peer"]
    cell = page.locator("#outside ~ .squares a").first
    row = page.locator(f"tr[id='{(cell.get_attribute('href') or '')[1:]}']")
    assert row.is_hidden()
    use(cell, by)
    expect(row).to_be_visible()
    assert "github.com" in (row.locator("a").first.get_attribute("href") or "")
    paragraphs = page.locator("section[aria-labelledby=peer] p").all_inner_texts()
    assert "conditions" in paragraphs[0]
    assert " catches " in paragraphs[1]
    use(page.locator(".heat a").first, by)
    page.wait_for_url("**/contract.html#*")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.fixture(scope="module")
def proof(site: Path) -> Path:
    """The page of this checkout's kill matrix, beside the other pages of a run."""
    folder = site / "nothing"
    file = folder / "proof.html"
    file.write_text(render_proof(matrix=of_this_checkout(), folder=folder), encoding="utf-8")
    return file


def test_known_deviation_is_led_to_and_back(visit: Visit, site: Path) -> None:
    page = visit.open(site / "violating" / EVIDENCE_PAGE, f"#{WAIVED}")
    page.click(f"#{WAIVED} a[href='index.html#deviations']")
    row = page.locator("tr.waived")
    assert row.is_visible()
    row.locator("a").first.click()
    assert page.url.endswith(f"{EVIDENCE_PAGE}#{WAIVED}")
