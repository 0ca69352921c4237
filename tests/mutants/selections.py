"""Servers whose files have other records, fields or related resources than their exports select."""

import gzip
from collections.abc import Callable
from dataclasses import replace

from exports_conformance.contract.resources import known_relationships
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.files import mutant_of_files, records
from tests.mutants.mutant import breaks, is_creation, sent

Record = dict[str, Json]


def _each(requirement: str, name: str, change: Callable[[Record], Record]) -> None:
    """Register a server that changes each record of its JSON files."""
    mutant_of_files(requirement, name, ".json", content=records(lambda found: [change(record) for record in found]))


def _without(*names: str) -> Callable[[Record], Record]:
    return lambda record: {name: value for name, value in record.items() if name not in names}


def _nested(record: Record, change: Callable[[Record], Json]) -> Record:
    """Return a record with each record that it nests changed."""

    def changed(value: Json) -> Json:
        if isinstance(value, list):
            return [changed(each) for each in value]
        return change(value) if isinstance(value, dict) else value

    return {name: changed(value) if name in known_relationships() else value for name, value in record.items()}


def _is_dry(record: Record) -> bool:
    return "id" not in record


_each(
    "file-related-ids",
    "related-ids-left-out",
    lambda record: {name: value for name, value in record.items() if not name.endswith("_id")},
)
_each(
    "file-related-ids",
    "related-ids-in-camel-case",
    lambda record: {name.replace("_id", "Id"): value for name, value in record.items()},
)
_each(
    "file-includes-nested",
    "includes-left-out",
    lambda record: {name: value for name, value in record.items() if name not in known_relationships()},
)
_each(
    "file-includes-nested",
    "includes-as-ids",
    lambda record: _nested(record, lambda related: related.get("id")),
)
_each(
    "file-includes-nested",
    "includes-one-level-deep",
    lambda record: _nested(
        record, lambda related: {name: value for name, value in related.items() if name not in known_relationships()}
    ),
)


def _cut_below(record: Record, levels: int) -> Record:
    """Return a record without the related ones that are nested deeper than so many levels."""
    return _nested(
        {name: value for name, value in record.items() if levels or name not in known_relationships()},
        lambda related: _cut_below(related, levels - 1),
    )


mutant_of_files(
    "file-includes-deep",
    "includes-two-levels-deep",
    ".json",
    content=records(lambda found: [_cut_below(record, 2) for record in found]),
    options=("--hypothesis-profile", "thorough", "-k", "test_file"),
)
_each("file-star", "star-without-references", _without("reference", "reference_origin"))
_each(
    "file-star",
    "related-star-is-the-id",
    lambda record: _nested(
        record,
        lambda related: {name: value for name, value in related.items() if name in {"id", *known_relationships()}},
    ),
)
_each(
    "file-dry-data",
    "dry-data-with-times",
    lambda record: {**record, "created_at": "2024-01-01T00:00:00.000Z"} if _is_dry(record) else record,
)
_each(
    "file-dry-data",
    "dry-data-without-codes",
    lambda record: _without("code")(record) if _is_dry(record) else record,
)


def _filters(
    name: str,
    change: Callable[[Record], Record],
    *,
    requirement: str = "file-filters",
    summary: str = "",
) -> None:
    """Register a server that applies other filters by id than it shows."""
    shown: dict[str, Json] = {}  # the filters that were sent, by the export's id

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        filters = sent(request).get("filters") if is_creation(request) else None
        if not isinstance(filters, dict) or not {"id_in", "id_eq"} & set(filters):
            response = respond(request)
        else:

            def edit(document: Json) -> None:
                document["data"]["attributes"]["filters"] = change(filters)

            response = respond(request.edited(edit))
            if response.status == 201:
                shown[response.document["data"]["id"]] = filters

        def restore(document: Json) -> None:
            data = document.get("data")
            for each in data if isinstance(data, list) else [data]:
                if isinstance(each, dict) and each.get("id") in shown and "filters" in each.get("attributes", {}):
                    each["attributes"]["filters"] = shown[each["id"]]

        return response.edited(restore) if isinstance(response.document, dict) else response

    breaks(requirement, name, summary=summary)(middleware)


_filters("filters-ignored", lambda _: {})
_OPPOSITE = {"created_at_gteq": "created_at_lt", "created_at_lt": "created_at_gteq"}


def _inverted(filters: Record) -> Record:
    """Return filters with the bound of times the other way; two bounds stay, since nothing would be between them."""
    if set(_OPPOSITE) <= set(filters):
        return filters
    return {_OPPOSITE.get(name, name): value for name, value in filters.items()}


_filters("filters-inverted", _inverted)
_filters(
    "filters-by-the-first-value",
    lambda filters: {"id_eq": filters["id_in"][0]} if "id_in" in filters else filters,
)
_filters("filters-cut-to-the-first", lambda filters: dict(list(filters.items())[:1]))
_filters(
    "filters-joined-by-or",
    lambda filters: (
        {name: value for name, value in filters.items() if name != "id_in"} if len(filters) > 1 else filters
    ),
)
_filters(
    "bounds-taken-the-wrong-way",
    lambda filters: {name.replace("_gteq", "_gt").replace("_lt", "_lteq"): value for name, value in filters.items()},
)


def _is_related(name: str) -> bool:
    """Return whether a filter compares the ids of related records."""
    return name.removesuffix("_id_in") in known_relationships()


_filters(
    "related-filters-ignored",
    lambda filters: {name: value for name, value in filters.items() if not _is_related(name)},
    summary="Ignores filters that go through a relationship.",
)
_filters(
    "relationships-in-filters-dropped",
    lambda filters: {"id_in" if _is_related(name) else name: value for name, value in filters.items()},
    requirement="refusal-true",
    summary="Compares the ids of related records in a filter with those of the records themselves.",
)
_filters(
    "metadata-filters-ignored",
    lambda filters: {name: value for name, value in filters.items() if name != "metadata_jcont"},
    summary="Ignores filters on metadata.",
)
_filters(
    "metadata-filters-as-text",
    lambda filters: {**filters, "id_in": ["none"]} if "metadata_jcont" in filters else filters,
    requirement="refusal-true",
    summary="Compares metadata with the text of the object in a filter, and so selects nothing.",
)
_BLANKS = {"reference_present": "reference_blank", "reference_blank": "reference_present"}
_filters(
    "present-is-blank",
    lambda filters: {_BLANKS.get(name, name): value for name, value in filters.items()},
    summary="Takes present for blank, and blank for present.",
)


@breaks("refusal-true")
def several_ids_select_nothing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Compares an id with the whole array of a filter, and so selects nothing."""
    filters = sent(request).get("filters") if is_creation(request) else None
    ids = filters.get("id_in") if isinstance(filters, dict) else None
    if not isinstance(ids, list) or len(ids) < 2:
        return respond(request)
    return respond(request.edited(lambda document: document["data"]["attributes"]["filters"].update(id_in=["none"])))


@breaks("file-filters")
def csv_has_the_first_records(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Has a record twice in a CSV file, in the place of its last one."""
    response = respond(request)
    if not request.path.startswith("/files/") or response.status != 200 or ".csv" not in request.path:
        return response
    header, *rows = gzip.decompress(response.body).splitlines(keepends=True)
    repeated = header + b"".join([*rows[:-1], rows[0]])
    return replace(response, raw=gzip.compress(repeated, compresslevel=1))
