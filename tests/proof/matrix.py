"""The kill matrix as data: what `docs/kill-matrix.json` holds, compact, a line for each server."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from exports_conformance.contract.requirements import requirements
from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.proof.hunting import Hunt
from tests.proof.peer import Opinion

Matrix = dict[str, Any]

PROFILES: Sequence[Profile] = ("smoke", "quick", "sweep", "thorough")
SMOKE, QUICK, THOROUGH = 12, 250, 1500
"""Exchanges within which a profile should catch what it catches."""

SMOKE_CATCHES = 0.55
"""The part of all mutants that smoke should catch; the others take a second creation, a file, a list or a change."""

BUDGET, BUDGET_CATCHES = 100, 0.92
"""A `--budget`, in requests, and the part of all mutants that it should catch."""

VERSIONS = ("exports-conformance", "hypothesis", "pytest", "schemathesis")


def read(file: Path) -> Matrix:
    """Return the matrix in a file; an empty one if the file does not exist."""
    matrix: Matrix = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return matrix


def write(matrix: Mapping[str, Any], file: Path) -> None:
    """Write a matrix: each member on a line of its own, and each item of a list of objects too."""
    members = [f"{json.dumps(name)}: {_lines(value)}" for name, value in matrix.items()]
    file.write_text("{\n" + ",\n".join(members) + "\n}\n", encoding="utf-8")


def _lines(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f" {_compact(each)}" for each in value) + "\n]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def of_hunts(
    hunts: Iterable[Hunt], *, profiles: Iterable[Mapping[str, Any]], variants: Iterable[Mapping[str, Any]]
) -> Matrix:
    """Gather what was hunted, beside what the profiles cost and what was said of the variants."""
    found: dict[tuple[str, Profile], dict[int, Hunt]] = defaultdict(dict)
    for each in hunts:
        found[each.mutant, each.profile][each.seed] = each
    order = {name: number for number, name in enumerate(PROFILES)}
    return {
        "versions": {name: version(name) for name in VERSIONS},
        "profiles": sorted(map(_rounded, profiles), key=lambda each: order[each["profile"]]),
        "mutants": [_mutant(name, {profile: found[name, profile] for profile in PROFILES}) for name in MUTANTS],
        "variants": sorted(map(dict, variants), key=lambda each: str(each["name"])),
    }


def _mutant(name: str, hunted: Mapping[Profile, Mapping[int, Hunt]]) -> dict[str, Any]:
    """Return a mutant's line; exchanges are null where a profile does not find it."""
    mutant = MUTANTS[name]
    firsts = {profile: [by_seed[seed] for seed in sorted(by_seed)] for profile, by_seed in hunted.items()}
    caught = next((hunt.test for profile in ("quick", "thorough") for hunt in firsts[profile] if hunt.found), "")
    besides = sorted({each for hunts in firsts.values() for hunt in hunts for each in hunt.besides})
    return {
        "name": name,
        "requirement": mutant.requirement,
        "weight": requirements()[mutant.requirement].weight,
        "summary": mutant.summary,
        "caught_by": caught,
        **{profile: firsts[profile][0].found or None for profile in ("smoke", "quick", "thorough")},
        "sweep": [hunt.found or None for hunt in firsts["sweep"]],
        **({"besides": besides} if besides else {}),
    }


def shortfalls(matrix: Mapping[str, Any]) -> list[str]:
    """Return what a matrix should have caught, and sooner, and what it should not have reported; empty if nothing."""
    found = []
    for each in matrix["mutants"]:
        has_options = each["name"] in MUTANTS and MUTANTS[each["name"]].options
        firsts = [each["quick"], *each["sweep"]]
        if each["weight"] == "promise" and not has_options and not all(_within(first, QUICK) for first in firsts):
            found.append(f"{each['name']}: quick catches it after {QUICK} exchanges, or never")
        if not _within(each["thorough"], THOROUGH):
            found.append(f"{each['name']}: thorough catches it after {THOROUGH} exchanges, or never")
        if "besides" in each:
            found.append(f"{each['name']}: is also reported as {', '.join(each['besides'])}")
    soon = sum(1 for each in matrix["mutants"] if _within(each["smoke"], SMOKE))
    if soon < SMOKE_CATCHES * len(matrix["mutants"]):
        found.append(
            f"smoke catches {soon} of {len(matrix['mutants'])} within {SMOKE} exchanges, fewer than {SMOKE_CATCHES:.0%}"
        )
    found += [
        f"--budget {BUDGET} catches {each['caught']} of {each['of']}, fewer than {BUDGET_CATCHES:.0%}"
        for each in matrix.get("budget", ())
        if each["requests"] == BUDGET and each["caught"] < BUDGET_CATCHES * each["of"]
    ]
    flagged = [each for each in matrix["variants"] if each["flagged"]]
    return found + [f"{each['name']}: conforms, and is reported as {', '.join(each['flagged'])}" for each in flagged]


def _within(first: int | None, budget: int) -> bool:
    return first is not None and first <= budget


def demand_clean(clean: Iterable[Opinion]) -> None:
    """Check that the peer finds no fault with the clean reference.

    Raises:
        ValueError: it does, so that its kills would mean nothing.
    """
    if wrong := [each for each in clean if each.check or each.errors]:
        raise ValueError(
            f"the peer finds fault with the clean reference: {wrong[0]}; tune tests/proof/schemathesis.toml"
        )


def of_opinions(clean: Sequence[Opinion], opinions: Sequence[Opinion]) -> Matrix:
    """Gather what the peer said of the clean reference, with several seeds, of each mutant and of each variant."""
    said = {each.mutant or each.variant: each for each in opinions}
    runs = [_rounded({"requests": each.requests, "wall": each.wall, "cpu": each.cpu}) for each in clean]
    asked = sorted(each.variant for each in opinions if each.variant)
    return {
        "peer": {
            "version": version("schemathesis"),
            "clean": runs,
            "mutants": [_opinion(name, said[name]) for name in MUTANTS],
            "variants": [_opinion(name, said[name]) for name in asked],
        }
    }


def _opinion(name: str, said: Opinion) -> dict[str, Any]:
    """Return a server's line; what the peer could not make sense of counts as found, as its users would see it."""
    found = said.check or ("error" if said.errors else None)
    return {"name": name, "check": found, "requests": said.requests}


def _rounded(measured: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in measured.items()}
