"""A result is rendered for a person: on the terminal and as a page, whatever a server put into it."""

import json
from base64 import b64encode
from copy import deepcopy
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jinja2 import UndefinedError
from jsonschema import Draft202012Validator

from exports_conformance.contract.requirements import requirements
from exports_conformance.evidence.result import SCHEMA_FILE
from exports_conformance.reports import failure, render, summary, write
from exports_conformance.reports.page import TEMPLATES, is_web_address

Result = dict[str, Any]

HOSTILE = (
    "</script></style></pre><img src=x onerror=alert(1)>\x1b[2J\u202egnp\u2066\ud800\n::error::x" + "A" * 5_000_000
)

WITNESS: Result = {
    "exchange": "x-17",
    "intent": "creation/pairs-07",
    "request": {
        "method": "POST",
        "path": "/exports",
        "query": "",
        "headers": [["Accept", "application/vnd.api+json"]],
        "body": '{"data":{"type":"exports"}}',
    },
    "response": {
        "status": 201,
        "headers": [["Content-Type", "application/vnd.api+json"]],
        "body": '{"data":{"id":"x"}}',
    },
    "expected": "'Größe 🧦 '",
    "actual": "'Größe ? '",
    "pointer": "/data/attributes/reference",
    "trace_id": "af1d-77",
    "curl": 'curl -g -i -X POST "$COMMERCELAYER_API_ENDPOINT"/exports --data-binary @witnesses/x.body',
}


def checked(result: Result) -> Result:
    """Give a result back that its schema allows."""
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).validate(result)
    return result


@pytest.fixture
def conforming() -> Result:
    """A run against the reference in which everything was seen that can be asked for."""
    entries = [
        {
            "id": name,
            "topic": requirement.topic,
            "statement": requirement.statement,
            "said_in": requirement.said_in,
            "source": requirement.source,
            "weight": requirement.weight,
            "verdict": "not seen" if requirement.when_seen else "verified",
            "reason": "judged only when it occurs" if requirement.when_seen else "",
            "exchanges": 0 if requirement.when_seen else 4,
            "violations": 0,
            "cases": {} if requirement.when_seen else {"creation": 3, "refusal": 1},
            "samples": [{"exchange": "x-1", "case": "creation/minimal", "status": 201, "held": True}],
            "witness": None,
        }
        for name, requirement in requirements().items()
    ]
    weather = ("no-answer", "throttled", "unavailable", "firewall", "token-refused", "not-permitted")
    return checked(
        {
            "schema_version": 1,
            "run_id": "run-1",
            "verdict": "conforms",
            "reasons": [],
            "endpoint": {
                "kind": "reference",
                "base_url": "http://127.0.0.1:8080/api",
                "mode": "test",
                "edition": "page",
                "edition_because": "the first export has none of the later attributes",
            },
            "contract": {"edition": "page", "sha256": "0" * 64},
            "profile": "quick",
            "seed": "0",
            "started": "2026-04-01T10:00:00.000Z",
            "finished": "2026-04-01T10:00:12.300Z",
            "versions": {"python": "3.11.2"},
            "counts": {"exchanges": 250, "created": 44, "deleted": 44, "left": 0, "retried": 0, "duplicates": 0},
            "environment": dict.fromkeys(weather, 0),
            "limits": {"limit": None, "share": None},
            "cleanup": {"left": []},
            "errors": [],
            "deviations": [],
            "recording": None,
            "requirements": entries,
            "repeat": "exports-conformance --hypothesis-profile quick",
        }
    )


@pytest.fixture
def violating(conforming: Result) -> Result:
    """A run against a live endpoint with a broken promise, broken advice, and more that is not well."""
    result = deepcopy(conforming)
    decide(result, "negotiation-lenient", "violated", violations=1, witness=WITNESS)
    decide(result, "create-echoes-reference", "violated", violations=3, witness=WITNESS)
    decide(
        result,
        "meta-mode",
        "intermittent",
        reason="it held when the same was asked again",
        violations=1,
        witness=WITNESS,
    )
    decide(result, "text-nul", "unverified", reason="no test that was run asks for it", exchanges=0)
    decide(result, "error-pointer", "unverified", reason="no test that was run asks for it", exchanges=0)
    result["verdict"], result["reasons"] = "violates", ["create-echoes-reference is violated"]
    result["endpoint"] |= {"kind": "live", "base_url": "https://yourdomain.commercelayer.io/api"}
    result["environment"]["throttled"] = 3
    result["cleanup"]["left"] = [{"id": "xYz", "mark": "mark-9"}]
    result["errors"] = [{"where": "suites/test_echo.py", "what": "KeyError: 'data'"}]
    return checked(result)


