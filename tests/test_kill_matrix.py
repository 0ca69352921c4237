"""The kill matrix: how it is measured, gathered, checked against its budgets, and shown."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.proof import hunts, matrix, page, plot
from tests.proof.hunting import Hunt, hunt
from tests.proof.hunts import SEEDS
from tests.proof.kept import Kept
from tests.proof.peer import Opinion, opinion

DOCS = Path(__file__).parent.parent / "docs"
MATRIX = matrix.read(DOCS / "kill-matrix.json")
PROMISE: Mapping[str, Any] = {"name": "a", "weight": "promise", "smoke": 3, "quick": 40, "thorough": 40, "sweep": [40]}
ADVICE: Mapping[str, Any] = {**PROMISE, "name": "b", "weight": "advice", "quick": None, "sweep": [None]}
RIGHT: matrix.Matrix = {"mutants": [PROMISE, ADVICE], "variants": [{"name": "v", "flagged": []}]}


def test_matrix_within_its_budgets_falls_short_of_nothing() -> None:
    assert matrix.shortfalls(RIGHT) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mutants": [{**PROMISE, "quick": 251}]}, "a: quick catches it after 250 exchanges, or never"),
        ({"mutants": [{**PROMISE, "quick": None}]}, "a: quick catches it after 250 exchanges, or never"),
        ({"mutants": [{**PROMISE, "sweep": [9, None]}]}, "a: quick catches it after 250 exchanges, or never"),
        ({"mutants": [{**PROMISE, "thorough": 1501}]}, "a: thorough catches it after 1500 exchanges, or never"),
        ({"mutants": [{**ADVICE, "thorough": None}]}, "b: thorough catches it after 1500 exchanges, or never"),
        ({"mutants": [{**PROMISE, "besides": ["x"]}]}, "a: is also reported as x"),
        ({"mutants": [{**PROMISE, "smoke": None}]}, "smoke catches 0 of 1 within 12 exchanges, fewer than 55%"),
        ({"budget": [{"requests": 100, "caught": 9, "of": 10}]}, "--budget 100 catches 9 of 10, fewer than 92%"),
        ({"variants": [{"name": "v", "flagged": ["x"]}]}, "v: conforms, and is reported as x"),
    ],
)
def test_shortfall_of_a_matrix_is_named(wrong: matrix.Matrix, said: str) -> None:
    assert matrix.shortfalls(RIGHT | wrong) == [said]


def test_option_of_a_mutant_that_quick_does_not_have_is_no_shortfall_of_quick() -> None:
    (name, mutant) = next((name, mutant) for name, mutant in MUTANTS.items() if mutant.options)
    assert mutant.requirement
    assert matrix.shortfalls(RIGHT | {"mutants": [{**PROMISE, "name": name, "quick": None, "sweep": [None]}]}) == []


def test_page_shows_every_server_of_its_matrix() -> None:
    shown = page.rendered(MATRIX)
    assert [each["name"] for each in MATRIX["mutants"] if f"`{each['name']}`" not in shown] == []
    assert [each["name"] for each in MATRIX["variants"] if f"`{each['name']}`" not in shown] == []


def test_curve_is_drawn_from_the_matrix_and_not_from_the_day(tmp_path: Path) -> None:
    plot.write(MATRIX, tmp_path / "curve.svg")
    drawn = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    assert plot.digest(MATRIX) in drawn
    assert not re.search(r"<dc:date>", drawn)


def test_same_matrix_is_drawn_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        plot.write(MATRIX, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_matrix_is_read_as_it_was_written(tmp_path: Path) -> None:
    matrix.write(MATRIX, tmp_path / "matrix.json")
    assert matrix.read(tmp_path / "matrix.json") == MATRIX
    assert (tmp_path / "matrix.json").read_text(encoding="utf-8").count("\n") > len(MATRIX["mutants"])
    assert matrix.read(tmp_path / "none.json") == {}


def test_hunt_ends_where_the_violation_was_seen() -> None:
    found = hunt("answers-200", "quick")
    assert (found.found, found.besides) == (1, ())
    assert found.asked < 10
    assert found.test.startswith("control.py::")


def test_search_for_what_smoke_does_not_send_finds_nothing() -> None:
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


def test_other_seeds_are_hunted_only_where_what_was_drawn_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"found-by-a-fixed-request": (3, False), "found-by-a-drawn-one": (3, True), "not-found": (0, False)}
    ran: list[tuple[str, int]] = []

    def hunt(name: str, profile: Profile, seed: int) -> Hunt:
        ran.append((name, seed))
        return Hunt(name, profile, seed, found[name][0], "a test", 9, (), drawn=found[name][1])

    def parallel(function: Any, tasks: Any, *_: Any, **__: Any) -> list[Hunt]:
        return [function(*task) for task in tasks]

    for name, value in {"MUTANTS": found, "hunt": hunt, "parallel": parallel, "Kept": lambda _: None}.items():
        monkeypatch.setattr(hunts, name, value)
    hunted = list(hunts.hunts(Progress(), [("sweep", (0, 1, 2))]))
    assert {(each.mutant, each.seed) for each in hunted} == {(name, seed) for name in found for seed in range(3)}
    assert [task for task in ran if task[1]] == [
        (name, seed) for name in ("found-by-a-drawn-one", "not-found") for seed in (1, 2)
    ]


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


def test_peer_runs_until_a_check_fails() -> None:
    said = opinion("error-without-title")
    assert (said.check, said.errors) == ("response_schema_conformance", ())
    assert 0 < said.requests < 200
