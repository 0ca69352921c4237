"""The classes of values that each argument of a creation can have, and which of them a body has."""

from collections.abc import Mapping, Sequence

from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import is_tag

VALUE_CLASSES: Mapping[str, Sequence[str]] = {
    "format": ("absent", "csv", "json"),
    "includes": ("absent", "empty", "one", "many"),
    "fields": ("absent", "empty", "one", "all", "many"),
    "filters": ("absent", "empty", "one", "many"),
    "dry_data": ("absent", "false", "true"),
    "reference": ("absent", "empty", "one"),
    "reference_origin": ("absent", "empty", "one"),
    "metadata": ("absent", "empty", "one", "many"),
    "relationships": ("absent", "empty"),
}
"""The arguments of a creation, each with the classes of values that an endpoint may treat differently.

`relationships` is the member beside the attributes.
"""


def value_classes(attributes: Mapping[str, Json], *, has_relationships: bool = False) -> dict[str, str]:
    """Return the class of each argument of a creation; leave out arguments whose value is in none, such as null."""
    found = {name: _value_class(name, attributes) for name in VALUE_CLASSES if name != "relationships"}
    found["relationships"] = "empty" if has_relationships else "absent"
    return {name: value for name, value in found.items() if value in VALUE_CLASSES[name]}


def _value_class(name: str, attributes: Mapping[str, Json]) -> str:
    if name not in attributes:
        return "absent"
    value = attributes[name]
    if isinstance(value, dict):  # a tag that stands in the metadata is no class of its own
        value = {key: each for key, each in value.items() if not (isinstance(each, str) and is_tag(each))}
    if name in {"format", "dry_data"}:
        return str(value).lower() if isinstance(value, bool) or name == "format" else ""
    if value is None or not isinstance(value, str | list | dict):
        return ""
    if not value:
        return "empty"
    if value == ["*"]:
        return "all"
    return "one" if isinstance(value, str) or len(value) == 1 else "many"
