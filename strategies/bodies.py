"""Creation bodies over the whole documented domain, and which of them must succeed."""

import json
from collections.abc import Iterator, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import (
    FieldType,
    certain_types,
    fitting_predicates,
    include_paths,
    predicates,
    related_type,
    resource_type,
    sure_fields,
    sure_includes,
)
from exports_conformance.exchange.exports import ALL_SELECTING
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER

LONGEST_TEXT = 255
"""Characters that a text may certainly have; no document gives a limit."""

TELLING = (
    "Größe 🧦 ",
    " leading and trailing ",
    "e\N{COMBINING ACUTE ACCENT} is not é",
    "ABC abc İıſß",
    '"quoted" \\ / &amp; <b> %41 +  two  spaces\tand\na line',
    "日本語 العربية",
    "O'Brien \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} soft\N{SOFT HYPHEN}hyphen",
    "null",
    "007",
    "long " + "0123456789" * 20,
)
"""Each exposes a common bug: encodings, trimming, normalisation, case, escapes, white space, types, length."""

WHOLE = frozenset({"null", "007"})
"""Strings that are only useful without a tag before them."""

TOGETHER = "|".join((*(text for text in TELLING[1:-1] if text not in WHOLE), TELLING[0]))
"""All others joined, for profiles that send a single string; it begins and ends with a space."""


def texts(*, max_size: int = 120) -> SearchStrategy[str]:
    """Text of any characters but NUL and surrogates, never blank; up to `max_size` characters."""
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    drawn = st.text(letters, max_size=max_size - 1).map(lambda text: "t" + text)
    telling = [text for text in TELLING if len(text) <= max_size]
    return st.sampled_from(telling) | drawn if telling else drawn


Filters = dict[str, Json]


def includes(*, of: str) -> SearchStrategy[list[str]]:
    """Lists of relationship paths of a resource type, the certain ones first; empty where it has none."""
    sure, known = sure_includes(of), include_paths(of)
    paths = [*sure, *(path for path in known if path not in sure)]
    return st.lists(st.sampled_from(paths), unique=True, max_size=4) if paths else st.just([])


def fields(*, of: str) -> SearchStrategy[list[str]]:
    """Lists of field names: explicit ones, `*`, and those of related resources (`rel.name`, `rel.*`)."""
    own = [*sure_fields(of), "*", *resource_type(of).fields]
    related = [f"{path}.*" for path in sure_includes(of)]
    return st.lists(st.sampled_from([*dict.fromkeys([*own, *related])]), unique=True, max_size=5)


def filters(*, of: str) -> SearchStrategy[Filters]:
    """Filters of up to three predicates that fit the attribute's type, with values of that type."""
    kind = resource_type(of)
    single = st.sampled_from(sorted(kind.filterable & kind.fields.keys())).flatmap(
        lambda name: _predicate(name, kind.fields)
    )
    return st.sampled_from(ALL_SELECTING) | st.lists(single, max_size=3).map(dict)


def _predicate(name: str, types: Mapping[str, FieldType]) -> SearchStrategy[tuple[str, Json]]:
    fitting = fitting_predicates(types[name])
    if not fitting:
        return st.just((f"{name}_present", True))
    return st.sampled_from(fitting).flatmap(
        lambda predicate: st.tuples(st.just(f"{name}_{predicate}"), _operands(predicate, types[name]))
    )


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _operands(predicate: str, kind: FieldType) -> SearchStrategy[Json]:
    """Values that a predicate compares with: one, several as an array or with commas, true, or an object."""
    values: Mapping[str, SearchStrategy[Json]] = {
        "string": texts(max_size=30).map(lambda text: text.replace(",", " ")),
        "integer": st.integers(0, 10_000),
        "float": st.floats(0, 10_000, width=16),
        "boolean": st.booleans(),
        "datetime": st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.000Z").rjust(24, "0")),
    }
    match predicates()[predicate].values:
        case "boolean":
            return st.just(True)
        case "object":
            return st.dictionaries(st.sampled_from(["foo", "bar"]), texts(max_size=10), min_size=1)
        case "list":
            several = st.lists(values[kind], min_size=1, max_size=3)
            return several | several.map(lambda items: ",".join(map(_written, items)))
        case "scalar":
            return values[kind]


Attributes = dict[str, Json]
Body = dict[str, Json]


def enveloped(attributes: Mapping[str, Json]) -> Body:
    """Return attributes in their JSON:API envelope."""
    return {"data": {"type": "exports", "attributes": dict(attributes)}}


