"""The covering array: bodies that hold every pair (or triple) of attribute classes, in as few as can be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle

import covertable

from exports_conformance.contract.resources import CERTAIN_TYPES, sure_includes
from exports_conformance.exchange.all_selecting import ALL_SELECTING
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import Attributes, Body, enveloped
from exports_conformance.strategies.population import Population, document_of
from exports_conformance.strategies.selections import sure_fields
from exports_conformance.strategies.texts import TELLING, TOGETHER, WHOLE

CLASSES: Mapping[str, Sequence[str]] = {
    # csv as often as all that is json, so that each resource type can be dealt both
    "format": ("absent", "csv", "null", "csv ", "json", "csv  "),
    "includes": ("absent", "null", "empty", "one", "many"),
    "fields": ("absent", "null", "empty", "one", "all", "many"),
    "filters": ("absent", "null", "empty", "one", "many"),
    "dry_data": ("absent", "null", "false", "true"),
    "reference": ("absent", "null", "empty", "one"),
    "reference_origin": ("absent", "null", "empty", "one"),
    "metadata": ("absent", "null", "empty", "one", "many"),
}
"""The attributes of a creation, each with the classes of values that an endpoint may treat differently."""

MANY_KINDS: Mapping[str, Json] = {
    "text": "Größe 🧦 ",
    "integer": 42,
    "number": 0.5,
    "yes": True,
    "nothing": None,
    "list": [2, "1", False, {"b": [], "a": {}}],
    "object": {"deep": {"er": "still"}},
}
"""Metadata with a value of every JSON type."""

BEHIND = tuple(text for text in TELLING if text not in WHOLE)
"""Texts that tell something behind a mark too."""

Row = Mapping[str, str]

NOTHING: Row = dict.fromkeys(CLASSES, "absent")


@dataclass(frozen=True, slots=True)
class Case:
    """A named body, and the row of the array that it is made of."""

    name: str
    body: Body
    row: Row

    def of_type(self, kind: str) -> "Case":
        """Give the same combination of classes for another resource type."""
        attributes = self.body["data"]["attributes"]
        texts = {name: attributes[name] for name in ("reference", "reference_origin", "metadata") if name in attributes}
        body = enveloped({**_attributes(self.row, kind, iter(BEHIND), iter(BEHIND), []), **texts})
        return Case(f"{self.name}-as-{kind}", body, self.row)


@cache
def covering_cases(strength: int = 2) -> tuple[Case, ...]:
    """Give bodies that cover all combinations of `strength` classes, every certain resource type in both formats.

    The page's own request covers skus in json, so no case is spent on that pair.
    """
    rows = list(covertable.make({name: list(classes) for name, classes in CLASSES.items()}, strength=strength))
    name = {2: "pairs", 3: "triples"}[strength]
    dealt = [*_dealt([row for row in rows if _is_csv(row)], CERTAIN_TYPES)]
    others = tuple(kind for kind in CERTAIN_TYPES if kind != "skus")
    dealt += _dealt([row for row in rows if not _is_csv(row)], others)
    references, origins, whole = cycle(BEHIND), cycle(BEHIND), sorted(WHOLE)
    return tuple(
        Case(f"{name}-{number:02d}-{kind}", enveloped(_attributes(row, kind, references, origins, whole)), row)
        for number, (row, kind) in enumerate(dealt, start=1)
    )


def covering_cases_of(recorded: Population) -> tuple[Case, ...]:
    """Give the bodies of covering arrays that were recorded, whatever is combined today."""
    known = [case for case in recorded if re.fullmatch(r"creation/(pairs|triples)-\d+-\w+", case)]
    rows = {case.name: case.row for strength in (2, 3) for case in covering_cases(strength)}
    bodies = {case.partition("/")[2]: document_of(recorded.of(case)[0]) for case in known}
    return tuple(Case(name, body, rows.get(name, NOTHING)) for name, body in bodies.items())


def complete_body(kind: str) -> Body:
    """Give a marked body that has every argument of the page's table, none of them null or empty, and tells most."""
    row = {name: "many" if "many" in classes else "one" for name, classes in CLASSES.items()}
    texts = iter((TOGETHER,)), iter((TOGETHER,))
    return enveloped(_attributes({**row, "format": "csv", "dry_data": "true"}, kind, *texts, []))


