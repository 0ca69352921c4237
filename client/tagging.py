"""Marking: how a body becomes bytes, how it gets its mark, and how its export is found by that."""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.exchange.tags import PLACEHOLDER

PAGE = 25  # the largest page that a list gives
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")  # UTF-8 writes ASCII as itself


def written(body: Json | bytes) -> bytes:
    """Give a body as it is sent: bytes as they are, JSON compactly in UTF-8.

    Only a text with a lone surrogate, which UTF-8 cannot write, is escaped.
    """
    if isinstance(body, bytes):
        return body
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode("ascii")


def has_place(body: bytes) -> bool:
    """Say whether a body has a place for a mark."""
    return any(PLACEHOLDER.encode(encoding) in body for encoding in _ENCODINGS)


def tagged(body: bytes, tag: str) -> bytes:
    """Give a body with the mark in its place."""
    for encoding in _ENCODINGS:
        body = body.replace(PLACEHOLDER.encode(encoding), tag.encode(encoding))
    return body


def search_for(tag: str, body: bytes | None = None) -> str:
    """Give the query of the list that shows the export which a body with this mark created.

    Where the body cannot be read, or is not known, the mark is looked for as a reference.
    """
    document = read_json(body).value if body else None
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    for name in ("reference", "reference_origin"):
        text = attributes.get(name) if isinstance(attributes, dict) else None
        if isinstance(text, str) and tag in text:
            predicate = "eq" if text == tag else "start" if text.startswith(tag) else "cont"
            return f"filter[q][{name}_{predicate}]={tag}"
    metadata = attributes.get("metadata") if isinstance(attributes, dict) else None
    for part in _parts(metadata, tag):
        return f"filter[q][metadata_jcont]={quote(json.dumps(part, separators=(',', ':')), safe='')}"
    return f"filter[q][reference_eq]={tag}"


def search_for_any(tags: Sequence[str], place: str = "reference") -> str:
    """Give the query of the list that shows what was created with one of these marks, at most a page of them."""
    return f"filter[q][{place}_start_any]={','.join(tags)}&page[size]={PAGE}"


def _parts(value: Json, tag: str) -> Iterator[Json]:
    """Give the smallest JSON that the value contains and that contains the mark."""
    if isinstance(value, str) and tag in value:
        yield value
    elif isinstance(value, dict):
        yield from ({key: part} for key, each in value.items() for part in _parts(each, tag))
    elif isinstance(value, list):
        yield from ([part] for each in value for part in _parts(each, tag))
