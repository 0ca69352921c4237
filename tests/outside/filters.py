"""Reported faults of filters, lists and their pages."""

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from exports_conformance.contract.resources import predicates
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation, sent
from tests.outside.server import (
    Attributes,
    Pairs,
    creating,
    is_list,
    listing,
    on_successes,
    remove,
    reported,
    resources_of,
    restored,
    shows_instead,
)

Filters = dict[str, Json]


def _filtering(source: str, name: str, summary: str, change: Callable[[Filters], Filters], missed: str = "") -> None:
    """Register a server that applies other filters to an export than it shows."""

    def changed(asked: Attributes, _request: ServerRequest, _respond: Respond) -> Attributes:
        filters = asked.get("filters")
        return {**asked, "filters": change(filters)} if isinstance(filters, dict) and filters else asked

    reported(source, family=1, name=name, summary=summary, missed=missed)(creating(changed))


def _predicate(key: str) -> str:
    return next((each for each in sorted(predicates(), key=len, reverse=True) if key.endswith(f"_{each}")), "")


def _with_predicates(renamed: dict[str, str]) -> Callable[[Filters], Filters]:
    def change(filters: Filters) -> Filters:
        return {
            f"{key.removesuffix(_predicate(key))}{renamed[_predicate(key)]}"
            if _predicate(key) in renamed
            else key: value
            for key, value in filters.items()
        }

    return change


_filtering(
    "django-import-export/django-import-export#23",
    "export-without-filters",
    "Exports every record, whatever the filters are.",
    lambda _: {},
)
_filtering(
    "CrossRef/rest-api-doc#140",
    "second-filter-without-effect",
    "Narrows a selection by its first filter only.",
    lambda filters: dict([*filters.items()][:1]),
)
_filtering(
    "nestjsx/crud#497",
    "last-of-three-filters-ignored",
    "Ignores the last of three filters or more.",
    lambda filters: dict([*filters.items()][:-1]) if len(filters) > 2 else filters,
)
_filtering(
    "activerecord-hackery/ransack#582",
    "array-cast-to-one-text",
    "Compares with the text of a whole array, not with its elements.",
    lambda filters: {
        key: [json.dumps(value)] if _predicate(key) in {"in", "not_in"} and isinstance(value, list) else value
        for key, value in filters.items()
    },
)
_filtering(
    "activerecord-hackery/ransack#1538",
    "filters-on-texts-dropped",
    "Drops the conditions on attributes that it does not list as searchable.",
    lambda filters: {key: value for key, value in filters.items() if not key.startswith(("code_", "name_"))},
)
_filtering(
    "wazuh/wazuh#1558",
    "several-values-must-all-match",
    "Wants a record to have each of the values in a filter, of which it can have one.",
    lambda filters: {
        key: ["none"] if _predicate(key) == "in" and isinstance(value, list) and len(value) > 1 else value
        for key, value in filters.items()
    },
)
_filtering(
    "OpenCTI-Platform/opencti#7697",
    "at-most-is-less-than",
    "Leaves out the records that equal the bound of `lteq` or `gteq`.",
    _with_predicates({"lteq": "lt", "gteq": "gt"}),
)
_filtering(
    "agency-fund/evidential-be#126",
    "less-than-is-at-most",
    "Keeps the records that equal the bound of `lt` or `gt`.",
    _with_predicates({"lt": "lteq", "gt": "gteq"}),
)


def _either(asked: Attributes, request: ServerRequest, respond: Respond) -> Attributes:
    filters = asked.get("filters")
    if not isinstance(filters, dict) or len(filters) < 2:
        return asked
    found: dict[str, None] = {}
    for key, value in filters.items():
        text = ",".join(map(str, value)) if isinstance(value, list) else json.dumps(value).strip('"')
        query = urlencode({f"filter[q][{key}]": text, "page[size]": "25"})
        listed = respond(replace(request, method="GET", path=f"/api/{asked['resource_type']}", query=query, body=b""))
        found |= {each["id"]: None for each in resources_of(listed.document)}
    return {**asked, "filters": {"id_in": [*found]}} if found else asked


