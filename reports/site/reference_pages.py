"""The pages to look things up in: error finder, resource explorer, and recipes.

Decision: docs/decisions/0024-recipes-are-files.md.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exports_conformance.contract.error_codes import ErrorGuide, error_guide
from exports_conformance.contract.resources import ResourceType, predicates, resource_type, resource_types
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.history import History, endpoint_name, extended
from exports_conformance.reports.site import templating


@dataclass(frozen=True, slots=True)
class ExplainedError:
    """An entry of the error guide, with a real request and response if the run saw the error."""

    guide: ErrorGuide
    key: str
    request: Sequence[messages.MessageLine]
    response: Sequence[messages.MessageLine]


def render_error_finder(result: phrases.Result) -> str:
    """Render the page; codes that the guide does not explain stand at the end."""
    result = phrases.bounded(result)
    seen = dict(result.get("refusals", {}))
    explained = [_explained(result, each, seen) for each in error_guide().values()]
    unexplained = [key for key in seen if key not in {each.key for each in explained}]
    return templating.page(
        "errors.html",
        scripts=("page.js",),
        explained=explained,
        unexplained=[(key, *_shown(result, seen[key])) for key in unexplained],
        where=endpoint_name(result),
        when=result["finished"],
    )


def _explained(result: phrases.Result, guide: ErrorGuide, seen: dict[str, str]) -> ExplainedError:
    exact = f"{guide.code} {guide.meta}".strip()
    key = (
        exact if exact in seen or guide.meta else next((each for each in seen if each.split(" ")[0] == guide.code), "")
    )
    return ExplainedError(guide, key, *_shown(result, seen.get(key, "")))


def _shown(result: phrases.Result, exchange_id: str) -> tuple[list[messages.MessageLine], list[messages.MessageLine]]:
    exchange = result.get("exchanges", {}).get(exchange_id)
    if not exchange:
        return [], []
    base_url = result["endpoint"]["base_url"]
    request = messages.request_lines(exchange["request"], base_url=base_url, at=exchange["at"])
    return request, messages.response_lines(exchange["response"], at="/errors/0/code")


_VENDOR_TOOLS = {
    "cli_core": "the vendor's CLI",
    "dashboard": "the vendor's dashboard",
}
VALUES_SHOWN = 40
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class TypeView:
    """A resource type as the page shows it: its fields by JSON type, its relationships, and what was accepted."""

    name: str
    certain: bool
    listed: str
    fields: list[tuple[str, list[str]]]
    filterable: frozenset[str]
    relationships: list[tuple[str, str]]
    seen: list[tuple[str, str]]
    accepted: Mapping[str, Any]


def render_explorer(result: phrases.Result, *, history: History | None = None) -> str:
    """Render the page; a type counts as verified if a creation of it returned 201."""
    result = phrases.bounded(result)
    known = extended(history or {}, [result])
    accepted = result.get("accepted", {})
    return templating.page(
        "explorer.html",
        scripts=("page.js", "explorer.js"),
        data=_catalogue()
        | {"accepted": {name: _lists(entry) for name, entry in accepted.items() if name in resource_types()}},
        types=[_explored(kind, known, accepted.get(kind.name, {})) for kind in resource_types().values()],
        endpoint=endpoint_name(result),
        when=result["finished"],
        values_shown=VALUES_SHOWN,
    )


def _explored(kind: ResourceType, history: History, accepted: Mapping[str, Any]) -> TypeView:
    fields = defaultdict(list)
    for name, value in kind.fields.items():
        fields[value].append(name)
    return TypeView(
        name=kind.name,
        certain=kind.certain,
        listed=", ".join(_list_titles(kind)),
        fields=sorted(fields.items()),
        filterable=kind.filterable,
        relationships=[
            (link.name, link.target or "several types") for link in kind.relationships.values() if link.includable
        ],
        seen=[(where, kept["accepted"][kind.name]) for where, kept in history.items() if kind.name in kept["accepted"]],
        accepted=_lists(accepted) | {"creations": accepted.get("creations", 0)},
    )


def _list_titles(kind: ResourceType) -> list[str]:
    """Return the titles of the published lists that have a type: the schema's first, named as in the contract."""
    schemas = sorted(name.replace("_", " ") for name in kind.listed_in - _VENDOR_TOOLS.keys())
    return [*schemas, *(title for name, title in _VENDOR_TOOLS.items() if name in kind.listed_in)]


def _lists(accepted: Mapping[str, Any]) -> dict[str, list[str]]:
    kinds = ("formats", "includes", "fields", "filters")
    return {kind: [shortened(name, _NAME_LENGTH) for name in accepted.get(kind, ())[:VALUES_SHOWN]] for kind in kinds}


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
        "predicates": {name: {"values": each.values, "fits": sorted(each.fits)} for name, each in predicates().items()},
    }


def _targets(name: str) -> set[str]:
    return {link.target for link in resource_type(name).relationships.values() if link.includable and link.target}


RECIPES = Path(__file__).parent / "recipes"

LANGUAGES = {"sh": "curl", "py": "Python", "mjs": "JavaScript, with the vendor's SDK"}
RECIPE_TITLES = {
    "export": "Create an export",
    "poll": "Wait for an export to finish",
    "download": "Download the file of an export",
    "empty_selection": "Handle an export without records",
    "ten_running": "Wait while ten exports are running",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A task and its programs, each as language, file name and text."""

    name: str
    title: str
    programs: list[tuple[str, str, str]]


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return the recipes in the order in which a client needs them."""
    return tuple(
        Recipe(
            name,
            title,
            [
                (language, f"{name}.{ending}", (RECIPES / f"{name}.{ending}").read_text(encoding="utf-8"))
                for ending, language in LANGUAGES.items()
            ],
        )
        for name, title in RECIPE_TITLES.items()
    )


@cache
def render_recipes() -> str:
    """Render the page; it is the same for every result."""
    return templating.page("recipes.html", scripts=("page.js",), recipes=recipes())
