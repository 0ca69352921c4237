"""The covering array, read back from its bodies: every combination of classes, every type in both formats."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import pytest

from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import TELLING, WHOLE, is_certain
from exports_conformance.strategies.covering import Case, complete_body, covering_cases

EVERY_CLASS: Mapping[str, tuple[str, ...]] = {
    "format": ("absent", "json", "csv"),
    "includes": ("absent", "empty", "one", "many"),
    "fields": ("absent", "empty", "one", "all", "many", "related"),
    "filters": ("absent", "empty", "one", "many", "array"),
    "dry_data": ("absent", "false", "true"),
    "reference": ("absent", "empty", "one"),
    "reference_origin": ("absent", "empty", "one"),
    "metadata": ("absent", "empty", "one", "many", "keys"),
    "relationships": ("absent", "empty"),
}
OF_TRIPLES = {**EVERY_CLASS, "includes": (*EVERY_CLASS["includes"], "deep")}


def _class(name: str, attributes: Mapping[str, Json]) -> str:
    """Return the class of an attribute, derived from the value sent."""
    if name not in attributes:
        return "absent"
    value = attributes[name]
    if value is None:
        return "null"
    if name in {"format", "dry_data"}:
        return value if isinstance(value, str) else json.dumps(value)
    if name == "fields" and value == ["*"]:
        return "all"
    if found := _finer_class(name, value):
        return found
    size = len([key for key in value if key != "mark"]) if isinstance(value, dict | list) else len(value[:1])
    return "empty" if not size else "one" if size == 1 else "many"


def _finer_class(name: str, value: Any) -> str:
    if name == "includes":
        return "deep" if any(path.count(".") == 2 for path in value) else ""
    if name == "fields":
        return "related" if [path[-3:] for path in value] == [".id"] else ""
    if name == "filters":
        return "array" if any(isinstance(each, list) for each in value.values()) else ""
    keys = [key for key in value if key != "mark"] if name == "metadata" else []
    return "keys" if keys and not any(key.isascii() for key in keys) else ""


def _attributes(case: Case) -> dict[str, Any]:
    attributes: dict[str, Any] = case.body["data"]["attributes"]
    beside = {name: value for name, value in case.body["data"].items() if name == "relationships"}
    return attributes | beside


def _missing(cases: Sequence[Case], strength: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """Return every combination of classes of that many attributes that no body has."""
    every = OF_TRIPLES if strength == 3 else EVERY_CLASS
    rows = [{name: _class(name, _attributes(case)) for name in every} for case in cases]
    for names in combinations(every, strength):
        met = {tuple(row[name] for name in names) for row in rows}
        for classes in product(*(every[name] for name in names)):
            if classes not in met:
                yield tuple(zip(names, classes, strict=True))


@pytest.mark.parametrize("strength", [2, 3])
def test_every_combination_of_classes_occurs(strength: int) -> None:
    assert list(_missing(covering_cases(strength), strength)) == []


def test_missing_combination_is_found() -> None:
    """Pairs hold no more triples than they must: the check says which they lack."""
    assert len(list(_missing(covering_cases(2), 3))) > 1000
    assert len(list(_missing(covering_cases(2)[:1], 1))) == sum(map(len, EVERY_CLASS.values())) - len(EVERY_CLASS)


@pytest.mark.parametrize("strength", [2, 3])
def test_every_certain_type_is_sent_in_csv_and_in_json(strength: int) -> None:
    """The page's own request is the one for skus in json."""
    asked = [_attributes(case) for case in covering_cases(strength)]
    csv = {each["resource_type"] for each in asked if each.get("format") == "csv"}
    other = {each["resource_type"] for each in asked if each.get("format") != "csv"}
    assert csv == set(certain_types())
    assert other >= set(certain_types()) - {"skus"}


@pytest.mark.parametrize("strength", [2, 3])
def test_bodies_are_distinct_and_certain(strength: int) -> None:
    cases = covering_cases(strength)
    assert len({json.dumps(case.body, sort_keys=True) for case in cases}) == len(cases)
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        assert is_certain(_attributes(case)) is (case.row["includes"] != "deep"), case.name


def test_pairs_are_few_enough_for_a_run_of_every_night() -> None:
    assert len(covering_cases(2)) <= 43
    assert len(covering_cases(3)) <= 300


@pytest.mark.parametrize("strength", [2, 3])
def test_every_body_with_text_has_exactly_one_tag(strength: int) -> None:
    for case in covering_cases(strength):
        attributes = _attributes(case)
        free = [attributes.get(name) for name in ("reference", "reference_origin", "metadata")]
        tags = json.dumps(free).count(PLACEHOLDER)
        assert tags == (1 if any(free) else 0), case.name
        if attributes.get("reference"):
            assert attributes["reference"].startswith(PLACEHOLDER), case.name


@pytest.mark.parametrize("attribute", ["reference", "reference_origin"])
def test_every_special_text_is_sent_and_long_ones_without_a_tag(attribute: str) -> None:
    sent = [str(_attributes(case).get(attribute)) for case in covering_cases(2)]
    assert {text for text in TELLING if not any(PLACEHOLDER + text == each or text == each for each in sent)} == (
        WHOLE if attribute == "reference" else set()
    )
    if attribute == "reference_origin":
        assert set(sent) >= WHOLE


def test_combination_is_the_same_for_another_type() -> None:
    for case in covering_cases(2):
        again = case.of_type("skus")
        asked, asked_again = _attributes(case), _attributes(again)
        assert asked_again["resource_type"] == "skus"
        assert is_certain(asked_again)
        assert again.name == f"{case.name}-as-skus"
        assert {name: _class(name, asked) for name in EVERY_CLASS if name not in {"includes", "fields"}} == {
            name: _class(name, asked_again) for name in EVERY_CLASS if name not in {"includes", "fields"}
        }
        assert _class("includes", asked_again) == case.row["includes"]
        assert _class("fields", asked_again) == case.row["fields"]


def test_empty_texts_are_sent_as_they_are() -> None:
    """A tag is added to a text that is sent anyway; it never replaces an empty text."""
    seen = {_attributes(case).get("reference", "absent")[:3] for case in covering_cases(2)}
    assert seen == {"", "abs", "exp"}


@pytest.mark.parametrize("kind", certain_types())
def test_complete_body_has_every_argument_and_nothing_empty(kind: str) -> None:
    attributes = complete_body(kind)["data"]["attributes"]
    assert {*attributes, "relationships"} == {"resource_type", *EVERY_CLASS}
    assert complete_body(kind)["data"]["relationships"] == {}
    assert attributes["resource_type"] == kind
    assert attributes["reference"].startswith(PLACEHOLDER)
    assert is_certain(attributes)
    empty = {name for name, value in attributes.items() if value in (None, "", [], {})}
    assert empty <= ({"includes"} if not attributes["includes"] else set())


def test_same_bodies_come_in_every_process() -> None:
    """The order of a set differs from process to process; that of the cases must not."""
    code = (
        "import json; from exports_conformance.strategies.covering import covering_cases, complete_body;"
        "print(json.dumps([[c.name, c.body] for c in covering_cases(2)] + [complete_body('skus')]))"
    )
    running = [
        subprocess.Popen(  # noqa: S603  our own code
            [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0] for process in running)
    assert first == second
    assert len(json.loads(first)) == len(covering_cases(2)) + 1
