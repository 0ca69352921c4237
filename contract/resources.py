"""The resource types that exports are made of: their fields and relationships, and the predicates that filter them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from exports_conformance.contract.tables import ContractError

RESOURCES_FILE = Path(__file__).parent / "resources.json"

FieldType = Literal["string", "integer", "float", "boolean", "datetime", "object", "array"]
ValueShape = Literal["scalar", "list", "boolean", "object"]

BREADTH = 4
"""How many relationships an include path tries at each level below its first."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship of a resource type; `includable`: nothing forbids an export to include it.

    `target` is None if the related resource can be of several types. `filterable`: filters may go through it.
    """

    name: str
    target: str | None
    many: bool
    includable: bool
    filterable: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type: its exportable fields by name, and what else an export of it can contain.

    `listed_in` names the published lists of exportable types that have it, `certain`: all of them have it.
    `proven_includes` are those of the vendor's dashboard, whether or not the schema has them.
    """

    name: str
    fields: Mapping[str, FieldType]
    relationships: Mapping[str, Relationship]
    filterable: frozenset[str]
    certain: bool
    listed_in: frozenset[str]
    proven_includes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate of filters: the shape of its value, and the attribute types that it certainly fits.

    `pattern`: the value is a LIKE pattern.
    """

    name: str
    values: ValueShape
    pattern: bool
    fits: frozenset[FieldType]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The content of the data file."""

    types: Mapping[str, ResourceType]
    predicates: Mapping[str, Predicate]
    certain: tuple[str, ...]


def load(file: Path) -> Catalogue:
    """Read resource types and predicates from a JSON file.

    Raises:
        ContractError: the file cannot be read, or an entry does not fit.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        certain = tuple(sorted(data["certain"]["types"]))
        types = {name: _resource_type(name, entry, name in certain) for name, entry in data["types"].items()}
        predicates = {name: _predicate(name, entry) for name, entry in data["predicates"].items()}
        _check_targets(types.values())
    except OSError as error:
        raise ContractError(f"{file}: cannot be read: {error.strerror}; restore it from the repository") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"has no {error}" if isinstance(error, KeyError) else str(error)
        raise ContractError(f"{file}: {problem}; restore the file from the repository") from error
    return Catalogue(MappingProxyType(types), MappingProxyType(predicates), certain)


def _resource_type(name: str, entry: Mapping[str, Any], certain: bool) -> ResourceType:  # noqa: FBT001  a value, no switch
    for group in entry["fields"]:
        _check(name, "fields", group, get_args(FieldType))
    types: dict[str, FieldType] = {field: group for group, names in entry["fields"].items() for field in names}
    relationships = {
        link: Relationship(
            link,
            it.get("target"),
            it.get("many", False),
            it.get("includable", True) and it.get("exportable", True),
            it.get("filterable", False),
        )
        for link, it in entry.get("relationships", {}).items()
    }
    return ResourceType(
        name=name,
        fields=MappingProxyType(dict(sorted(types.items()))),
        relationships=MappingProxyType(relationships),
        filterable=frozenset(entry["filterable"]),
        certain=certain,
        listed_in=frozenset(entry.get("listed_in", ())),
        proven_includes=tuple(entry.get("proven_includes", ())),
    )


def _predicate(name: str, entry: Mapping[str, Any]) -> Predicate:
    _check(name, "values", entry["values"], get_args(ValueShape))
    for fit in entry["fits"]:
        _check(name, "fits", fit, get_args(FieldType))
    return Predicate(name, entry["values"], entry.get("pattern", False), frozenset(entry["fits"]))


def _check(name: str, key: str, value: Any, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ValueError(f"{name}: {key} has {value!r}, which is none of {', '.join(choices)}")


def _check_targets(types: Iterable[ResourceType]) -> None:
    known = {kind.name: kind for kind in types}
    for kind in known.values():
        for link in kind.relationships.values():
            if link.target is not None and link.target not in known:
                raise ValueError(f"{kind.name}: {link.name} leads to {link.target}, which is not among the types")


@cache
def _catalogue() -> Catalogue:
    return load(RESOURCES_FILE)


def certain_types() -> tuple[str, ...]:
    """Return the resource types that every published list of exportable ones has, in alphabetical order."""
    return _catalogue().certain


def predicates() -> Mapping[str, Predicate]:
    """Return every documented predicate by its name."""
    return _catalogue().predicates


IMPERSONAL_TYPES: tuple[str, ...] = (
    "skus",
    "prices",
    "stock_items",
    "sku_lists",
    "sku_list_items",
    "sku_options",
    "bundles",
    "shipping_categories",
    "shipping_methods",
    "tax_categories",
)
"""Certain types whose records are of goods and rates, not of persons: their files are downloaded without an option."""

SURE_FIELDS = ("id", "code", "name", "number", "created_at", "updated_at", "reference", "reference_origin", "metadata")
"""Fields that every edition exports, of the types that have them."""


@cache
def _shared_by() -> Counter[str]:
    return Counter(link for kind in _catalogue().types.values() for link in kind.relationships)


@cache
def resource_types() -> Mapping[str, ResourceType]:
    """Return the resource types that at least one published list has as exportable, by name."""
    return MappingProxyType({name: kind for name, kind in _catalogue().types.items() if kind.listed_in})


def resource_type(name: str) -> ResourceType:
    """Return a resource type, whether it can be exported or is only reached by relationships.

    Raises:
        KeyError: there is no such type.
    """
    try:
        return _catalogue().types[name]
    except KeyError:
        near = get_close_matches(name, _catalogue().types, n=1)
        hint = f'did you mean "{near[0]}"?' if near else "names are plural and in snake_case, like stock_items"
        raise KeyError(f'{RESOURCES_FILE.name}: there is no resource type "{name}"; {hint}') from None


@cache
def include_paths(name: str, *, depth: int = 3) -> tuple[str, ...]:
    """Return the relationship paths of a resource type that an export may include, up to `depth` segments.

    The first level is complete; from each resource below it go at most `BREADTH` on, those that the fewest
    resource types share first, never back to a type that the path has been to; the sure includes are never
    left out. Short paths come first.
    """
    level = [(link.name, link.target, {name}) for link in _includable(resource_type(name))]
    paths = [path for path, _, _ in level]
    for _ in range(1, depth):
        level = [step for path, target, been in level if target for step in _onwards(path, target, been)]
        paths += [path for path, _, _ in level]
    sure = [path for path in sure_includes(name) if path.count(".") < depth]
    return tuple(sorted(dict.fromkeys([*paths, *sure]), key=lambda path: path.count(".")))


def _onwards(path: str, target: str, been: set[str]) -> Iterator[tuple[str, str | None, set[str]]]:
    been = been | {target}
    telling = sorted(_includable(resource_type(target)), key=lambda link: (_shared_by()[link.name], link.name))
    for link in [link for link in telling if link.target not in been][:BREADTH]:
        yield f"{path}.{link.name}", link.target, been


def _includable(kind: ResourceType) -> list[Relationship]:
    return [link for link in kind.relationships.values() if link.includable]


@cache
def sure_includes(name: str) -> tuple[str, ...]:
    """Return the include paths of a resource type that the vendor's dashboard offers and the schema has."""
    return tuple(path for path in resource_type(name).proven_includes if _leads_somewhere(name, path))