def large_body(kind: str) -> Body:
    """Give a marked body that takes longer than any other of its type: everything, and all that is sure beside it."""
    return enveloped({"resource_type": kind, "includes": [*sure_includes(kind)], "reference": PLACEHOLDER})


def narrow_body(kind: str) -> Body:
    """Give a marked json body of a few fields, whose file says whether they are there."""
    return enveloped({"resource_type": kind, "fields": [*sure_fields(kind)[:3]], "reference": PLACEHOLDER})


def _is_csv(row: Row) -> bool:
    return row["format"].startswith("csv")


def _dealt(rows: Sequence[Row], kinds: Sequence[str]) -> Iterator[tuple[Row, str]]:
    """Deal resource types over rows: each at least once, and where a row asks for includes, one that has as many."""
    able = sorted((kind for kind in kinds if sure_includes(kind)), key=lambda kind: len(sure_includes(kind)))
    some, several = cycle(able), cycle([kind for kind in reversed(able) if len(sure_includes(kind)) > 1])
    asking = [row for row in rows if _asks_for_includes(row)]
    dealt = [(row, next(several if row["includes"] == "many" else some)) for row in asking]
    yield from dealt
    plain = [row for row in rows if not _asks_for_includes(row)]
    left = [kind for kind in kinds if kind not in {name for _, name in dealt}]
    rest = plain + [plain[at % len(plain)] for at in range(len(left) - len(plain))]
    yield from zip(rest, cycle(left or kinds), strict=False)


def _asks_for_includes(row: Row) -> bool:
    return row["includes"] in {"one", "many"} or row["fields"] == "many"


def _attributes(row: Row, kind: str, references: Iterator[str], origins: Iterator[str], whole: list[str]) -> Attributes:
    """Give a row's attributes, each text the next of its kind, so that every attribute has every telling one.

    A mark stands in the reference, else before the origin, else in the metadata; but the texts that tell something
    only as a `whole` are the origins of bodies that can carry their mark elsewhere.
    """
    values = {name: _value(name, row[name].strip(), kind) for name in CLASSES if row[name] != "absent"}
    has_metadata, has_reference = row["metadata"] in {"one", "many"}, row["reference"] == "one"
    takes_whole = bool(whole) and (has_reference or has_metadata) and row["reference_origin"] == "one"
    if has_reference:
        values["reference"] = PLACEHOLDER + next(references)
    if row["reference_origin"] == "one":
        plain = has_reference or takes_whole
        values["reference_origin"] = ("" if plain else PLACEHOLDER) + (whole.pop() if takes_whole else next(origins))
    if has_metadata and not has_reference and (takes_whole or row["reference_origin"] != "one"):
        values["metadata"] = {**values["metadata"], "mark": PLACEHOLDER}
    return {"resource_type": kind, **values}


def _value(name: str, chosen: str, kind: str) -> Json:
    related, own = sure_includes(kind), sure_fields(kind)
    plain, several = ALL_SELECTING
    values: Mapping[tuple[str, str], Json] = {
        ("format", "json"): "json",
        ("format", "csv"): "csv",
        ("includes", "empty"): [],
        ("includes", "one"): [*related[-1:]],
        ("includes", "many"): [*related[:3]],
        ("fields", "empty"): [],
        ("fields", "one"): [own[0]],
        ("fields", "all"): ["*"],
        ("fields", "many"): [*own[:3], *(f"{path}.*" for path in related[:2])],
        ("filters", "empty"): {},
        ("filters", "one"): plain,
        ("filters", "many"): several,
        ("dry_data", "false"): False,
        ("dry_data", "true"): True,
        ("reference", "empty"): "",
        ("reference_origin", "empty"): "",
        ("metadata", "empty"): {},
        ("metadata", "one"): {"foo": "bar"},
        ("metadata", "many"): dict(MANY_KINDS),
    }
    return values.get((name, chosen))
