"""The pictures of a result: coordinates and path data that the templates draw as SVG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import Any

from exports_conformance.exchange.exports import VALUE_CLASSES
from exports_conformance.results.observations import PairCount
from exports_conformance.results.result import RequirementResult, RunResult

GRAVEST_FIRST = ("violated", "intermittent", "waived", "unverified", "verified", "not seen")
"""Verdicts, the gravest first."""

GLYPHS = {"verified": "✓", "violated": "✗", "intermittent": "≈", "waived": "–", "unverified": "?", "not seen": "○"}


@dataclass(frozen=True, slots=True)
class State:
    """A state of an export, or an operation on it, in the diagram: a box, and the sections of the contract it is about.

    `kind` is `state` or `call`; a call is drawn without a border.
    """

    name: str
    sections: tuple[str, ...]
    x: int
    y: int
    kind: str = "state"
    width: int = 104
    height: int = 30


_ARGUMENTS = ("resource-type", "format", "includes", "fields", "filters", "dry-data", "reference", "reference-origin")

STATES = (
    State("POST", ("sending", *_ARGUMENTS, "metadata", "errors", "limits"), 0, 62, "call", 56),
    State("pending", ("created", "relationships"), 84, 62, width=84),
    State("in_progress", ("running",), 204, 62, width=108),
    State("completed", ("completed",), 364, 6),
    State("file", ("file",), 506, 6, width=64),
    State("interrupted", ("interrupted",), 364, 62),
    State("failed", ("failed",), 364, 118),
    State("GET", ("retrieving",), 0, 118, "call", 56),
    State("PATCH", ("updating",), 84, 118, "call", 84),
    State("DELETE", ("deleting",), 204, 118, "call", 84),
)
"""The diagram, in the units of its view box of 580 by 154."""

EDGES = {
    ("POST", "pending"): ("create-accepts-documented", "create-status-201"),
    ("pending", "in_progress"): ("status-moves-on", "started-when-running", "started-after-creation"),
    ("in_progress", "completed"): ("completed-when-completed", "completed-after-start"),
    ("in_progress", "interrupted"): ("interrupt-stops", "interrupted-when-interrupted", "start-restarts"),
    ("in_progress", "failed"): ("failed-says-why",),
    ("completed", "file"): ("attachment-when-completed", "attachment-fresh", "file-served"),
}
"""The edges of the diagram with the requirements about each step."""


@dataclass(frozen=True, slots=True)
class StateShown:
    """A state with the gravest verdict of its promises and what they are, in words."""

    state: State
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class EdgeShown:
    """An edge: its path, the gravest verdict of the requirements about the step, and what they are, in words."""

    path: str
    verdict: str
    words: str


def edges_shown(entries: Iterable[RequirementResult]) -> list[EdgeShown]:
    """Return the edges, from the right side of a box to the left side of the next, with their verdicts."""
    boxes, known = {each.name: each for each in STATES}, {entry["id"]: entry for entry in entries}
    shown = []
    for (first, last), names in EDGES.items():
        one, other = boxes[first], boxes[last]
        path = f"M{one.x + one.width} {one.y + one.height // 2}L{other.x} {other.y + other.height // 2}"
        mine = [known[name] for name in names if name in known]
        words = ", ".join(f"{entry['id']} {entry['verdict']}" for entry in mine)
        shown.append(EdgeShown(path, gravest(mine) if mine else "plain", f"{first} to {last}: {words}" if mine else ""))
    return shown


def gravest(entries: Iterable[RequirementResult]) -> str:
    """Return the gravest verdict of requirements; one that was not seen counts only if none was."""
    verdicts = {entry["verdict"] for entry in entries}
    return next((each for each in GRAVEST_FIRST if each in verdicts), "not seen")


def states_shown(by_section: Mapping[str, Sequence[RequirementResult]]) -> list[StateShown]:
    """Return the states with the verdicts of their promises."""
    shown = []
    for state in STATES:
        entries = [entry for section in state.sections for entry in by_section.get(section, ())]
        number = {verdict: sum(entry["verdict"] == verdict for entry in entries) for verdict in GRAVEST_FIRST}
        words = ", ".join(f"{count} {verdict}" for verdict, count in number.items() if count)
        shown.append(StateShown(state, gravest(entries), words))
    return shown


@dataclass(frozen=True, slots=True)
class TickRow:
    """The requests of one family: a path of ticks for each mark."""

    family: str
    number: int
    paths: Mapping[str, str]


TICKS_WIDE = 480
_FAMILIES = 9
_FAMILY_WORDS = {
    "ownership": "own exports",
    "excuse": "controls",
    "quota": "making room",
    "schemathesis": "generated",
    "refusal": "refusals",
    "creation": "creations",
    "request": "requests",
    "lost creation": "lost creations",
}
_MARKS = ("", "violated", "throttled", "environment")


def tick_rows(result: RunResult) -> list[TickRow]:
    """Return a row of ticks for each family of requests, in the order in which they began."""
    ticks = result.get("timeline", [])
    families = list(dict.fromkeys(each["family"] for each in ticks))
    last = max((each["at"] for each in ticks), default=0) or 1
    kept = families[:_FAMILIES]
    rows = []
    for family in [*kept, *(["other"] if len(families) > len(kept) else [])]:
        mine = [
            each for each in ticks if each["family"] == family or (family == "other" and each["family"] not in kept)
        ]
        places = {mark: [_place(each["at"], last) for each in mine if each["outcome"] == mark] for mark in _MARKS}
        paths = {mark: "".join(f"M{x} 0v14" for x in dict.fromkeys(found)) for mark, found in places.items()}
        rows.append(TickRow(_FAMILY_WORDS.get(family, family), len(mine), paths))
    return rows


def _place(at: float, last: float) -> str:
    return f"{at / last * (TICKS_WIDE - 2) + 1:.4g}"


@dataclass(frozen=True, slots=True)
class PairMap:
    """The pairs of argument values that were sent, as a triangle of squares.

    `labels` are the places of the classes with their names, `paths` the squares by how often their pair was sent;
    `marked` are the squares of a fault's combination. `sent` of `possible` pairs were sent.
    """

    labels: list[tuple[int, str]]
    paths: Mapping[str, str]
    marked: str
    sent: int
    possible: int
    size: int


SQUARE = 9
_OFTEN = 4


def class_names() -> list[str]:
    """Return the classes of all arguments, written as a result has them."""
    return [f"{name}: {value}" for name, values in VALUE_CLASSES.items() for value in values]


def pair_map(result: RunResult) -> PairMap | None:
    """Return the map of the pairs that a run sent; None if the result has none."""
    pairs = result.get("pairs")
    if not pairs:
        return None
    names = class_names()
    squares: dict[str, list[str]] = {each: [] for each in ("none", "once", "several", "often", "violating")}
    marked, sent, possible = list[str](), 0, 0
    wanted = [frozenset(each) for each in _combinations(result)]
    for (column, one), (row, other) in combinations(enumerate(names), 2):
        if one.partition(":")[0] == other.partition(":")[0]:
            continue
        count = pairs.get(one, {}).get(other, {"creations": 0, "violating": 0})
        possible += 1
        sent += count["creations"] > 0
        squares[_shade(count)].append(_square(column, row))
        if frozenset({one, other}) in wanted or any(len(each) == 1 and each <= {one, other} for each in wanted):
            marked.append(_square(column, row))
    return PairMap(
        list(enumerate(names)),
        {shade: "".join(paths) for shade, paths in squares.items()},
        "".join(marked),
        sent,
        possible,
        len(names),
    )


def _square(column: int, row: int) -> str:
    return f"M{column * SQUARE} {row * SQUARE}h8v8h-8z"


def _shade(count: PairCount) -> str:
    if not count["creations"]:
        return "none"
    if count["violating"] == count["creations"]:
        return "violating"
    return "once" if count["creations"] == 1 else "several" if count["creations"] < _OFTEN else "often"


_WORDS = {
    "absent": ("absent",),
    "empty": ("empty",),
    "csv": ("csv",),
    "json": ("json",),
    "true": ("true",),
    "false": ("false",),
    "not empty": ("one", "many", "all"),
    "not csv": ("absent", "json"),
}


def _combinations(result: RunResult) -> list[tuple[str, ...]]:
    """Return the argument classes of the combinations under which faults occur, as far as the map has them."""
    found = []
    for fault in result.get("faults", ())[:8]:
        for classes in fault["condition"]["combinations"][:1]:
            alternatives: list[tuple[str, ...]] = [()]
            for text in classes[:2]:
                name, _, value = text.replace("`", "").partition(" is ")
                wanted = [f"{name}: {each}" for each in _WORDS.get(value, ()) if each in VALUE_CLASSES.get(name, ())]
                alternatives = [(*before, each) for before in alternatives for each in wanted]
            found += [each for each in alternatives if each]
    return found


def verdict_bar(entries: Sequence[RequirementResult], width: int = 600) -> list[tuple[str, int, int, int]]:
    """Return a bar of verdicts: each verdict that occurs with its number, place and width."""
    bar, at = [], 0
    for verdict in GRAVEST_FIRST:
        if number := sum(entry["verdict"] == verdict for entry in entries):
            wide = max(ceil(number / len(entries) * width), 6)
            bar.append((verdict, number, at, wide))
            at += wide
    return bar


def badge(words: str, verdict: str) -> str:
    """Return a badge as SVG: what was judged, and the verdict in a few words."""
    left, right = "exports API", words
    wide = [7 * len(each) + 12 for each in (left, right)]
    colour = {"conforms": "#116329", "partial": "#744700", "violates": "#a40e26"}.get(verdict, "#56606a")
    texts = "".join(
        f'<text x="{x}" y="14">{text}</text>' for x, text in ((wide[0] / 2, left), (wide[0] + wide[1] / 2, right))
    )
    wide_all = sum(wide)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide_all}" height="20" role="img"'
        f' aria-label="{left}: {right}">'
        f'<title>{left}: {right}</title><rect width="{wide[0]}" height="20" fill="#3b434b"/>'
        f'<rect x="{wide[0]}" width="{wide[1]}" height="20" fill="{colour}"/><g fill="#fff" text-anchor="middle"'
        f' font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )


def badge_words(result: RunResult) -> str:
    """Return the verdict of a result in two or three words of our own."""
    number: dict[str, int] = {}
    for entry in result["requirements"]:
        if entry["weight"] == "promise":
            number[entry["verdict"]] = number.get(entry["verdict"], 0) + 1
    words: dict[str, Any] = {
        "conforms": f"{number.get('verified', 0)} promises hold",
        "partial": f"{number.get('unverified', 0)} not tested",
        "violates": f"{number.get('violated', 0)} broken",
        "inconclusive": "not judged",
        "error": "not judged",
    }
    return str(words[result["verdict"]])
