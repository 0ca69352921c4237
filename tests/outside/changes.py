"""Reported faults of changes and deletions."""

from dataclasses import replace

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import sent
from tests.outside.server import is_about_one, is_list, reported, resources_of, restored, shows_instead


def _is_change(request: ServerRequest) -> bool:
    return is_about_one(request, "PATCH") and not {"_interrupt", "_start"} & set(sent(request))


def _also(request: ServerRequest, **others: Json) -> ServerRequest:
    """Return a change with other attributes beside those that it has."""
    return request.edited(lambda document: document["data"].update(attributes={**others, **sent(request)}))


@reported(
    "katharsis-project/katharsis-core#340",
    family=4,
)
def omitted_attributes_are_reset(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Resets the attributes that a change does not name."""
    if _is_change(request) and sent(request):
        return respond(_also(request, reference=None, reference_origin=None, metadata={}))
    return respond(request)


@reported(
    "curie-eng/curie#1334",
    family=4,
)
def null_changes_nothing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Takes null in a change for an attribute that is not there."""
    if not _is_change(request):
        return respond(request)
    kept = {name: value for name, value in sent(request).items() if value is not None}
    return respond(request.edited(lambda document: document["data"].update(attributes=kept)))


@reported(
    "ji-devs/ji-cloud#897",
    family=4,
)
def update_time_stays(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows the time of creation as that of the last update, after a change too."""
    response = respond(request)
    if not isinstance(response.document, dict):
        return response

    def edit(document: Json) -> None:
        for each in resources_of(document):
            if (
                each["type"] == "exports"
                and "updated_at" in each["attributes"]
                and each["attributes"].get("created_at")
            ):
                each["attributes"]["updated_at"] = each["attributes"]["created_at"]

    return response.edited(edit)


@reported(
    "usnistgov/dioptra#580",
    family=4,
)
def creation_time_moves(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows the time of the last change as that of creation."""
    response = respond(request)
    if _is_change(request) and response.status == 200:
        export_id = request.path.rpartition("/")[2]
        shows_instead(export_id, {"created_at": response.document["data"]["attributes"]["updated_at"]})
    return restored(response)


@reported("raystack/entropy#21", family=4)
def deleted_exports_are_listed(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Marks an export as deleted, and lists it still."""
    if is_about_one(request, "DELETE"):
        before = respond(replace(request, method="GET"))
        response = respond(request)
        if response.status == 204 and before.status == 200:
            _DELETED.setdefault(respond.__hash__(), []).append(before.document["data"])
        return response
    response = respond(request)
    deleted = _DELETED.get(respond.__hash__(), [])
    if not is_list(request) or response.status != 200 or not deleted or "sort=" not in request.query:
        return response

    def edit(document: Json) -> None:
        document["data"] = [*deleted[-1:], *document["data"]][: max(1, len(document["data"]))]

    return response.edited(edit)


_DELETED: dict[int, list[Json]] = {}  # the exports that were deleted, by the server


@reported(
    "dlespiau/patchwork#10",
    family=4,
)
def change_shows_the_state_before(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows in the response to a change the time of the last update as it was before."""
    before = respond(replace(request, method="GET", body=b"")) if _is_change(request) else None
    response = respond(request)
    if before is None or before.status != 200 or response.status != 200:
        return response
    shown = before.document["data"]["attributes"].get("updated_at")
    return response.edited(lambda document: document["data"]["attributes"].update(updated_at=shown))
