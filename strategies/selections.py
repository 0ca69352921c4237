"""Selections: the related resources, fields and records that an export of a resource type may name."""

import json
from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import (
    PREDICATES,
    FieldType,
    fitting_predicates,
    include_paths,
    resource_type,
    sure_fields,
    sure_includes,
)
from exports_conformance.exchange.all_selecting import ALL_SELECTING
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.texts import texts

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
    match PREDICATES[predicate].values:
        case "boolean":
            return st.just(True)
        case "object":
            return st.dictionaries(st.sampled_from(["foo", "bar"]), texts(max_size=10), min_size=1)
        case "list":
            several = st.lists(values[kind], min_size=1, max_size=3)
            return several | several.map(lambda items: ",".join(map(_written, items)))
        case "scalar":
            return values[kind]
