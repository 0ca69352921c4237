"""What each predicate of filters means, in words that follow the name of an attribute."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exports_conformance.contract.edition import Edition, changes, editions, has
from exports_conformance.contract.resources import ResourceType, predicates, resource_type, resource_types
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.reports import phrases
from exports_conformance.reports.history import History, endpoint_name, extended
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.result_page import site_pages
from exports_conformance.results.result import Accepted, RunResult

_MEANINGS = {
    "eq": "equals the value",
    "not_eq": "differs from the value",
    "matches": "matches the pattern, in which % stands for any text",
    "does_not_match": "does not match the pattern, in which % stands for any text",
    "lt": "is less than the value, or before it",
    "lteq": "is at most the value, or not after it",
    "gt": "is more than the value, or after it",
    "gteq": "is at least the value, or not before it",
    "present": "is neither null nor empty",
    "blank": "is null or empty",
    "null": "is null",
    "not_null": "is not null",
    "in": "is one of the values",
    "not_in": "is none of the values",
    "start": "begins with the value",
    "not_start": "does not begin with the value",
    "end": "ends with the value",
    "not_end": "does not end with the value",
    "cont": "contains the value",
    "not_cont": "does not contain the value",
    "jcont": "contains the members of this JSON object",
    "true": "is true",
    "false": "is false",
}
_SUFFIXES = {
    "_or_null": ", or is null",
    "_any": ", for any of the values",
    "_all": ", for all of the values",
}


def predicate_meaning(name: str) -> str:
    """Return what a predicate means.

    Raises:
        KeyError: the predicate is unknown.
    """
    if name in _MEANINGS:
        return _MEANINGS[name]
    suffix = next((each for each in _SUFFIXES if name.endswith(each)), "")
    return _MEANINGS[name.removesuffix(suffix)] + _SUFFIXES.get(suffix, "")


_VENDOR_TOOLS = {
    "cli_core": "the vendor's CLI",
    "dashboard": "the vendor's dashboard",
}
VALUES_SHOWN = 40
_NAME_LENGTH = 200
NONE_ACCEPTED: Accepted = {"creations": 0, "formats": [], "includes": [], "fields": [], "filters": []}


@dataclass(frozen=True, slots=True)
class TypeView:
    """A resource type as the page shows it: its fields by JSON type, its relationships, and what was accepted."""

    name: str
    certain: bool
    listed: str
    number: int
    fields: list[tuple[str, list[str]]]
    filterable: frozenset[str]
    relationships: list[tuple[str, str]]
    seen: list[tuple[str, str]]
    accepted: Mapping[str, list[str]]
    creations: int


def render_explorer(result: RunResult, *, history: History | None = None, folder: Path | None = None) -> str:
    """Render the page; a type counts as verified if a creation of it returned 201."""
    result = phrases.bounded(result)
    known = extended(history or {}, [result])
    accepted = result.get("accepted", {})
    return templating.page(
        "explorer.html",
        pages=site_pages(folder),
        scripts=("explorer.js",),
        styles=("explorer.css",),
        data=_catalogue()
        | {"accepted": {name: _lists(entry) for name, entry in accepted.items() if name in resource_types()}}
        | {"where": shortened(endpoint_name(result), _NAME_LENGTH), "when": templating.minute(result["finished"])},
        types=[_explored(kind, known, accepted.get(kind.name, NONE_ACCEPTED)) for kind in resource_types().values()],
        endpoint=endpoint_name(result),
        when=result["finished"],
        values_shown=VALUES_SHOWN,
    )


def _explored(kind: ResourceType, history: History, accepted: Accepted) -> TypeView:
    fields = defaultdict(list)
    for name, value in kind.fields.items():
        fields[value].append(name)
    return TypeView(
        name=kind.name,
        certain=kind.certain,
        listed=", ".join(_list_titles(kind)),
        number=len(kind.fields),
        fields=sorted(fields.items()),
        filterable=kind.filterable,
        relationships=[
            (link.name, link.target or "several types") for link in kind.relationships.values() if link.includable
        ],
        seen=[(where, kept["accepted"][kind.name]) for where, kept in history.items() if kind.name in kept["accepted"]],
        accepted=_lists(accepted),
        creations=accepted["creations"],
    )


def _list_titles(kind: ResourceType) -> list[str]:
    """Return the titles of the published lists that have a type: the schema's first, named as in the contract."""
    schemas = sorted(name.replace("_", " ") for name in kind.listed_in - _VENDOR_TOOLS.keys())
    return [*schemas, *(title for name, title in _VENDOR_TOOLS.items() if name in kind.listed_in)]


def _lists(accepted: Accepted) -> dict[str, list[str]]:
    kinds = {each: accepted[each] for each in ("formats", "includes", "fields", "filters")}
    return {kind: [shortened(name, _NAME_LENGTH) for name in names[:VALUES_SHOWN]] for kind, names in kinds.items()}


def _added_arguments(edition: Edition) -> list[str]:
    """Return the arguments of a creation that an edition has beside those of the first, if their type is boolean."""
    added = (
        each.at
        for each in changes(edition)
        if each.of == "request" and "/_" not in each.at and has(edition, each.at, of="request")
    )
    return sorted(at.removeprefix("/data/attributes/") for at in added)


@cache
def _catalogue() -> dict[str, Any]:
    """Return the data that the page's script builds bodies from: fields, filterable fields and relationships."""
    reached = {
        link.target
        for kind in resource_types().values()
        for link in kind.relationships.values()
        if link.includable and link.target
    }
    names = sorted(set(resource_types()) | reached | {target for name in reached for target in _targets(name)})
    return {
        "exportable": list(resource_types()),
        "types": {
            name: {
                "fields": dict(kind.fields),
                "filterable": sorted(kind.filterable),
                "to": {link.name: link.target for link in kind.relationships.values() if link.includable},
            }
            for name in names
            for kind in (resource_type(name),)
        },
        "predicates": {
            name: {"values": each.values, "fits": sorted(each.fits), "means": predicate_meaning(name)}
            for name, each in predicates().items()
        },
        "editions": {
            name: {"title": each.title, "arguments": _added_arguments(name)} for name, each in editions().items()
        },
    }


def _targets(name: str) -> set[str]:
    return {link.target for link in resource_type(name).relationships.values() if link.includable and link.target}