@pytest.fixture
def hostile(violating: Result) -> Result:
    """A run whose every text, as far as the schema lets it, is an attack."""
    result: Result = poisoned(violating)
    decide(result, "create-echoes-reference", "violated", source="javascript:alert(1)")
    decide(
        result,
        "create-status-201",
        "violated",
        source="https://x\u202e.example/\"onfocus='x'",
        witness=poisoned(WITNESS),
    )
    return checked(result)


def decide(result: Result, requirement: str, verdict: str, **changes: Any) -> None:
    """Change what a result says of a requirement."""
    entry = next(entry for entry in result["requirements"] if entry["id"] == requirement)
    entry |= {"verdict": verdict} | changes


KEPT = frozenset(
    {"id", "topic", "said_in", "weight", "verdict", "kind", "mode", "edition", "sha256", "started", "finished"}
)


def poisoned(value: Any) -> Any:
    """Give a JSON value with every free text in it replaced by the attack."""
    match value:
        case dict():
            return {name: each if name in KEPT else poisoned(each) for name, each in value.items()}
        case list():
            return [poisoned(each) for each in value]
        case str():
            return HOSTILE
        case _:
            return value


class Reader(HTMLParser):
    """Collects the elements, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        self.ids = [value for _, name, value in self.attributes if name == "id"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's name and attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Take a piece of text."""
        self.text += data


def test_failure_reads_promise_source_expected_actual_repeat() -> None:
    block = failure(
        requirements()["create-echoes-reference"],
        expected="'Größe 🧦 '",
        actual="'Größe\x1b[2J'",
        trace_id="af1d",
        repeat="curl -X POST",
    )
    assert block.splitlines() == [
        "create-echoes-reference  “reference comes back as it was sent.”",
        "  said in   page: https://docs.commercelayer.io/core/api-reference/exports/create#example",
        "  expected  'Größe 🧦 '",
        r"  actual    'Größe\x1b[2J'",
        "  trace_id  af1d",
        "  repeat    curl -X POST",
    ]


def test_failure_of_advice_says_so_and_leaves_out_what_is_not_known() -> None:
    block = failure(requirements()["text-nul"], expected="no server error", actual="500", trace_id=["\x07"])
    assert block.splitlines()[0].endswith("(advice)")
    assert r'  trace_id  ["\u0007"]' in block
    assert "repeat" not in block
    assert "  at  " not in block


def test_conforming_run_is_told_in_eight_lines(conforming: Result) -> None:
    conforming["environment"]["throttled"] = 2
    lines = list(summary(conforming, Path("reports/latest")))
    assert len(lines) <= 8
    assert lines[0].startswith(
        "conforms: reference endpoint http://127.0.0.1:8080/api in test mode, edition page (the first"
    )
    assert lines[0].endswith("a pass on the reference proves this suite, not the vendor")
    assert "environment: throttled twice" in lines
    assert "250 exchanges in 12.3 s, 44 created, 44 deleted, 0 left" in lines
    assert "read on: reports/latest/index.html (data: reports/latest/result.json)" in lines
    assert lines[-1] == "repeat: exports-conformance --hypothesis-profile quick"


