"""Servers whose lists lose, double, or do not count, filter, sort or page what they show."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, THOROUGH, breaks, refused


def _is_list(request: ServerRequest) -> bool:
    return request.method == "GET" and request.path == COLLECTION


def _list(requirement: str, name: str, change: Json = None, *, status: int = 0, drop: str = "") -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not _is_list(request) or response.status != 200:
            return response
        if status:
            return replace(response, status=status)

        def edit(document: Json) -> None:
            if drop:
                document.pop(drop)
            else:
                document.update(change)

        return response.edited(edit)

    breaks(requirement, name)(middleware)


_list("list-status-200", "list-answers-206", status=206)
_list("list-data", "list-data-an-object", {"data": {}})
_list("list-counts", "list-without-meta", drop="meta")
_list("list-counts", "list-counts-as-text", {"meta": {"record_count": "1", "page_count": "1"}})
_list("list-links", "list-without-links", drop="links")


@breaks("list-page-size")
def page_size_is_ignored(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows ten exports on the first page, whatever `page[size]` says."""
    if not _is_list(request) or "page[number]=1" not in unquote(request.query):
        return respond(request)
    right = respond(request)
    kept = "&".join(part for part in request.query.split("&") if not unquote(part).startswith("page["))
    return right.edited(lambda document: document.update(data=respond(replace(request, query=kept)).document["data"]))


def _is_by_mark(request: ServerRequest) -> bool:
    """The list is filtered by the beginning of a reference, without an order."""
    return _is_list(request) and "reference_start" in request.query and "sort=" not in request.query


