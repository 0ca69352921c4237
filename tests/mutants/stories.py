"""Servers whose responses contradict each other: what an update changed, or an export that ended, does not stay."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from secrets import token_hex
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, THOROUGH, breaks, refused, sent
from tests.suite_runs import TOKEN

Attributes = dict[str, Json]


def _is_one(request: ServerRequest, method: str) -> bool:
    """The request is about one export."""
    return request.method == method and request.path.startswith(f"{COLLECTION}/") and request.path.count("/") == 3


def _is_update(request: ServerRequest) -> bool:
    """The request changes an export, and neither interrupts nor starts it."""
    return _is_one(request, "PATCH") and not any(name.startswith("_") for name in sent(request))


def _shown(response: ServerResponse) -> list[Attributes]:
    """Return the attributes of the exports that a success shows."""
    data = response.document.get("data") if isinstance(response.document, dict) else None
    listed = data if isinstance(data, list) else [data]
    return [each["attributes"] for each in listed if isinstance(each, dict) and each.get("type") == "exports"]


def _edits(requirement: str, name: str, edit: Callable[[ServerRequest, Attributes], None], *, said: str) -> None:
    """Register a server that edits the attributes of every export that it shows."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if "fields[" in request.query or not _shown(response):
            return response

        def all_of_them(document: Json) -> None:
            for attributes in _shown(replace(response, document=document)):
                edit(request, attributes)

        return response.edited(all_of_them)

    breaks(requirement, name, summary=said)(middleware)


def _is_list(request: ServerRequest) -> bool:
    return request.method == "GET" and request.path == COLLECTION


def _in_lists(**changes: Json) -> Callable[[ServerRequest, Attributes], None]:
    return lambda request, attributes: attributes.update(changes) if _is_list(request) else None


_edits("list-as-created", "list-forgets-metadata", _in_lists(metadata={}), said="Lists exports without their metadata.")
_edits("list-as-created", "list-forgets-fields", _in_lists(fields=[]), said="Lists exports without their `fields`.")


def _lists_less(request: ServerRequest, attributes: Attributes) -> None:
    for name in ("filters", "fields", "includes") if _is_list(request) else ():
        attributes.pop(name, None)


_edits("list-as-created", "list-of-summaries", _lists_less, said="Leaves out what an export was asked for, in lists.")
_edits(
    "list-as-created",
    "list-moves-creation",
    _in_lists(created_at="2001-01-01T00:00:00.000Z"),
    said="Lists exports with another `created_at` than a retrieval shows.",
)


def _started_early(_: ServerRequest, attributes: Attributes) -> None:
    if attributes.get("started_at"):
        attributes["started_at"] = "2001-01-01T00:00:00.000Z"


_edits(
    "started-after-creation", "started-before-creation", _started_early, said="Shows a start years before the creation."
)


@breaks("meta-constant")
def organisation_of_each_request(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows another organisation in each response to a creation."""
    response = respond(request)
    if request.method != "POST" or response.status != 201:
        return response
    return response.edited(lambda document: document["data"]["meta"].update(organization_id=token_hex(5)))


@breaks("meta-constant")
def organisation_of_others_in_lists(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Lists the last export of each page under another organisation."""
    response = respond(request)
    if not _is_list(request) or response.status != 200 or not response.document["data"]:
        return response
    return response.edited(lambda document: document["data"][-1]["meta"].update(organization_id="AbCdEfGhIj"))


def _on_later_looks(
    requirement: str, name: str, change: Callable[[Attributes], Attributes], *, after: int, said: str
) -> None:
    """Register a server that shows a completed export otherwise, once it was retrieved so many times."""
    looks: dict[str, count[int]] = {}

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not _is_one(request, "GET") or "fields" in request.query or response.status != 200:
            return response
        completed = response.document["data"]["attributes"]["status"] == "completed"
        if not completed or next(looks.setdefault(request.path, count())) < after:
            return response
        return response.edited(lambda document: document["data"]["attributes"].update(change(_shown(response)[0])))

    breaks(requirement, name, summary=said)(middleware)


_on_later_looks(
    "ended-stays",
    "count-of-records-moves",
    lambda shown: {"records_count": shown["records_count"] + 1},
    after=1,
    said="Shows another `records_count` in the second retrieval of a completed export.",
)
_on_later_looks(
    "ended-stays",
    "completion-moves",
    lambda shown: {"completed_at": shown["completed_at"].replace("20", "21", 1)},
    after=1,
    said="Shows another `completed_at` in the second retrieval of a completed export.",
)
_on_later_looks(
    "status-moves-on",
    "flickers-long-after-the-end",
    lambda _: {"status": "pending", "started_at": None, "completed_at": None, "attachment_url": None},
    after=2,
    said="Shows a completed export as pending from the third retrieval on.",
)


_TAKEN: dict[str, dict[str, Json]] = {}  # what updates were said to have changed, by the path of the export


@breaks("retrieve-as-created")
def update_is_not_persisted(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows an update in the responses to updates, and the export as it was before in retrievals."""
    if not _is_update(request) or not sent(request).keys() <= {"reference_origin", "metadata"}:
        return respond(request)
    before = respond(replace(request, method="GET", body=b""))
    response = respond(request)
    if before.status != 200 or response.status != 200:
        return response
    shown, now = before.document["data"]["attributes"], response.document["data"]["attributes"]
    old = {name: shown[name] for name in sent(request)}
    respond(request.edited(lambda document: {"data": {**document["data"], "attributes": old}}))
    taken = _TAKEN.setdefault(request.path, {})
    taken |= {name: now[name] for name in sent(request)}
    return response.edited(lambda document: document["data"]["attributes"].update(taken))


@breaks("update-keeps-others")
def update_clears_the_rest(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Clears the attributes that an update leaves out."""
    if not _is_update(request) or not sent(request).keys() <= {"reference_origin", "metadata"}:
        return respond(request)
    cleared = {"metadata": {}, "reference_origin": None, **sent(request)}
    return respond(request.edited(lambda document: {"data": {**document["data"], "attributes": cleared}}))


@breaks("update-keeps-others")
def update_takes_what_is_read_only(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Accepts a `format` in an update, and shows it from then on."""
    if _is_update(request) and sent(request).get("format"):
        response = respond(replace(request, method="GET", body=b""))
        if response.status == 200:
            return response.edited(lambda document: document["data"]["attributes"].update(format="csv"))
    return respond(request)


@breaks("update-moves-time")
def update_keeps_its_time(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows after an update the `updated_at` that the export had before."""
    if not _is_update(request):
        return respond(request)
    before, response = respond(replace(request, method="GET", body=b"")), respond(request)
    if before.status != 200 or response.status != 200:
        return response
    time = before.document["data"]["attributes"].get("updated_at")
    return response.edited(lambda document: document["data"]["attributes"].update(updated_at=time))


@breaks("update-takes")
def null_clears_nothing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Ignores a null in an update."""
    if not _is_update(request) or None not in sent(request).values():
        return respond(request)
    kept = {name: value for name, value in sent(request).items() if value is not None}
    return respond(request.edited(lambda document: {"data": {**document["data"], "attributes": kept}}))


@breaks("update-read-only")
def read_only_update_crashes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 500 to an update of `resource_type`."""
    update = _is_update(request) and "resource_type" in sent(request)
    return refused(500, "INTERNAL_SERVER_ERROR") if update else respond(request)


@breaks("delete-again-404")
def deletion_succeeds_twice(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 204 to the deletion of an export that was deleted before."""
    response = respond(request)
    if not _is_one(request, "DELETE") or response.status != 404:
        return response
    return ServerResponse(204, response.headers, raw=b"").without_header("Content-Type")


_KEPT: dict[str, Json] = {}  # resources that were deleted, by their references


@breaks("delete-unlists")
def deleted_exports_stay_in_lists(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Lists an export after its deletion, when it is asked for by its reference."""
    if _is_one(request, "DELETE"):
        shown, response = respond(replace(request, method="GET")), respond(request)
        if shown.status == 200 and response.status == 204:
            data = shown.document["data"]
            _KEPT[str(data["attributes"]["reference"])] = data
        return response
    response = respond(request)
    if not _is_list(request) or response.status != 200 or "reference_in" not in request.query:
        return response
    kept = [each for reference, each in _KEPT.items() if reference in unquote(request.query)]

    def add(document: Json) -> None:
        document["data"] += kept
        document["meta"]["record_count"] += len(kept)
        document["meta"]["page_count"] = 1

    return response.edited(add) if kept else response


@breaks("accept-json-api")
def retrieval_as_plain_json(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers a retrieval that accepts only plain JSON."""
    plain = _is_one(request, "GET") and request.headers.get("accept") == "application/json"
    return respond(replace(request, headers={**request.headers, "accept": "*/*"}) if plain else request)


@breaks("content-type-json-api")
def update_as_plain_json(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Reads an update whose media type is plain JSON."""
    plain = _is_one(request, "PATCH") and request.headers.get("content-type") == "application/json"
    right = {**request.headers, "content-type": "application/vnd.api+json"}
    return respond(replace(request, headers=right) if plain else request)


_READS: "WeakKeyDictionary[Respond, count[int]]" = WeakKeyDictionary()  # how many each server has answered


@breaks("reads-agree")
def lost_now_and_then(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Does not find an export that exists in one of three retrievals."""
    response = respond(request)
    if not _is_one(request, "GET") or response.status != 200 or request.query:
        return response
    is_third = next(_READS.setdefault(respond, count(1))) % 3 == 0
    return respond(replace(request, path=f"{COLLECTION}/NoSuchExprt")) if is_third else response


@breaks("reads-agree")
def runs_again_at_the_second_look(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows an export that has completed as in progress when it is retrieved for the second time, and never again."""
    response = respond(request)
    if not _is_one(request, "GET") or response.status != 200 or "fields" in request.query:
        return response
    data = response.document["data"]
    looks = _LOOKS.setdefault(respond, {})
    looks[data["id"]] = looks.get(data["id"], 0) + (data["attributes"]["status"] == "completed")
    if looks[data["id"]] != 2:
        return response
    running = {"status": "in_progress", "completed_at": None, "attachment_url": None}
    return response.edited(lambda document: document["data"]["attributes"].update(running))


_LOOKS: "WeakKeyDictionary[Respond, dict[str, int]]" = WeakKeyDictionary()

_LOOKED_AT: "WeakKeyDictionary[Respond, set[str]]" = WeakKeyDictionary()  # the exports that each server has shown


@breaks("pending-not-completed")
def completed_at_first_shown_as_pending(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows an export that is completed as pending, with the time of its completion, when it is first retrieved."""
    response = respond(request)
    if not _is_one(request, "GET") or response.status != 200 or "fields" in request.query:
        return response
    seen, data = _LOOKED_AT.setdefault(respond, set()), response.document["data"]
    if data["id"] in seen or data["attributes"]["status"] != "completed":
        return response
    seen.add(data["id"])
    return response.edited(lambda document: document["data"]["attributes"].update(status="pending"))


@breaks("pending-not-completed")
def created_as_completed_and_pending(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows a time of completion in the response to a creation, which says pending."""
    response = respond(request)
    if request.method != "POST" or response.status != 201:
        return response
    attributes = response.document["data"]["attributes"]
    completed = {"status": "pending", "completed_at": attributes["created_at"]}
    return response.edited(lambda document: document["data"]["attributes"].update(completed))


@breaks("retrieve-as-created")
def updated_and_refused(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Carries out an update before it checks the token, and then refuses it."""
    response = respond(request)
    if _is_one(request, "PATCH") and response.status == 401:
        respond(replace(request, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}))
    return response


@breaks("delete-again-404", options=THOROUGH)
def deleted_is_updated(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers an update of an export that is not there with 204."""
    response = respond(request)
    return (
        replace(response, status=204, document=None)
        if _is_one(request, "PATCH") and response.status == 404
        else response
    )


@breaks("request-type-exports", options=THOROUGH)
def update_of_any_type(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Does not look at the type of what is updated."""
    if not _is_one(request, "PATCH"):
        return respond(request)
    return respond(request.edited(lambda document: document["data"].update(type="exports")))


@breaks("auth-token-valid")
def retrieval_with_a_forged_token(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows an export to a well-formed token that nobody issued."""
    is_forged = _is_one(request, "GET") and request.headers.get("authorization", "").count(".") == 2
    return respond(
        replace(request, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}) if is_forged else request
    )
