"""Which export an exchange is about."""

import re
from urllib.parse import unquote

from exports_conformance.contract.shapes import url_path
from exports_conformance.exchange.jsonapi import as_text, member
from exports_conformance.exchange.model import Exchange

_OWN_ID = re.compile(r"/exports/([^/?]+)")


def own_ids(exchange: Exchange) -> list[str]:
    """Return the ids of the export that an exchange is about, as the request, the response and the expectation have it.

    A text that is no longer than the word "exports" is left out: it may stand for something else elsewhere.
    """
    found = _OWN_ID.search(exchange.request.path)
    shown = as_text(exchange.data.get("id")) or _last_segment(member(exchange.data, "links", "self"))
    known = [unquote(found[1]) if found else "", shown, as_text(member(exchange.expectation.expected, "id"))]
    return list(dict.fromkeys(each for each in known if len(each) > len("exports")))


def _last_segment(link: object) -> str:
    path = url_path(link) or ""
    return path.rpartition("/exports/")[2] if "/exports/" in path else ""
