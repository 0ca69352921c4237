"""Every requirement has an id, a sentence and one rule or flaw that decides it; a faulty entry is one clear line."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exports_conformance.contract import requirements as requirements_module
from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import (
    FOLDER,
    REQUIREMENTS_FILE,
    Requirement,
    Where,
    digest,
    load_requirements,
    requirements,
)
from exports_conformance.contract.tables import ContractError
from exports_conformance.rules import TOPICS, Finding, all_rules
from exports_conformance.rules import judging as judging_module
from exports_conformance.rules.engine import WRITTEN, rule
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS, ODD_UPDATES

NAMED = {flaw.breaks for flaw in FLAWS.values()} | {odd.breaks for odd in (*CREDENTIALS, *NEGOTIATIONS, *ODD_METHODS)}
NAMED |= {odd.breaks for odd in ODD_UPDATES}
NAMED |= {"retrieve-unknown-404", "delete-removes", "delete-again-404"}  # of tests that state them themselves
GOOD: Mapping[str, str] = {
    "topic": "answer",
    "statement": "It is so.",
    "basis": "documented",
    "source": "https://docs.commercelayer.io/core",
    "weight": "promise",
    "where": "{}",
}


def _table(name: str = "some-promise", **changes: str | None) -> str:
    """Return a table of the contract file; `changes` are TOML values; None removes the key."""
    values = {**{key: value if value == "{}" else f'"{value}"' for key, value in GOOD.items()}, **changes}
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value is not None)


def test_contract_loads_in_the_order_of_its_file() -> None:
    headings = re.findall(r"^\[(.+)\]$", REQUIREMENTS_FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert list(requirements()) == headings
    assert all(name == each.id for name, each in requirements().items())


@pytest.mark.parametrize("requirement", requirements().values(), ids=requirements())
def test_requirement_is_a_sentence_with_an_address(requirement: Requirement) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", requirement.id)
    assert requirement.statement.endswith(".")
    assert requirement.statement == requirement.statement.strip()
    address = urlsplit(requirement.source)
    assert address.scheme == "https"
    assert address.hostname in {"docs.commercelayer.io", "jsonapi.org", "github.com"}


def test_every_rule_decides_a_requirement_and_needs_rules() -> None:
    rules = all_rules()
    assert set(rules) - {""} <= set(requirements())
    for each in rules.values():
        assert set(each.needs) <= set(rules)
    order = list(rules)
    assert all(order.index(need) < order.index(name) for name, each in rules.items() for need in each.needs)


def test_written_rules_stand_in_a_module_of_their_topic() -> None:
    """Rules of lists and their pages are in modules of their own, as there are many; checks are shared."""
    assert {topic.__name__.rpartition(".")[2] for topic in TOPICS} == {
        *(each.topic for each in requirements().values()),
        "lists",
        "pages",
    }


@pytest.mark.parametrize("requirement", [name for name in WRITTEN if name])
def test_id_of_a_written_rule_stands_literally_in_its_topic(requirement: str) -> None:
    topic = requirements()[requirement].topic
    files = [
        FOLDER.parent / "rules" / f"{name}.py" for name in (topic, *(["lists", "pages"] if topic == "life" else []))
    ]
    assert any(f'"{requirement}"' in file.read_text(encoding="utf-8") for file in files)


def test_every_requirement_is_decided_by_a_rule_or_named_by_a_flaw() -> None:
    assert set(requirements()) - set(all_rules()) - NAMED == set()


def test_no_requirement_is_decided_twice() -> None:
    """What a flaw names is decided by the rule of planted flaws; a rule of its own would speak beside it."""
    assert NAMED & set(all_rules()) == set()
    assert set(requirements()) >= NAMED


def test_rule_in_a_table_and_in_a_module_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = replace(requirements()["answer-id"], id="answer-json")
    monkeypatch.setattr(judging_module, "requirements", lambda: {**requirements(), twice.id: twice})
    with pytest.raises(ContractError, match=r"\[answer-json\] has two rules"):
        all_rules.__wrapped__()


def test_rule_that_needs_a_missing_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {name: each for name, each in requirements().items() if name != "answer-meta"}
    monkeypatch.setattr(judging_module, "requirements", lambda: fewer)
    monkeypatch.setitem(WRITTEN, "answer-self-link", replace(WRITTEN["answer-self-link"], needs=("answer-meta",)))
    with pytest.raises(ContractError, match=r"\[answer-self-link\] needs \[answer-meta\]"):
        all_rules.__wrapped__()


def test_requirement_has_one_rule() -> None:
    with pytest.raises(ValueError, match="'create-status-201' has a rule already"):
        rule("create-status-201", applies=lambda _: True)(lambda _: iter([Finding("", "")]))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "has no entry"),
        ("# nothing\n", "has no entry"),
        ("[some-promise", "cannot be read"),
        (_table() + _table(), "cannot be read"),
        ('"some-promise" = "a text"', "[some-promise]: is not a table"),
        (_table(weight='"heavy"'), "[some-promise] weight: Input should be 'promise' or 'advice', not 'heavy'"),
        (_table(weight="7"), "[some-promise] weight: Input should be 'promise' or 'advice', not 7"),
        (_table(weight='["promise"]'), "[some-promise] weight: Input should be 'promise' or 'advice', not ['promise']"),
        (_table(basis='"wiki"'), "[some-promise] basis: Input should be 'documented' or 'inferred', not 'wiki'"),
        (_table(basis='"inferred"'), "[some-promise] how: belongs to a requirement that is inferred"),
        (_table(how='"It follows."'), "[some-promise] how: belongs to a requirement that is inferred"),
        (_table(shape='"a text"'), "[some-promise] shape: 'a text' is not a shape; use a quoted text, or one of: a "),
        (_table(shape='"a string"'), "[some-promise] where: needs a place in the response"),
        (_table(where="{ answer = [] }"), "[some-promise] where.answer: Unexpected keyword argument"),
        (_table(where="{ line = 1 }"), "[some-promise] where.line: Input should be a valid boolean"),
        (_table(topic='"weather"'), "[some-promise] topic: Input should be 'request'"),
        (_table(since='"7.9"'), "[some-promise] since: should be one of page, 7.10, not '7.9'"),
        (_table(until='""'), "[some-promise] until: should be one of page, 7.10, not ''"),
        (_table(severity='"high"'), "[some-promise] severity: Unexpected keyword argument, not 'high'"),
        (_table(id='"other"'), "[some-promise]: is not a table of this file; its id is the table's name"),
        (_table(statement="7"), "[some-promise] statement: Input should be a valid string, not 7"),
        (_table(when_seen='"no"'), "[some-promise] when_seen: Input should be a valid boolean, not 'no'"),
        (_table("Some_Promise"), "[Some_Promise] is not an id"),
        (_table(weight=None), "[some-promise] weight: Field required"),
        ("[some-promise]\n", "[some-promise] topic: Field required"),
        (_table("good-one") + _table("bad-one", source=None), "[bad-one] source: Field required"),
    ],
)
def test_faulty_contract_is_one_clear_line(text: str, hint: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.toml"
    file.write_text(text, encoding="utf-8")
    message = _refusal(file)
    assert hint in message


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[caf\xe9]"], ids=["missing", "utf-16", "latin-1"])
def test_contract_that_cannot_be_read_is_one_clear_line(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "requirements.toml"
    if content is not None:
        file.write_bytes(content)
    assert "cannot be read" in _refusal(file)


def _refusal(file: Path) -> str:
    with pytest.raises(ContractError) as caught:
        load_requirements(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message


def test_good_tables_load(tmp_path: Path) -> None:
    file = tmp_path / "requirements.toml"
    file.write_text(_table("one") + _table("two", since='"7.10"', when_seen="true"), encoding="utf-8")
    loaded = load_requirements(file)
    assert list(loaded) == ["one", "two"]
    assert (loaded["one"].since, loaded["one"].until, loaded["one"].when_seen) == ("page", None, False)
    assert (loaded["two"].since, loaded["two"].when_seen) == ("7.10", True)
    with pytest.raises(TypeError):
        del loaded["one"]  # type: ignore[attr-defined]  # a read-only mapping


@pytest.mark.parametrize(
    ("since", "until", "editions"),
    [
        ("page", None, {"page", "7.10"}),
        ("page", "7.10", {"page"}),
        ("7.10", None, {"7.10"}),
        ("page", "page", set()),
    ],
)
def test_requirement_is_in_the_editions_between_since_and_until(
    since: Edition, until: Edition | None, editions: set[Edition]
) -> None:
    each = Requirement(
        id="x",
        topic="answer",
        statement="It is.",
        basis="documented",
        source="https://docs.commercelayer.io",
        weight="promise",
        where=Where(),
        since=since,
        until=until,
    )
    assert {edition for edition in ("page", "7.10") if each.in_edition(edition)} == editions


@pytest.mark.parametrize("name", ["requirements.toml", "openapi.yaml", "resources.json", "editions/7.10.toml"])
def test_digest_covers_the_whole_contract(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in [*FOLDER.glob("*.*"), *FOLDER.glob("editions/*.toml")]:
        copy = tmp_path / file.relative_to(FOLDER)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(requirements_module, "FOLDER", tmp_path)
    assert digest.__wrapped__() == digest()
    (tmp_path / "marks.py").write_text("another", encoding="utf-8")
    assert digest.__wrapped__() == digest()
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"\n")
    assert digest.__wrapped__() != digest()
