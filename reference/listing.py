"""Lists: in pages, with counts and links."""

from typing import TypeVar

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import schema
from exports_conformance.reference.call import Call
from exports_conformance.reference.choosing import chosen
from exports_conformance.reference.documents import CONTENT_TYPE, attributes, included, resource
from exports_conformance.reference.errors import refusal
from exports_conformance.reference.query import with_page
from exports_conformance.reference.responses import Response
from exports_conformance.reference.views import view

Item = TypeVar("Item")

DEFAULT_SIZE = 10
MAX_SIZE = 25


def exports(call: Call) -> Response:
    """Answer with a page of the organisation's exports, in the order of their creation unless sorted."""
    shown = view(call)
    found = chosen(
        call,
        call.organisation.seen(call.now, lag=call.policy.list_lag).values(),
        schema.columns(call.policy.edition),
        lambda export: {"id": export.id, **attributes(call, export)},
    )
    page, around = paged(call, found)
    data = [resource(call, one, shown) for one in page]
    return Response(200, CONTENT_TYPE, {"data": data, **included(call, page, shown), **around})


def paged(call: Call, items: list[Item]) -> tuple[list[Item], dict[str, Json]]:
    """Give the page of the items that is asked for, and the `meta` and `links` of the list."""
    number, size = _page(call)
    pages = -(-len(items) // size)
    numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": max(pages, 1)}
    if number == 1:
        del numbers["prev"]
    if number >= pages:
        del numbers["next"]
    address = f"{call.ask.base_url}{call.ask.path}"
    links = {name: f"{address}?{with_page(call.ask.query, at, size)}" for name, at in numbers.items()}
    around = {"meta": {"record_count": len(items), "page_count": pages}, "links": links}
    return items[(number - 1) * size : number * size], around


def _page(call: Call) -> tuple[int, int]:
    asked = {"number": 1, "size": DEFAULT_SIZE}
    for keys, value in call.parameters["page"].items():
        name = ".".join(keys)
        if name not in asked:
            raise refusal(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not an allowed page parameter.")
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= 1):  # noqa: PLR2004
            raise refusal(400, "INVALID_PAGE_VALUE", "Invalid page value", f"{value} is not a valid page {name}.")
        asked[name] = int(value)
    if asked["size"] > MAX_SIZE:
        detail = f"size exceeds maximum page size of {MAX_SIZE}."
        raise refusal(400, "INVALID_PAGE_VALUE", "Invalid page value", detail)
    return asked["number"], asked["size"]
