"""The published kill matrix is whole: every broken server and every variant is in it, and the budgets are kept."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.contract.requirements import requirements
from exports_conformance.reference.variants import VARIANTS
from tests.mutants import MUTANTS
from tests.proof import matrix, page, plot
from tests.proof.hunting import Hunt, hunt
from tests.proof.hunts import SEEDS
from tests.proof.kept import Kept
from tests.proof.measures import variants
from tests.proof.peer import Opinion, opinion

DOCS = Path(__file__).parent.parent / "docs"
REMEDY = "run `make kill-matrix` (and `make peer`) and commit what they write"
MATRIX = matrix.read(DOCS / "kill-matrix.json")


def _by_name(part: list[dict[str, Any]]) -> Mapping[str, dict[str, Any]]:
    return {each["name"]: each for each in part}


def test_every_mutant_is_in_the_matrix_as_it_is() -> None:
    said = {name: (each["requirement"], each["summary"]) for name, each in _by_name(MATRIX["mutants"]).items()}
    assert said == {name: (each.requirement, each.summary) for name, each in MUTANTS.items()}, REMEDY


def test_every_variant_is_in_the_matrix_and_unflagged() -> None:
    said = _by_name(MATRIX["variants"])
    assert {name: each["summary"] for name, each in said.items()} == {
        name: VARIANTS[name].summary for name in variants()
    }, REMEDY
    assert [name for name, each in said.items() if each["flagged"]] == []


def test_every_promise_has_a_mutant_in_the_matrix() -> None:
    promises = {name for name, each in requirements().items() if each.weight == "promise"}
    assert promises - {each["requirement"] for each in MATRIX["mutants"]} == set(), REMEDY


def test_quick_catches_what_breaks_a_promise_within_its_budget_on_every_seed() -> None:
    asked = [each for each in MATRIX["mutants"] if each["weight"] == "promise" and not MUTANTS[each["name"]].options]
    assert {len(each["sweep"]) for each in MATRIX["mutants"]} == {len(SEEDS)}
    late = [each["name"] for each in asked if max(first or 251 for first in (each["quick"], *each["sweep"])) > 250]
    assert late == []
    assert {each["requirement"] for each in asked} >= {
        name for name, each in requirements().items() if each.weight == "promise"
    }


def test_smoke_catches_most_and_thorough_everything() -> None:
    mutants = MATRIX["mutants"]
    assert sum(1 for each in mutants if each["smoke"] and each["smoke"] <= 12) >= 0.66 * len(mutants)
    assert [each["name"] for each in mutants if not each["thorough"] or each["thorough"] > 1500] == []


def test_no_mutant_is_reported_as_another() -> None:
    assert [each["name"] for each in MATRIX["mutants"] if "besides" in each] == []


def test_peer_was_asked_for_every_server() -> None:
    assert set(_by_name(MATRIX["peer"]["mutants"])) == set(MUTANTS), REMEDY
    assert set(_by_name(MATRIX["peer"]["variants"])) == set(variants()), REMEDY


def test_documents_are_those_of_the_matrix() -> None:
    assert (DOCS / "kill-matrix.md").read_text(encoding="utf-8") == page.rendered(MATRIX), REMEDY
    drawn = (DOCS / "kill-matrix.svg").read_text(encoding="utf-8")
    assert plot.digest(MATRIX) in drawn, REMEDY
    assert not re.search(r"<dc:date>", drawn)


def test_same_matrix_is_drawn_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        plot.write(MATRIX, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_matrix_is_read_as_it_was_written(tmp_path: Path) -> None:
    matrix.write(MATRIX, tmp_path / "matrix.json")
    assert matrix.read(tmp_path / "matrix.json") == MATRIX
    assert (tmp_path / "matrix.json").read_text(encoding="utf-8").count("\n") > len(MUTANTS)
    assert matrix.read(tmp_path / "none.json") == {}


def test_hunt_ends_where_the_violation_was_seen() -> None:
    found = hunt("answers-200", "quick")
    assert (found.found, found.besides) == (1, ())
    assert found.asked < 10
    assert found.test.startswith("authentication.py::")


def test_hunt_for_what_smoke_does_not_ask_finds_nothing() -> None:
    found = hunt("patch-crashes", "smoke")
    assert (found.found, found.test) == (0, "")
    assert 5 < found.asked <= 12


def test_measure_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    task, found = ("answers-200", "quick", 0), Hunt("answers-200", "quick", 0, 1, "a test", 9, ("another",))
    Kept(Hunt, tmp_path).add(task, found)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text(encoding="utf-8") + '[["answers-202", "qu', encoding="utf-8")
    assert Kept(Hunt, tmp_path).of(task) == found
    assert Kept(Hunt, tmp_path).of(("answers-202", "quick", 0)) is None


def test_matrix_is_gathered_from_hunts() -> None:
    hunts = [
        Hunt(name, profile, seed, 0 if profile == "smoke" else seed + 3, "a test", 9, ())
        for name in MUTANTS
        for profile in matrix.PROFILES
        for seed in (SEEDS if profile == "sweep" else (0,))
    ]
    (first, *_) = matrix.of_hunts(hunts, profiles=[], variants=[])["mutants"]
    assert (first["smoke"], first["quick"], first["thorough"]) == (None, 3, 3)
    assert first["sweep"] == [seed + 3 for seed in SEEDS]
    assert first["caught_by"] == "a test"


def test_peer_that_finds_fault_with_the_clean_reference_stops_the_measure() -> None:
    clean = Opinion("", "", "", 7, 0.1, 0.1, ())
    matrix.demand_clean([clean])
    for wrong in (replace(clean, check="not_a_server_error"), replace(clean, errors=("an error",))):
        with pytest.raises(ValueError, match="clean reference"):
            matrix.demand_clean([clean, wrong])


def test_what_the_peer_cannot_make_sense_of_counts_as_found() -> None:
    opinions = [Opinion(name, "", "", 7, 0.1, 0.1, ("an error",)) for name in MUTANTS]
    opinions.append(Opinion("", "offsets", "", 9, 0.1, 0.1, ()))
    peer = matrix.of_opinions([opinions[-1]], opinions)["peer"]
    assert {each["check"] for each in peer["mutants"]} == {"error"}
    assert peer["variants"] == [{"name": "offsets", "check": None, "requests": 9}]


def test_peer_is_asked_until_a_check_fails() -> None:
    said = opinion("error-without-title")
    assert (said.check, said.errors) == ("response_schema_conformance", ())
    assert 0 < said.requests < 200