def test_violating_run_lists_promises_before_advice(violating: Result) -> None:
    text = "\n".join(summary(violating))
    assert text.startswith("violates: live endpoint https://yourdomain.commercelayer.io/api")
    assert "not the vendor" not in text
    order = [
        "create-echoes-reference  “",
        "  seen in   3 of 4 exchanges",
        "negotiation-lenient  “",
        "intermittent: 1 promise: meta-mode (it held",
        "unverified: 1 promise, 1 advice: error-pointer, text-nul (no test",
        "error: suites/test_echo.py: KeyError",
        "left behind: xYz (mark-9)",
        "environment: throttled 3 times",
        "250 exchanges",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
    assert text.count("create-echoes-reference") == 1
    assert "read on" not in text


def test_share_of_the_rate_limit_is_told_where_others_need_it(conforming: Result, violating: Result) -> None:
    for run, told in ((conforming, False), (violating, True)):
        run["limits"] = {"limit": 100, "share": 0.31}
        assert ("31% of the rate limit" in "\n".join(summary(run))) is told


def test_reason_that_belongs_to_no_requirement_is_told(conforming: Result) -> None:
    conforming |= {"verdict": "inconclusive", "reasons": ["this application may not create exports"]}
    assert list(summary(conforming))[1] == "because: this application may not create exports"
    assert "this application may not create exports" in Reader(render(conforming)).text


def test_many_unverified_requirements_are_counted_and_the_first_named(conforming: Result) -> None:
    for entry in conforming["requirements"]:
        entry |= {"verdict": "unverified", "reason": "no test that was run asks for it"}
    lines = list(summary(conforming))
    assert len(lines) < 12
    assert f"and {len(requirements()) - 16} more" in " ".join(lines)


def test_hostile_result_is_told_harmlessly_on_the_terminal(hostile: Result) -> None:
    lines = list(summary(hostile, Path("latest")))
    assert all(line.isprintable() for line in lines)
    assert len("\n".join(lines)) < 60_000
    assert any(r"\x1b[2J\u202egnp" in line for line in lines)


@pytest.mark.parametrize("run", ["conforming", "violating", "hostile"])
def test_page_runs_nothing_and_fetches_nothing(run: str, request: pytest.FixtureRequest) -> None:
    page = render(request.getfixturevalue(run))
    reader = Reader(page)
    assert not {"script", "img", "iframe", "object", "embed", "link", "form", "base", "svg"} & set(reader.tags)
    names = {name for _, name, _ in reader.attributes}
    assert not {name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "action"}}
    links = [value for _, name, value in reader.attributes if name == "href"]
    assert {urlsplit(link).scheme for link in links} <= {"", "https"}
    assert all(link.startswith("#") for link in links if not urlsplit(link).scheme)
    assert "url(" not in page.partition("</style>")[0]
    assert len(page.encode("utf-8")) < 2_000_000


def test_page_allows_only_its_own_style(conforming: Result) -> None:
    reader = Reader(render(conforming))
    style = (TEMPLATES / "page.css").read_bytes()
    digest = b64encode(sha256(style).digest()).decode()
    policies = [
        value for tag, name, value in reader.attributes if (tag, name) == ("meta", "content") and "-src" in value
    ]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert style.decode() in reader.text


def test_page_has_an_anchor_for_every_requirement_and_no_dead_link(violating: Result) -> None:
    reader = Reader(render(violating))
    assert len(reader.ids) == len(set(reader.ids))
    assert requirements().keys() <= set(reader.ids)
    assert {value[1:] for _, name, value in reader.attributes if name == "href" and value[0] == "#"} <= set(reader.ids)
    assert {value for _, name, value in reader.attributes if name == "aria-labelledby"} <= set(reader.ids)


def test_page_tells_every_requirement_with_its_source(conforming: Result) -> None:
    reader = Reader(render(conforming))
    links = {value for _, name, value in reader.attributes if name == "href"}
    for requirement in requirements().values():
        assert requirement.statement.replace("`", "") in reader.text
        assert requirement.source in links
    assert reader.text.count("verified\n") >= len(requirements()) - 10
    assert "A pass on the reference proves" not in reader.text  # the sentence is the terminal's
    assert "a pass on the reference proves this suite, not the vendor." in reader.text


def test_page_of_a_violating_run_shows_the_witness(violating: Result) -> None:
    text = Reader(render(violating)).text
    headline, _, contract = text.partition("The contract")
    for told in (
        "violates: create an export",
        "2 violated, 1 intermittent, 2 unverified, ",
        "not verified: 1 promise, 1 advice",
        "Violated: 1 promise, 1 advice",
        "Intermittent: 1 promise",
        "unverified, 1 promise, 1 advice",
    ):
        assert told in headline
    for told in (
        "'Größe 🧦 '",
        "'Größe ? '",
        "af1d-77",
        '"type": "exports"',
        "Broken in 3 of 4 exchanges",
        WITNESS["curl"],
    ):
        assert told in contract
    assert "not the vendor" not in text


def test_hostile_result_is_shown_harmlessly_on_the_page(hostile: Result, tmp_path: Path) -> None:
    file = write(hostile, tmp_path / "new" / "folder")
    page = file.read_text(encoding="utf-8")
    assert file.name == "index.html"
    assert page.replace("\n", "").isprintable()
    assert "&lt;img src=x onerror=alert(1)&gt;\\x1b[2J\\u202egnp\\u2066\\ud800\\n::error::xAAAA" in page
    assert "javascript:" not in "".join(value for _, _, value in Reader(page).attributes)


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


def test_result_that_lacks_a_member_is_not_rendered_with_a_hole(conforming: Result) -> None:
    del conforming["repeat"]
    with pytest.raises(UndefinedError, match="repeat"):
        render(conforming)


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
    """Give the relative luminance of a colour written as #rrggbb."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
