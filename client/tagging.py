"""Tagging: how a body is encoded, how it gets its tag, and the queries that find its export by the tag."""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from exports_conformance.exchange.strict_json import Json, as_object, member, read_json
from exports_conformance.exchange.tags import PLACEHOLDER

PAGE = 25
"""The largest page that a list of exports shows."""

TEXTS = ("reference", "reference_origin")
"""The text attributes that may carry a tag; `metadata` may, too."""

_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")  # UTF-8 writes ASCII as itself


def encode_body(body: Json | bytes) -> bytes:
    """Return a body as it is sent: bytes as they are, JSON compactly in UTF-8.

    A text with a lone surrogate, which UTF-8 cannot encode, is escaped.
    """
    if isinstance(body, bytes):
        return body
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode("ascii")


def has_placeholder(body: bytes) -> bool:
    """Return True if a body has a place for a tag."""
    return any(PLACEHOLDER.encode(encoding) in body for encoding in _ENCODINGS)


def with_tag(body: bytes, tag: str) -> bytes:
    """Return a body with the tag in place of the placeholder."""
    for encoding in _ENCODINGS:
        body = body.replace(PLACEHOLDER.encode(encoding), tag.encode(encoding))
    return body


def sent_attributes_of(body: bytes | None) -> dict[str, Json]:
    """Return the attributes of an encoded body; empty if it has none that can be read."""
    return as_object(member(read_json(body).value, "data", "attributes")) if body else {}


def carriers(attributes: dict[str, Json], tag: str) -> tuple[str, ...]:
    """Return the attributes that carry a tag: of `reference`, `reference_origin` and `metadata`."""
    texts = [name for name in TEXTS if isinstance(text := attributes.get(name), str) and tag in text]
    return (*texts, *(("metadata",) if any(_parts(attributes.get("metadata"), tag)) else ()))


def carries(attributes: dict[str, Json], tag: str, sent: dict[str, Json]) -> bool:
    """Return True if one of the attributes that carried a tag when it was sent shows it as a whole, at its place.

    What follows the tag in a text may have been trimmed or re-encoded. Without a record of what was `sent`, a text
    must begin with the tag, or a text in `metadata` must be the tag.
    """
    for name in TEXTS:
        text, meant = attributes.get(name), sent.get(name, tag if not sent else None)
        if not isinstance(text, str) or not isinstance(meant, str) or tag not in meant:
            continue
        end = meant.index(tag) + len(tag)
        follows = text[end : end + 1]
        if text.startswith(meant[:end]) and (not follows.isdigit() or follows == meant[end : end + 1]):
            return True
    metadata = attributes.get("metadata")
    if not sent:
        return any(_text_in(part) == tag for part in _parts(metadata, tag))
    parts = [json.dumps(part, sort_keys=True) for part in _parts(metadata, tag)]
    return any(json.dumps(part, sort_keys=True) in parts for part in _parts(sent.get("metadata"), tag))


def search_query(tag: str, attributes: dict[str, Json]) -> str:
    """Return the query of a list that shows the export which a body with these attributes and this tag created.

    If nothing is known of the attributes, the tag is looked for as a reference.
    """
    for name in TEXTS:
        text = attributes.get(name)
        if isinstance(text, str) and tag in text:
            predicate = "eq" if text == tag else "start" if text.startswith(tag) else "cont"
            return f"filter[q][{name}_{predicate}]={tag}"
    for part in _parts(attributes.get("metadata"), tag):
        return f"filter[q][metadata_jcont]={quote(json.dumps(part, separators=(',', ':')), safe='')}"
    return f"filter[q][reference_eq]={tag}"


def search_by_prefix(prefix: str, attribute: str, page: int, *, predicate: str = "start") -> str:
    """Return the query of a page of the list that shows every export whose text attribute has this prefix of tags."""
    number = f"&page[number]={page}" if page > 1 else ""
    return f"filter[q][{attribute}_{predicate}]={prefix}&page[size]={PAGE}{number}"


def search_by_ids(export_ids: Sequence[str]) -> str:
    """Return the query of the list that shows the exports with these ids, at most a page of them."""
    return f"filter[q][id_in]={','.join(quote(each, safe='') for each in export_ids)}&page[size]={PAGE}"


def _text_in(part: Json) -> Json:
    """Return the text at the end of a chain of objects and arrays with one member each."""
    while isinstance(part, dict | list) and part:
        part = next(iter(part.values())) if isinstance(part, dict) else part[0]
    return part


def _parts(value: Json, tag: str) -> Iterator[Json]:
    """Yield the smallest JSON values that `value` contains and that contain the tag."""
    if isinstance(value, str) and tag in value:
        yield value
    elif isinstance(value, dict):
        yield from ({key: part} for key, each in value.items() for part in _parts(each, tag))
    elif isinstance(value, list):
        yield from ([part] for each in value for part in _parts(each, tag))