reported(
    "scoutforpets/bookshelf-jsonapi-params#49",
    family=1,
    name="filters-in-disjunction",
    summary="Exports the records that satisfy one of the filters, not those that satisfy all.",
)(creating(_either))


@reported(
    "mongo-express/mongo-express#413",
    family=1,
)
def file_of_the_whole_collection(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Counts the selected records, and exports the entire collection."""
    selected = respond(request)
    if not is_creation(request) or selected.status != 201 or not sent(request).get("filters"):
        return restored(selected)
    created = selected.document["data"]
    whole = respond(request.edited(lambda document: document["data"]["attributes"].update(filters={})))
    if whole.status != 201:
        return selected
    remove(created["id"], request, respond)
    shown = {name: created["attributes"][name] for name in ("filters", "records_count")}
    shows_instead(whole.document["data"]["id"], shown)
    return restored(whole)


def _listing(source: str, name: str, summary: str, change: Callable[[Pairs], Pairs], missed: str = "") -> None:
    reported(source, family=1, name=name, summary=summary, missed=missed)(listing(change))


_listing(
    "bitovi/hatchify#559",
    "several-sparse-fields-are-all",
    "Shows every field of the exports in a list where several are named.",
    lambda pairs: [(key, value) for key, value in pairs if not (key.startswith("fields[") and "," in value)],
)


def _on_lists(
    source: str, name: str, summary: str, edit: Callable[[Json, ServerRequest, Respond], None], missed: str = ""
) -> None:
    reported(source, family=1, name=name, summary=summary, missed=missed)(on_successes(is_list, edit))


def _unfiltered_count(document: Json, request: ServerRequest, respond: Respond) -> None:
    if "filter" in request.query:
        document["meta"] = respond(replace(request, query="page[size]=10")).document["meta"]


_on_lists(
    "laravel-json-api/laravel#107",
    "count-without-the-filter",
    "Counts all exports in a filtered list.",
    _unfiltered_count,
)


def _links_without(*families: str) -> Callable[[Json, ServerRequest, Respond], None]:
    def edit(document: Json, _request: ServerRequest, _respond: Respond) -> None:
        for name, link in (document.get("links") or {}).items():
            address, _, query = (link or "").partition("?")
            kept = [part for part in query.split("&") if not part.startswith(families)]
            document["links"][name] = link and f"{address}?{'&'.join(kept)}"

    return edit


_on_lists(
    "FriendsOfCake/crud-json-api#46",
    "page-links-without-the-filter",
    "Links to the other pages of a list without its filter.",
    _links_without("filter"),
)
_on_lists(
    "json-api-dotnet/JsonApiDotNetCore#276",
    "page-links-without-the-order",
    "Links to the other pages of a list without its order.",
    _links_without("sort", "include"),
)


def _overlapping(document: Json, request: ServerRequest, respond: Respond) -> None:
    number = next((part[-1] for part in request.query.replace("%5B", "[").split("&") if "page[number" in part), "1")
    if number == "1" or not document["data"]:
        return
    before = request.query.replace(f"={number}", f"={int(number) - 1}", 1)
    last = respond(replace(request, query=before)).document
    if isinstance(last, dict) and last.get("data"):
        document["data"] = [last["data"][-1], *document["data"][:-1]]


_on_lists(
    "inventree/InvenTree#11442",
    "pages-overlap",
    "Begins a page with the last export of the page before, and leaves out another.",
    _overlapping,
)


def _count_of_included(document: Json, request: ServerRequest, _respond: Respond) -> None:
    if "include=" in request.query:
        document["meta"]["record_count"] = 1


_on_lists(
    "JSONAPI-Resources/jsonapi-resources#381",
    "count-is-one-with-include",
    "Counts one export in a list that includes related resources.",
    _count_of_included,
)