@cache
def deep_include(name: str) -> str:
    """Return an include path of three segments that begins with a sure include; empty if the schema has none.

    After the first it leads to single resources, where there are any, and never back to a type that it has been to.
    """
    starts = [path for path in sure_includes(name) if "." not in path]
    targets = [(path, resource_type(name).relationships[path].target) for path in starts]
    paths = [(path, target, {name, target}) for path, target in targets if target]
    for _ in range(2):
        paths = [
            (f"{path}.{link.name}", link.target, been | {link.target})
            for path, target, been in paths
            for link in sorted(_includable(resource_type(target)), key=lambda link: (link.many, link.name))
            if link.target and link.target not in been
        ]
    single = [path for path, _, _ in paths if not any(_is_many(name, path, level) for level in (2, 3))]
    return next(iter(single), next((path for path, _, _ in paths), ""))


def _is_many(name: str, path: str, level: int) -> bool:
    """Return whether the segment of a path at a level, from 1, leads to several resources."""
    *above, segment = path.split(".")[:level]
    owner = related_type(name, ".".join(above)) if above else resource_type(name)
    return owner is not None and owner.relationships[segment].many


@cache
def sure_fields(name: str) -> tuple[str, ...]:
    """Return the fields of a resource type that every edition exports."""
    return tuple(field for field in SURE_FIELDS if field in resource_type(name).fields)


@cache
def known_relationships() -> frozenset[str]:
    """Return the names of the relationships of all resource types."""
    return frozenset(_shared_by())


def related_type(name: str, path: str) -> ResourceType | None:
    """Return the resource type that an include path leads to; None if it leads nowhere, or to several types."""
    target: str | None = name
    for segment in path.split("."):
        link = resource_type(target).relationships.get(segment) if target else None
        target = link.target if link else None
    return resource_type(target) if target else None


def _leads_somewhere(name: str, path: str) -> bool:
    target: str | None = name
    for segment in path.split("."):
        link = resource_type(target).relationships.get(segment) if target else None
        if link is None or not link.includable:
            return False
        target = link.target
    return True


@cache
def fitting_predicates(field_type: FieldType) -> tuple[str, ...]:
    """Return the predicates that certainly fit an attribute of this type; none for arrays."""
    return tuple(name for name, predicate in _catalogue().predicates.items() if field_type in predicate.fits)
