"""The covering array: bodies that hold every pair (or triple) of attribute classes, in as few as can be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle

import covertable

from exports_conformance.contract.resources import (
    certain_types,
    deep_include,
    resource_type,
    sure_fields,
    sure_includes,
)
from exports_conformance.exchange.exports import ALL_SELECTING, VALUE_CLASSES
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import (
    TELLING,
    TOGETHER,
    WHOLE,
    Attributes,
    Body,
    as_sdk_writes,
    enveloped,
)

CLASSES: Mapping[str, Sequence[str]] = {
    **VALUE_CLASSES,
    "format": (*VALUE_CLASSES["format"], "csv"),
    "fields": (*VALUE_CLASSES["fields"], "related"),
    "filters": (*VALUE_CLASSES["filters"], "array"),
    "metadata": (*VALUE_CLASSES["metadata"], "keys"),
}
"""The arguments of a creation with the classes of their values.

A class that is listed several times is combined that much more often: csv as often as all that is json, so that
each resource type can be dealt both. `related` is one field of a related resource, `array` a filter with several
values, and `keys` are names outside ASCII.
"""

SALT = "0"
"""An order of the classes in which the pairs take no more rows than there are resource types in both formats."""

CLASSES_OF_TRIPLES: Mapping[str, Sequence[str]] = {**CLASSES, "includes": (*CLASSES["includes"], "deep")}
"""The classes of thorough: `deep` is a path of three segments, which an endpoint need not accept."""

MANY_KINDS: Mapping[str, Json] = {
    "text": "Größe 🧦 ",
    "integer": 42,
    "number": 0.5,
    "yes": True,
    "nothing": None,
    "list": [2, "1", False, {"b": [], "a": {}}],
    "object": {"deep": {"er": "still"}},
    "camelCase": {"innerKey": 1, "inner_key": 2, "innerkey": 3},
    "snake_case": 2**31,
    "kebab-case": -(2**53),
    "with a blank": 0.1,
    "Schlüssel": ["twice", "twice"],
    "id": "12",
    "type": "true",
    "data": {"attributes": {"id": None}},
    "date": "2026-02-29",
    "exponent": "1e3",
    "below zero": -0.0,
    "k" * 200: ["one"],
    "empties": [[], {}, ""],
    "none yet": [],
    "no members": {},
    "decimal": 1234.56789,
    "nothing as text": "null",
    "typography": "“5\N{NO-BREAK SPACE}000 €” – it’s",
}
"""Metadata with a value of every JSON type, and keys and values that a reader may take for something else."""

BEHIND_A_TAG = tuple(text for text in TELLING if text not in WHOLE)
"""Texts that expose something behind a tag too."""

Row = Mapping[str, str]

NO_CLASSES: Row = dict.fromkeys(CLASSES, "absent")


@dataclass(frozen=True, slots=True)
class Case:
    """A named body, and the row of the covering array that it was made from."""

    name: str
    body: Body
    row: Row

    def of_type(self, kind: str) -> "Case":
        """Return the same combination of classes for another resource type."""
        attributes = self.body["data"]["attributes"]
        texts = {name: attributes[name] for name in ("reference", "reference_origin", "metadata") if name in attributes}
        body = _body(self.row, {**_attributes(self.row, kind, iter(BEHIND_A_TAG), iter(BEHIND_A_TAG), []), **texts})
        return Case(f"{self.name}-as-{kind}", body, self.row)


@cache
def covering_cases(strength: int = 2) -> tuple[Case, ...]:
    """Return bodies that cover all combinations of `strength` classes, and every certain resource type in both formats.

    The page's own request covers skus in json, so no case is spent on that pair.
    """
    classes = CLASSES if strength == 2 else CLASSES_OF_TRIPLES  # noqa: PLR2004  pairs
    places = covertable.make(
        {name: list(range(len(several))) for name, several in classes.items()}, strength=strength, salt=SALT
    )
    rows = [{name: classes[name][place] for name, place in row.items()} for row in places]
    name = {2: "pairs", 3: "triples"}[strength]
    dealt = [*_dealt([row for row in rows if _is_csv(row)], certain_types())]
    others = tuple(kind for kind in certain_types() if kind != "skus")
    dealt += _dealt([row for row in rows if not _is_csv(row)], others)
    references, origins, whole = cycle(BEHIND_A_TAG), cycle(BEHIND_A_TAG), sorted(WHOLE)
    return tuple(
        Case(f"{name}-{number:02d}-{kind}", _body(row, _attributes(row, kind, references, origins, whole)), row)
        for number, (row, kind) in enumerate(dealt, start=1)
    )


def complete_body(kind: str) -> Body:
    """Return a tagged body as the vendor's SDK writes it, with every argument of the page's table, none empty."""
    row = {name: "many" if "many" in classes else "one" for name, classes in CLASSES.items()}
    row |= {"format": "csv", "dry_data": "true"}
    texts = iter((TOGETHER,)), iter((TOGETHER,))
    return as_sdk_writes(_attributes(row, kind, *texts, []))


def null_body(kind: str) -> Body:
    """Return a tagged body whose every other optional argument is null."""
    optional = (name for name in CLASSES if name not in {"reference", "relationships"})
    return enveloped({"resource_type": kind, **dict.fromkeys(optional), "reference": PLACEHOLDER})


def large_body(small: Body) -> Body:
    """Return the slowest export of the type of a `small` body: all records and all certain includes.

    It has a format, an origin and metadata, which an update that leaves them out must keep.
    """
    attributes = small["data"]["attributes"]
    kept = {"format": "json", "reference_origin": "before the update", "metadata": {"kept": "Größe"}}
    return enveloped({**attributes, "includes": [*sure_includes(attributes["resource_type"])], **kept})


def narrow_body(small: Body, filters: Mapping[str, Json] | None = None) -> Body:
    """Return a `small` json body with a few fields, which its file must show, and with the same text in both texts.

    It selects all records, unless there are `filters`.
    """
    attributes = {**small["data"]["attributes"], **({"filters": dict(filters)} if filters else {})}
    origin = {"reference_origin": attributes["reference"]} if attributes.get("reference") else {}
    return enveloped({**attributes, **origin, "fields": [*sure_fields(attributes["resource_type"])[:3]]})


def nested_body(small: Body) -> Body:
    """Return a `small` json body without fields whose records nest those of the certain to-many relationships."""
    attributes = small["data"]["attributes"]
    kind = resource_type(attributes["resource_type"])
    many = [path for path in sure_includes(kind.name) if kind.relationships[path.partition(".")[0]].many]
    return enveloped({**attributes, "includes": many})


def deep_body(small: Body, filters: Mapping[str, Json]) -> Body:
    """Return a `small` json body that selects some records, and includes resources three levels deep."""
    attributes = small["data"]["attributes"]
    path = deep_include(attributes["resource_type"])
    return enveloped({**attributes, "includes": [path] if path else [], "filters": dict(filters)})


def part_body(small: Body, filters: Mapping[str, Json]) -> Body:
    """Return a `small` json body that selects some records, with all their fields and those of related ones."""
    attributes = small["data"]["attributes"]
    related = [f"{path}.*" for path in sure_includes(attributes["resource_type"])[:2]]
    return enveloped({**attributes, "fields": ["*", *related], "filters": dict(filters)})


def table_body(small: Body, filters: Mapping[str, Json]) -> Body:
    """Return a `small` csv body that selects some records, with the certain fields that are a column each.

    It includes a single related resource, whose fields it names too.
    """
    attributes = small["data"]["attributes"]
    kind = resource_type(attributes["resource_type"])
    columns = [field for field in sure_fields(kind.name) if field != "metadata"]
    single = [path for path in sure_includes(kind.name) if "." not in path and not kind.relationships[path].many][:1]
    columns += [f"{path}.*" for path in single]
    related = {"includes": single} if single else {}
    return enveloped({**attributes, **related, "format": "csv", "fields": columns, "filters": dict(filters)})


def dry_body(small: Body, filters: Mapping[str, Json]) -> Body:
    """Return a `small` json body that selects a part of the records, with dry data."""
    return enveloped({**small["data"]["attributes"], "filters": dict(filters), "dry_data": True})


def _body(row: Row, attributes: Attributes) -> Body:
    return as_sdk_writes(attributes) if row["relationships"] == "empty" else enveloped(attributes)


def _is_csv(row: Row) -> bool:
    return row["format"] == "csv"


def _dealt(rows: Sequence[Row], kinds: Sequence[str]) -> Iterator[tuple[Row, str]]:
    """Deal resource types over rows: each at least once, and to a row with includes one that has as many."""
    able = sorted((kind for kind in kinds if sure_includes(kind)), key=lambda kind: len(sure_includes(kind)))
    able_of = {
        "deep": cycle([kind for kind in able if deep_include(kind)]),
        "many": cycle([kind for kind in reversed(able) if len(sure_includes(kind)) > 1]),
    }
    some = cycle(able)
    dealt = [(row, next(able_of.get(row["includes"], some))) for row in rows if _has_includes(row)]
    yield from dealt
    plain = [row for row in rows if not _has_includes(row)]
    left = [kind for kind in kinds if kind not in {name for _, name in dealt}]
    rest = plain + [plain[at % len(plain)] for at in range(len(left) - len(plain))]
    yield from zip(rest, cycle(left or kinds), strict=False)


def _has_includes(row: Row) -> bool:
    return row["includes"] in {"one", "many", "deep"} or row["fields"] in {"many", "related"}


def _attributes(row: Row, kind: str, references: Iterator[str], origins: Iterator[str], whole: list[str]) -> Attributes:
    """Return a row's attributes, each text the next of its kind, so that every attribute has every telling one.

    The tag stands in the reference, else before the origin, else in the metadata; but the texts that expose something
    only as a `whole` are the origins of bodies whose tag can stand elsewhere.
    """
    values = {name: _value(name, row[name], kind) for name in row if name != "relationships" and row[name] != "absent"}
    has_metadata, has_reference = row["metadata"] in {"one", "many", "keys"}, row["reference"] == "one"
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
    plain, several, of_several_values = ALL_SELECTING
    values: Mapping[tuple[str, str], Json] = {
        ("format", "json"): "json",
        ("format", "csv"): "csv",
        ("includes", "empty"): [],
        ("includes", "one"): [*related[-1:]],
        ("includes", "many"): [*related[:3]],
        ("includes", "deep"): [deep_include(kind)],
        ("fields", "empty"): [],
        ("fields", "one"): [own[0]],
        ("fields", "all"): ["*"],
        ("fields", "related"): [f"{path}.id" for path in related[-1:]],
        ("fields", "many"): [*own[:3], *(f"{path}.*" for path in related[:2])],
        ("filters", "empty"): {},
        ("filters", "one"): plain,
        ("filters", "many"): several,
        ("filters", "array"): of_several_values,
        ("dry_data", "false"): False,
        ("dry_data", "true"): True,
        ("reference", "empty"): "",
        ("reference_origin", "empty"): "",
        ("metadata", "empty"): {},
        ("metadata", "one"): {"foo": "bar"},
        ("metadata", "many"): dict(MANY_KINDS),
        ("metadata", "keys"): {"Straße": "eins", "日本": "二"},
    }
    return values.get((name, chosen))
