"""Servers that are wrong only where two or three things that were sent meet."""

from collections.abc import Callable

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import THOROUGH, breaks, is_creation, on_created, refused, sent

When = Callable[[dict[str, Json]], object]


def _shows(name: str, requirement: str, when: When, summary: str, options: tuple[str, ...] = (), **shown: Json) -> None:
    def edit(data: dict[str, Json], request: ServerRequest) -> None:
        if when(sent(request)):
            data["attributes"].update(shown)

    breaks(requirement, name, summary=summary, options=options)(on_created(edit))


_shows(
    "starred-fields-forget-filters",
    "create-echoes-filters",
    lambda asked: asked.get("fields") == ["*"] and asked.get("filters"),
    "Forgets filters where all fields are asked for.",
    filters={},
)
_shows(
    "default-format-forgets-includes",
    "create-echoes-includes",
    lambda asked: "format" not in asked and asked.get("includes"),
    "Forgets includes where the format is left to the default.",
    includes=[],
)
_shows(
    "null-metadata-forgets-reference",
    "create-echoes-reference",
    lambda asked: "metadata" in asked and asked["metadata"] is None and asked.get("reference"),
    "Forgets the reference where metadata is null.",
    reference=None,
)
_shows(
    "several-filters-forget-dry-data",
    "create-echoes-dry-data",
    lambda asked: len(asked.get("filters") or ()) > 1 and asked.get("dry_data"),
    "Forgets dry data where there are two filters or more.",
    dry_data=False,
)
_shows(
    "orders-forget-metadata",
    "create-echoes-metadata",
    lambda asked: asked.get("resource_type") == "orders" and asked.get("metadata"),
    "Forgets the metadata of one resource type.",
    THOROUGH,
    metadata={},
)
_shows(
    "csv-of-several-includes-forgets-fields",
    "create-echoes-fields",
    lambda asked: asked.get("format") == "csv" and len(asked.get("includes") or ()) > 1 and asked.get("fields"),
    "Forgets fields in csv exports with two or more includes.",
    fields=[],
)
_shows(
    "null-format-as-csv",
    "create-echoes-format",
    lambda asked: "format" in asked and asked["format"] is None,
    "Treats a null format as csv, although the default is json.",
    format="csv",
)


def _crashes(name: str, when: When, summary: str, *, requirement: str = "create-accepts-documented") -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if is_creation(request) and response.status == 201 and when(sent(request)):
            return refused(500, "INTERNAL_SERVER_ERROR")
        return response

    breaks(requirement, name, summary=summary)(middleware)


def _letters(asked: dict[str, Json]) -> str:
    return f"{asked.get('reference') or ''}{asked.get('reference_origin') or ''}"


_crashes(
    "null-crashes",
    lambda asked: None in asked.values(),
    "Crashes on an argument that is null.",
    requirement="never-server-error",
)
_crashes("empty-list-crashes", lambda asked: [] in asked.values(), "Crashes on an argument that is an empty array.")
_crashes("empty-text-crashes", lambda asked: "" in asked.values(), "Crashes on an argument that is an empty text.")
_crashes(
    "right-to-left-crashes",
    lambda asked: any("\u0600" <= letter <= "\u06ff" for letter in _letters(asked)),
    "Crashes on Arabic letters.",
)
_crashes(
    "empty-filters-in-csv-crash",
    lambda asked: asked.get("filters") == {} and asked.get("format") == "csv",
    "Crashes on empty filters, in csv only.",
)
_crashes(
    "related-fields-without-includes-crash",
    lambda asked: any("." in field for field in asked.get("fields") or ()) and not asked.get("includes"),
    "Crashes on fields of related resources that are not included.",
)


def _has_array(asked: dict[str, Json]) -> bool:
    return any(isinstance(value, list) for value in (asked.get("filters") or {}).values())


def _names_related_field(asked: dict[str, Json]) -> bool:
    return any("." in field and not field.endswith(".*") for field in asked.get("fields") or ())


_crashes(
    "array-in-filters-of-csv-crashes",
    lambda asked: _has_array(asked) and asked.get("format") == "csv",
    "Crashes on a filter with an array, in csv only.",
)
_shows(
    "dry-data-forgets-keys-outside-ascii",
    "create-echoes-metadata",
    lambda asked: asked.get("dry_data") and any(not key.isascii() for key in asked.get("metadata") or ()),
    "Forgets metadata that has a key outside ASCII, with dry data only.",
    metadata={},
)
_shows(
    "csv-of-related-fields-and-keys-outside-ascii-forgets-metadata",
    "create-echoes-metadata",
    lambda asked: (
        asked.get("format") == "csv"
        and _names_related_field(asked)
        and any(not key.isascii() for key in asked.get("metadata") or ())
    ),
    "Forgets metadata that has a key outside ASCII in csv exports with a field of a related resource.",
    metadata={},
)
_shows(
    "deep-includes-in-csv-forget-filters",
    "create-echoes-filters",
    lambda asked: (
        asked.get("format") == "csv"
        and asked.get("filters")
        and any(path.count(".") == 2 for path in asked.get("includes") or ())
    ),
    "Forgets filters in csv exports with an include of three levels.",
    (*THOROUGH, "-k", "test_combined_arguments_are_created"),
    filters={},
)


@breaks("argument-includes-accepted", options=THOROUGH)
def sku_lists_refuse_includes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses the includes of one resource type that has them."""
    response = respond(request)
    if response.status == 201 and sent(request).get("resource_type") == "sku_lists" and sent(request).get("includes"):
        return refused(422, "VALIDATION_ERROR", pointer="/data/attributes/includes")
    return response