@breaks("list-shows-created")
def found_twice(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Lists an export twice."""
    response = respond(request)
    if not _is_by_mark(request) or response.status != 200:
        return response

    def edit(document: Json) -> None:
        document["data"] = (document["data"] * 2)[:25]
        document["meta"]["record_count"] *= 2

    return response.edited(edit)


@breaks("list-shows-created")
def never_listed(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Finds nothing with `reference_start`."""
    response = respond(request)
    if not _is_by_mark(request) or response.status != 200:
        return response
    return response.edited(lambda document: {**document, "data": [], "meta": {"record_count": 0, "page_count": 0}})


def _without(requirement: str, name: str, *parameters: str) -> None:
    """Register a server that does not heed some parameters of a list's query."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if not _is_list(request) or "sort=" not in request.query:
            return respond(request)
        kept = [part for part in request.query.split("&") if not unquote(part).startswith(parameters)]
        right, response = respond(request), respond(replace(request, query="&".join(kept)))
        around = {name: right.document[name] for name in ("links", "meta")} if right.status == 200 else {}
        return response.edited(lambda document: document.update(around))

    breaks(requirement, name)(middleware)


_without("list-sorted", "sort-is-ignored", "sort=")
_without("list-filtered", "filter-is-ignored", "filter[q][format_eq]")
_without("list-page-size", "page-size-is-ten", "page[")


def _at_page(start: str, link: str) -> str:
    """Return the address of a list with the number and size of the page that another link leads to."""
    address, _, query = start.partition("?")
    pages = [part for part in link.partition("?")[2].split("&") if unquote(part).startswith("page[")]
    kept = [part for part in query.split("&") if not unquote(part).startswith("page[")]
    return f"{address}?{'&'.join(kept + pages)}"


def _filtered_otherwise(name: str, pattern: str, instead: str, summary: str, options: tuple[str, ...] = ()) -> None:
    """Register a server that shows and counts the exports of another query; its links name the right one."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        right, query = respond(request), unquote(request.query)
        if not _is_list(request) or not re.search(pattern, query) or right.status != 200:
            return right
        wrong = respond(replace(request, query=re.sub(pattern, instead, query))).document
        start = f"{right.document['links']['first'].partition('?')[0]}?{request.query}"
        links = {name: _at_page(start, link) for name, link in wrong["links"].items()}
        return right.edited(lambda document: document.update(wrong, links=links))

    breaks("list-filtered", name, options=options, summary=summary)(middleware)


_filtered_otherwise(
    "type-filter-is-ignored",
    r"filter\[q\]\[resource_type_eq\]=\w+&",
    "",
    "Lists the exports of all resource types, whichever the filter names.",
)
_filtered_otherwise(
    "equal-is-start",
    r"\[reference_eq\]",
    "[reference_start]",
    "Lists the exports whose reference begins with the text that it must equal.",
    ("--hypothesis-profile", "thorough", "-k", "test_list"),
)


@breaks("list-sorted")
def numbers_sorted_as_texts(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sorts numbers as texts, 9 behind 10."""
    response = respond(request)
    query = parse_qs(request.query)
    if not _is_list(request) or response.status != 200 or query.get("sort") != ["-records_count"]:
        return response
    found: list[Any] = []
    for number in range(1, response.document["meta"]["page_count"] + 1):
        page = urlencode({**query, "page[number]": [number]}, doseq=True)
        found += respond(replace(request, query=page)).document["data"]
    found.sort(key=lambda each: str(each["attributes"]["records_count"]), reverse=True)
    shown = len(response.document["data"])
    return response.edited(lambda document: document.update(data=found[:shown]))


@breaks("list-sorted")
def times_sorted_as_texts(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sorts times as texts, whatever their offsets."""
    response = respond(request)
    if not _is_list(request) or response.status != 200 or "-created_at" not in unquote(request.query):
        return response

    def edit(document: Json) -> None:
        for each in document["data"][1::2]:
            there = datetime.fromisoformat(each["attributes"]["created_at"]).astimezone(timezone(timedelta(hours=1)))
            each["attributes"]["created_at"] = there.isoformat()
        document["data"].sort(key=lambda each: str(each["attributes"]["created_at"]), reverse=True)

    return response.edited(edit)


@breaks("list-sorted")
def sort_is_ascending(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sorts in ascending order, whatever `sort` says; its links keep the order."""
    if not _is_list(request):
        return respond(request)
    response, right = (
        respond(replace(request, query=request.query.replace("-created_at", "created_at"))),
        respond(request),
    )
    around = {name: right.document[name] for name in ("links", "meta")} if right.status == 200 else {}
    return response.edited(lambda document: document.update(around))


@breaks("list-links")
def no_previous_page(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Does not link to the page before."""
    response = respond(request)
    if not _is_list(request) or response.status != 200:
        return response
    return response.edited(lambda document: document["links"].update(prev=None))


@breaks("list-page-at-most-25")
def pages_without_bound(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Gives pages of any requested size."""
    if _is_list(request) and "page[size]=26" in unquote(request.query):
        half = respond(replace(request, query="page[size]=13"))
        return half.edited(lambda document: document.update(data=document["data"] * 2))
    return respond(request)


@breaks("list-page-at-most-25")
def long_page_is_an_error(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on a page size over 25."""
    response = respond(request)
    return (
        replace(response, status=500) if _is_list(request) and "page[size]=26" in unquote(request.query) else response
    )


def _relinked(requirement: str, name: str, change: Callable[[str], str], *, said: str) -> None:
    """Register a server that writes the links of its lists otherwise."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not _is_list(request) or response.status != 200:
            return response
        return response.edited(
            lambda document: document["links"].update({at: change(link) for at, link in document["links"].items()})
        )

    breaks(requirement, name, summary=said)(middleware)


_relinked(
    "list-links-keep",
    "links-without-filters",
    lambda link: re.sub(r"filter[^&]*&", "", link),
    said="Leaves the filters out of the links to other pages.",
)
_relinked(
    "list-links-keep",
    "links-without-order",
    lambda link: re.sub(r"sort[^&]*&", "", link),
    said="Leaves `sort` out of the links to other pages.",
)
_relinked(
    "list-links-keep",
    "links-to-the-first-page",
    lambda link: re.sub(r"(number%5D=)\d+", r"\g<1>1", link),
    said="Links to the first page, whatever the link is called.",
)


@breaks("list-sparse")
def sparse_list_is_whole(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows every attribute in a list, whatever the sparse fieldset names."""
    if not _is_list(request) or "fields[" not in request.query:
        return respond(request)
    response = respond(request)
    kept = "&".join(part for part in request.query.split("&") if "fields" not in part)
    whole = respond(replace(request, query=kept))
    if response.status != 200:
        return response
    return response.edited(lambda document: document.update(data=whole.document["data"]))


def _pages(requirement: str, name: str, summary: str, other: Callable[[str], str]) -> None:
    """Register a server whose second page shows the exports of another one."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response, query = respond(request), unquote(request.query)
        if not _is_list(request) or response.status != 200 or "page[number]=2" not in query:
            return response
        shown = respond(replace(request, query=other(query))).document["data"]
        return response.edited(lambda document: document.update(data=shown))

    breaks(requirement, name, summary=summary)(middleware)


_pages(
    "list-pages-disjoint",
    "second-page-is-the-first",
    "Shows the first page again as the second one.",
    lambda query: query.replace("page[number]=2", "page[number]=1"),
)
_pages(
    "list-sorted",
    "sorted-by-the-first-key-only",
    "Sorts by the first of several keys.",
    lambda query: re.sub(r"(sort=[^&,]*),[^&]*", r"\1", query),
)


@breaks("list-pages-disjoint")
def pages_begin_one_early(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Begins the second page with the last export of the first."""
    response, query = respond(request), unquote(request.query)
    if not _is_list(request) or response.status != 200 or "page[number]=2" not in query:
        return response
    last = respond(replace(request, query=query.replace("page[number]=2", "page[number]=1"))).document["data"][-1:]
    return response.edited(lambda document: document.update(data=[*last, *document["data"][:-1]]))


@breaks("list-counts")
def counts_those_on_the_page(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Counts the exports on the page instead of those in the list."""
    response = respond(request)
    if not _is_list(request) or "page[number]=2" not in unquote(request.query) or response.status != 200:
        return response
    return response.edited(lambda document: document["meta"].update(record_count=len(document["data"])))


@breaks("list-page-beyond")
def page_beyond_is_the_first(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows the first page where there is none."""
    response = respond(request)
    if not _is_list(request) or response.status != 200 or response.document["data"]:
        return response
    query = re.sub(r"page(\[|%5B)number(\]|%5D)=\d{3,}", "page[number]=1", request.query)
    return respond(replace(request, query=query))


def _included(name: str, summary: str, change: Callable[[dict[str, Json]], Json]) -> None:
    """Register a server that shows other attributes of included resources."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not _is_list(request) or response.status != 200:
            return response

        def edit(document: Json) -> None:
            for each in document.get("included", ()):
                each["attributes"] = change(each["attributes"])

        return response.edited(edit)

    breaks("include-sparse", name, summary=summary)(middleware)


_included(
    "included-show-another",
    "Shows one attribute more of included resources than the sparse fieldset names.",
    lambda attributes: {**attributes, "reference": None},
)
_included(
    "included-show-others",
    "Shows other attributes of included resources than the sparse fieldset names.",
    lambda _: {"metadata": {}, "updated_at": "2026-01-01T00:00:00.000Z"},
)


def _includes(name: str, edit: Callable[[Json], None], *, said: str) -> None:
    """Register a server that edits a list with included events."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return response.edited(edit) if "include=" in request.query and response.status == 200 else response

    breaks("include-linked", name, summary=said)(middleware)


def _without_linkage(document: Json) -> None:
    for each in document["data"]:
        del each["relationships"]["events"]["data"]


def _without_inclusion(document: Json) -> None:
    del document["included"]
    _without_linkage(document)


_includes("include-is-ignored", _without_inclusion, said="Does not heed `include`.")
_includes("included-but-not-linked", _without_linkage, said="Includes events that no export links.")
_includes(
    "one-included", lambda document: document.update(included=document["included"][:1]), said="Includes one event."
)


@breaks("never-server-error", options=THOROUGH)
def unknown_sort_crashes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on a list sorted by a name that exports do not have."""
    return refused(500, "INTERNAL_SERVER_ERROR") if "sort=nonsense" in request.query else respond(request)


@breaks("accept-json-api", options=THOROUGH)
def list_as_plain_json(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Lists exports for a client that accepts only plain JSON."""
    return respond(replace(request, headers={**request.headers, "accept": "*/*"}) if _is_list(request) else request)