def as_sdk_writes(attributes: Mapping[str, Json]) -> Body:
    """Return attributes in the envelope of the vendor's SDK (7.12.1), CLI and dashboard: with empty relationships."""
    return {"data": {"type": "exports", "attributes": dict(attributes), "relationships": {}}}


SURE_FILTER_FIELDS = ("id", "code", "created_at", "updated_at", "reference", "reference_origin")
"""Attributes that every edition lets an export be filtered by, of the types that have them."""

DOCUMENTED = enveloped({"resource_type": "skus"})
"""The request on the page."""


def formats() -> SearchStrategy[Json]:
    """The documented formats."""
    return st.sampled_from(["json", "csv"])


def references() -> SearchStrategy[Json]:
    """References that begin with the run's tag, followed by any text."""
    return texts().map(lambda text: PLACEHOLDER + text)


def metadata(*, max_leaves: int = 12) -> SearchStrategy[Json]:
    """Objects with values of every JSON type, nested; an array holds no null, since an API may drop it."""
    numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False, width=32)
    scalars = st.booleans() | numbers | texts(max_size=40)
    # The default alphabet, by its codec, makes Hypothesis try every code point: 170 MB in the first run in a folder.
    keys = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True, alphabet=st.characters(exclude_categories=["Cs"]))
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, st.none() | inner, max_size=3),
        max_leaves=max_leaves,
    )
    return st.dictionaries(keys, st.none() | values, max_size=4)


def creation_attributes(
    *,
    resource_types: SearchStrategy[str] = st.sampled_from(certain_types()),  # noqa: B008  strategies are immutable
    formats: SearchStrategy[Json] = formats(),  # noqa: B008  strategies are immutable
    references: SearchStrategy[Json] = references(),  # noqa: B008  strategies are immutable
    metadata: SearchStrategy[Json] = metadata(),  # noqa: B008  strategies are immutable
) -> SearchStrategy[Attributes]:
    """Attributes of a creation: `resource_type`, and any of the eight optional ones, empty ones included."""

    def of_type(name: str) -> SearchStrategy[Attributes]:
        return st.fixed_dictionaries(
            {"resource_type": st.just(name)},
            optional={
                "format": formats,
                "includes": includes(of=name),
                "fields": fields(of=name),
                "filters": filters(of=name),
                "dry_data": st.booleans(),
                "reference": references | st.just(""),
                "reference_origin": texts() | st.just(""),
                "metadata": metadata,
            },
        )

    return resource_types.flatmap(of_type)


def creation_bodies(
    *,
    attributes: SearchStrategy[Attributes] = creation_attributes(),  # noqa: B008  strategies are immutable
) -> SearchStrategy[Body]:
    """Complete creation bodies: `attributes` in their JSON:API envelope, with empty relationships or without."""
    return attributes.map(enveloped) | attributes.map(as_sdk_writes)


def is_certain(attributes: Mapping[str, Json]) -> bool:
    """Return whether a creation with these attributes, each of its documented type, must succeed.

    Certain are the resource types of all published lists, the includes that the vendor's dashboard offers, the
    fields that every edition exports, predicates that fit the attribute's type, and texts of up to `LONGEST_TEXT`.
    Explicit nulls are not: no schema of the vendor lets an argument of a creation be null.
    """
    name = attributes["resource_type"]
    return name in certain_types() and not any(_doubts(name, attributes))


def _doubts(name: str, attributes: Mapping[str, Json]) -> Iterator[bool]:
    yield any(value is None for value in attributes.values())
    yield not set(attributes.get("includes") or ()) <= set(sure_includes(name))
    yield not all(_is_sure_field(name, field) for field in attributes.get("fields") or ())
    yield not all(_is_sure_filter(name, key) for key in attributes.get("filters") or ())
    for free in ("reference", "reference_origin"):
        yield len(attributes.get(free) or "") > LONGEST_TEXT


def _is_sure_field(name: str, field: str) -> bool:
    path, _, last = field.rpartition(".")
    related = related_type(name, path) if path in sure_includes(name) else None
    owner = related.name if related else name
    return (not path or related is not None) and (last == "*" or last in sure_fields(owner))


def _is_sure_filter(name: str, key: str) -> bool:
    for predicate in sorted(predicates(), key=len, reverse=True):
        if key.endswith(f"_{predicate}"):
            fields = key.removesuffix(f"_{predicate}").split("_or_")
            types = resource_type(name).fields
            return all(
                field in SURE_FILTER_FIELDS and field in types and predicate in fitting_predicates(types[field])
                for field in fields
            )
    return False
