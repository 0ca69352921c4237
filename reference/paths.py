"""Paths in `includes` and `fields`: which of them a resource type has."""

from exports_conformance.contract.resources import ResourceType, resource_type

MAX_DEPTH = 3


class UnknownPathError(ValueError):
    """A path leads nowhere, or too deep."""


def check_include(resource: str, path: str) -> None:
    """Raise `UnknownPathError` unless a path names related resources that can be included."""
    _follow(resource, path, path.split("."))


def check_field(resource: str, path: str) -> None:
    """Raise `UnknownPathError` unless a path names fields: `name`, `*`, `relationship.name`, `relationship.*`."""
    *relationships, name = path.split(".")
    kind = _follow(resource, path, relationships)
    if name != "*" and name not in (kind.fields if kind else ("id",)):
        raise UnknownPathError(f"{path} is no field of {resource}")


def _follow(resource: str, path: str, relationships: list[str]) -> ResourceType | None:
    """Give the type that relationships lead to; None where it is one of several."""
    if len(relationships) > MAX_DEPTH:
        raise UnknownPathError(f"{path} is deeper than {MAX_DEPTH} levels")
    kind: ResourceType | None = resource_type(resource)
    for name in relationships:
        link = kind.relationships.get(name) if kind else None
        if link is None or not link.includable:
            raise UnknownPathError(f"{path} is no path of {resource}")
        kind = resource_type(link.target) if link.target else None
    return kind
