"""The requirements: each with an id, a rule or a flaw to decide it, and a clear line where one is written wrongly."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exports_conformance.contract import requirements as requirements_module
from exports_conformance.contract.editions import Edition
from exports_conformance.contract.errors import ContractError
from exports_conformance.contract.requirements import FILE, FOLDER, Requirement, digest, load, requirements
from exports_conformance.rules import RULES, TOPICS
from exports_conformance.rules.engine import Finding, rule
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS

NAMED = {flaw.breaks for flaw in FLAWS.values()} | {odd.breaks for odd in (*CREDENTIALS, *NEGOTIATIONS, *ODD_METHODS)}
NAMED |= {"retrieve-unknown-404", "update-other-id", "delete-removes"}  # of suites/test_life.py
GOOD: Mapping[str, str] = {
    "topic": "answer",
    "statement": "It is so.",
    "said_in": "page",
    "source": "https://docs.commercelayer.io/core",
    "weight": "promise",
}


def _table(name: str = "some-promise", **changes: str | None) -> str:
    """Give a table of the contract file; a change of None takes the key away, one to TOML's own value is as it is."""
    values = {**{key: f'"{value}"' for key, value in GOOD.items()}, **changes}
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value is not None)


def test_contract_loads_in_the_order_of_its_file() -> None:
    headings = re.findall(r"^\[(.+)\]$", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
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
    assert set(RULES) - {""} <= set(requirements())
    for each in RULES.values():
        assert set(each.needs) <= set(RULES)
    modules = {check.check.__module__ for check in RULES.values()}
    assert {topic.__name__ for topic in TOPICS} == modules


def test_every_requirement_is_decided_by_a_rule_or_named_by_a_flaw() -> None:
    assert set(requirements()) - set(RULES) - NAMED == set()


def test_no_requirement_is_decided_twice() -> None:
    """What a flaw names is decided by the rule of planted flaws; a rule of its own would speak beside it."""
    assert NAMED & set(RULES) == set()
    assert set(requirements()) >= NAMED


def test_requirement_has_one_rule() -> None:
    with pytest.raises(ValueError, match="'create-status-201' has a rule already"):
        rule("create-status-201", applies=lambda _: True)(lambda _: iter([Finding("", "")]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no requirement"),
        ("# nothing\n", "has no requirement"),
        ("[some-promise", "cannot be read as the contract"),
        (_table() + _table(), "cannot be read as the contract"),
        ('"some-promise" = "a text"', "[some-promise] is not a table"),
        (_table(weight='"heavy"'), "[some-promise] weight: Input should be 'promise' or 'advice', not 'heavy'"),
        (_table(weight="7"), "[some-promise] weight: Input should be 'promise' or 'advice', not 7"),
        (_table(weight='["promise"]'), "[some-promise] weight: Input should be 'promise' or 'advice', not ['promise']"),
        (_table(said_in='"wiki"'), "[some-promise] said_in: Input should be 'page', 'guide'"),
        (_table(topic='"weather"'), "[some-promise] topic: Input should be 'request'"),
        (_table(since='"7.9"'), "[some-promise] since: Input should be 'page' or '7.10', not '7.9'"),
        (_table(until='""'), "[some-promise] until: Input should be 'page' or '7.10', not ''"),
        (_table(severity='"high"'), "[some-promise] severity: Unexpected keyword argument, not 'high'"),
        (_table(id='"other"'), "[some-promise] is not a table of a requirement; its id is the table's name"),
        (_table(statement="7"), "[some-promise] statement: Input should be a valid string, not 7"),
        (_table(when_seen='"no"'), "[some-promise] when_seen: Input should be a valid boolean, not 'no'"),
        (_table("Some_Promise"), "[Some_Promise] is no id"),
        (_table(weight=None), "[some-promise] weight: Field required"),
        ("[some-promise]\n", "[some-promise] topic: Field required"),
        (_table("good-one") + _table("bad-one", source=None), "[bad-one] source: Field required"),
    ],
)
def test_faulty_contract_is_one_clear_line(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.toml"
    file.write_text(text, encoding="utf-8")
    message = _refusal(file)
    assert told in message


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[caf\xe9]"], ids=["missing", "utf-16", "latin-1"])
def test_contract_that_cannot_be_read_is_one_clear_line(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "requirements.toml"
    if content is not None:
        file.write_bytes(content)
    assert "cannot be read as the contract" in _refusal(file)


def _refusal(file: Path) -> str:
    with pytest.raises(ContractError) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message


def test_good_tables_load(tmp_path: Path) -> None:
    file = tmp_path / "requirements.toml"
    file.write_text(_table("one") + _table("two", since='"7.10"', when_seen="true"), encoding="utf-8")
    loaded = load(file)
    assert list(loaded) == ["one", "two"]
    assert (loaded["one"].since, loaded["one"].until, loaded["one"].when_seen) == ("page", None, False)
    assert (loaded["two"].since, loaded["two"].when_seen) == ("7.10", True)
    with pytest.raises(TypeError):
        del loaded["one"]  # type: ignore[attr-defined]


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
    each = Requirement("x", "answer", "It is.", "page", "https://docs.commercelayer.io", "promise", since, until)
    both: tuple[Edition, Edition] = ("page", "7.10")
    assert {edition for edition in both if each.in_edition(edition)} == editions


@pytest.mark.parametrize("name", ["requirements.toml", "openapi.yaml", "resources.json", "editions/7.10.toml"])
def test_digest_is_that_of_all_that_the_contract_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
