"""Selections: the records or exports that satisfy a set of filters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from exports_conformance.contract.resources import PREDICATES, resource_type
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.predicates import InvalidOperandError, ValueTest, predicate_test
from exports_conformance.reference.records import Record

MAX_RELATIONSHIPS = 3
LONGEST_FIRST = sorted(PREDICATES, key=len, reverse=True)


class UnknownFilterError(ValueError):
    """A filter names an unknown attribute or predicate, or its value does not fit them."""


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute of a resource, or of one reached by relationships."""

    relationships: tuple[str, ...]
    attribute: str
    value_type: str


Resolve = Callable[[str], Path | None]


@dataclass(frozen=True, slots=True)
class FilterCondition:
    """The condition of one filter: at least one of these tests holds."""

    tests: tuple[tuple[Path, ValueTest], ...]

    def holds(self, values: Callable[[Path], Iterable[Json]]) -> bool:
        """Return True if the condition holds; `values` returns the values at a path."""
        return any(test(value) for path, test in self.tests for value in values(path))


def conditions(filters: Mapping[str, Json], resolve: Resolve) -> list[FilterCondition]:
    """Parse filters; raise `UnknownFilterError` for the first that is invalid."""
    return [_condition(key, operand, resolve) for key, operand in filters.items()]


def selected(organisation: Organisation, resource: str, filters: Mapping[str, Json]) -> tuple[Record, ...]:
    """Return the records of a type that satisfy every filter."""
    demanded = conditions(filters, lambda name: attribute_path(resource, name))
    records = organisation.records(resource)
    if not demanded:
        return records
    return tuple(record for record in records if satisfies(organisation, record, demanded))


def satisfies(organisation: Organisation, record: Record, demanded: Iterable[FilterCondition]) -> bool:
    """Return True if a record satisfies every condition."""
    return all(condition.holds(lambda path: values_at(organisation, record, path)) for condition in demanded)


@lru_cache(maxsize=10_000)
def attribute_path(resource: str, name: str, depth: int = 0) -> Path | None:
    """Return the filterable attribute that a name such as `market_id` means, or None."""
    kind = resource_type(resource)
    if name in kind.filterable:
        return Path((), name, kind.fields.get(name, "string"))
    if depth == MAX_RELATIONSHIPS:
        return None
    for link in kind.relationships.values():
        rest = name.removeprefix(f"{link.name}_")
        if rest == name:
            continue
        if link.target is None:
            found = Path((), "id", "string") if rest == "id" else None
        else:
            found = attribute_path(link.target, rest, depth + 1)
        if found:
            return Path((link.name, *found.relationships), found.attribute, found.value_type)
    return None


def _condition(key: str, operand: Json, resolve: Resolve) -> FilterCondition:
    for predicate in LONGEST_FIRST:
        stem = key.removesuffix(f"_{predicate}")
        if stem == key:
            continue
        paths = _resolved([stem], resolve) or _resolved(stem.split("_or_"), resolve)
        if paths:
            try:
                return FilterCondition(
                    tuple((path, predicate_test(predicate, path.value_type, operand)) for path in paths)
                )
            except InvalidOperandError as error:
                raise UnknownFilterError(f"{key}: {error}") from None
    raise UnknownFilterError(f"{key} is not an attribute with a predicate")


def _resolved(names: list[str], resolve: Resolve) -> list[Path]:
    paths = [path for path in map(resolve, names) if path]
    return paths if len(paths) == len(names) else []


def values_at(organisation: Organisation, record: Record, path: Path) -> list[Json]:
    """Return the values at a path, or one null if no record is related, like an outer join."""
    reached = [record]
    for name in path.relationships:
        reached = [other for one in reached for other in organisation.related(one, name)]
    return [one.attributes.get(path.attribute) for one in reached] or [None]
