"""Servers that show other values than those sent."""

import re
from collections.abc import Callable, Mapping

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import ServerRequest
from tests.mutants.mutant import breaks, on_created, sent

ECHOED: Mapping[str, str] = {
    "resource_type": "create-echoes-resource-type",
    "format": "create-echoes-format",
    "includes": "create-echoes-includes",
    "fields": "create-echoes-fields",
    "filters": "create-echoes-filters",
    "dry_data": "create-echoes-dry-data",
    "reference": "create-echoes-reference",
    "reference_origin": "create-echoes-reference-origin",
    "metadata": "create-echoes-metadata",
}
"""The requirement that each argument comes back as it was sent."""


def _changes(attribute: str, how: str, change: Callable[[Json], Json]) -> None:
    """Change an attribute that was sent."""

    def edit(data: dict[str, Json], request: ServerRequest) -> None:
        if sent(request).get(attribute) not in (None, [], {}, ""):
            data["attributes"][attribute] = change(data["attributes"][attribute])

    argument = attribute.replace("_", "-")
    said = f"Shows `{attribute}` {how.replace('-', ' ')}."
    breaks(ECHOED[attribute], f"{argument}-{how}", summary=said)(on_created(edit))


def _whole(value: Json) -> Json:
    return value.replace(".000Z", "Z") if isinstance(value, str) else value


def _sorted(value: Json) -> Json:
    return sorted(value, key=str) if isinstance(value, list) else value


_LOST: dict[str, Json] = {"resource_type": "orders", "format": None, "dry_data": None}
for _argument in ECHOED:
    _changes(_argument, "lost", lambda _, argument=_argument: _LOST.get(argument))  # type: ignore[misc]

_changes("format", "swapped", lambda value: {"csv": "json", "json": "csv"}[value])
_changes("dry_data", "inverted", lambda value: not value)
_changes("resource_type", "always-skus", lambda _: "skus")
for _text in ("reference", "reference_origin"):
    _changes(_text, "trimmed", str.strip)
    _changes(_text, "in-lower-case", str.lower)
    _changes(_text, "re-encoded", lambda value: value.encode(errors="surrogatepass").decode("latin-1"))
    _changes(_text, "truncated", lambda value: value[:64])
    _changes(_text, "without-emoji", lambda value: "".join(c for c in value if ord(c) < 0x10000))
for _list in ("includes", "fields"):
    _changes(_list, "reordered", lambda value: value[::-1] if len(value) > 1 else value)
    _changes(_list, "cut-to-one", lambda value: value[:1])
_changes("fields", "expanded", lambda value: ["code", "name"] if value == ["*"] else value)
_changes("fields", "without-related", lambda value: [each for each in value if "." not in each])
_changes("filters", "in-seconds", lambda value: {k: _whole(each) for k, each in value.items()})
_changes("metadata", "trimmed", lambda value: {k: (v.strip() if isinstance(v, str) else v) for k, v in value.items()})
_changes("metadata", "lists-sorted", lambda value: {k: _sorted(each) for k, each in value.items()})
_changes("metadata", "fractions-cut", lambda value: {k: (int(v) if v == 0.5 else v) for k, v in value.items()})
_changes("filters", "first-only", lambda value: dict(list(value.items())[:1]))
_changes("filters", "stringified", lambda value: {key: str(each) for key, each in value.items()})
_changes("metadata", "stringified", lambda value: {key: str(each) for key, each in value.items()})
_changes("metadata", "without-nulls", lambda value: {key: each for key, each in value.items() if each is not None})
_changes("metadata", "flattened", lambda value: {k: (None if isinstance(v, dict) else v) for k, v in value.items()})
_changes("metadata", "booleans-as-numbers", lambda value: {k: (int(v) if v is True else v) for k, v in value.items()})


@breaks("create-echoes-reference", "references-swapped")
@on_created
def _swapped(data: dict[str, Json], request: ServerRequest) -> None:
    """Shows `reference_origin` as the `reference` where both were sent."""
    if sent(request).get("reference") and sent(request).get("reference_origin"):
        data["attributes"]["reference"] = data["attributes"]["reference_origin"]


def _combination(name: str, breaks_: str, when: Callable[[dict[str, Json]], object], **shown: Json) -> None:
    """Show wrong values only for a combination of arguments."""

    def edit(data: dict[str, Json], request: ServerRequest) -> None:
        if when(sent(request)):
            data["attributes"].update(shown)

    breaks(breaks_, name)(on_created(edit))


_combination(
    "csv-forgets-dry-data",
    "create-echoes-dry-data",
    lambda asked: asked.get("format") == "csv" and asked.get("dry_data"),
    dry_data=False,
)
_combination(
    "fields-forget-includes",
    "create-echoes-includes",
    lambda asked: asked.get("includes") and asked.get("fields"),
    includes=None,
)
_combination(
    "filters-forget-metadata",
    "create-echoes-metadata",
    lambda asked: asked.get("filters") and asked.get("metadata"),
    metadata={},
)
_combination(
    "stock-items-never-csv",
    "create-echoes-format",
    lambda asked: asked.get("format") == "csv" and asked.get("resource_type") == "stock_items",
    format="json",
)


def _default(requirement: str, attribute: str, wrong: Json) -> None:
    def edit(data: dict[str, Json], request: ServerRequest) -> None:
        if attribute not in sent(request):
            data["attributes"][attribute] = wrong

    argument = attribute.replace("_", "-")
    said = f"Uses `{wrong}` as the default of `{attribute}`."
    breaks(requirement, f"default-{argument}-wrong", summary=said)(on_created(edit))


_default("create-default-format", "format", "csv")
_default("create-default-dry-data", "dry_data", True)


def _renamed(value: Json, rename: Callable[[str], str]) -> Json:
    """Return a value with every key of its objects renamed, at any depth."""
    if isinstance(value, dict):
        return {rename(key): _renamed(each, rename) for key, each in value.items()}
    return [_renamed(each, rename) for each in value] if isinstance(value, list) else value


_changes(
    "metadata",
    "in-snake-case",
    lambda value: _renamed(value, lambda key: re.sub("(?<=[a-z])([A-Z])", r"_\1", key).lower()),
)
_changes("metadata", "with-underscores", lambda value: _renamed(value, lambda key: key.replace("-", "_")))
_changes("metadata", "with-short-keys", lambda value: _renamed(value, lambda key: key[:64]))
_changes("metadata", "numbers-read", lambda value: {k: (int(v) if v == "12" else v) for k, v in value.items()})
_changes(
    "metadata",
    "in-32-bits",
    lambda value: {k: (min(max(v, -(2**31)), 2**31 - 1) if type(v) is int else v) for k, v in value.items()},
)
_changes(
    "metadata",
    "without-duplicates",
    lambda value: {k: ([*dict.fromkeys(v)] if v == ["twice", "twice"] else v) for k, v in value.items()},
)
_changes("reference_origin", "without-format-characters", lambda value: re.sub("[\u00ad\u200d]", "", value))
