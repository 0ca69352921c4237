"""Whether an export shows an argument as it was sent."""

from collections.abc import Iterator, Mapping
from functools import cache
from urllib.parse import urlsplit

from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.shapes import url_path
from exports_conformance.exchange.jsonapi import as_array, as_object, shown
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, equal, is_empty
from exports_conformance.rules.engine import Finding


@cache
def defaults() -> Mapping[str, Json]:
    """Return the documented default of each attribute that has one."""
    declared = (each for each in requirements().values() if each.default is not None)
    return {each.where.response[-1].rpartition("/")[2]: each.default for each in declared}


def comes_back(attribute: str, sent: Mapping[str, Json], back: Json) -> bool:
    """Return True if an export shows an attribute as it was sent.

    Null may be shown as the default, and `includes` may be filled in (see also `is_kept`).
    """
    value = sent[attribute]
    if is_kept(value, back) or (value is None and equal(back, defaults().get(attribute))):
        return True
    return attribute == "includes" and _is_filled_in(sent, back)


def is_kept(sent: Json, back: Json) -> bool:
    """Return True if a value comes back as it was sent.

    Null and every empty value are the same. Nulls directly inside arrays may disappear: Rails drops them from every
    request body, which the documentation does not forbid (open question `nulls-in-arrays`).
    """
    return (is_empty(sent) and is_empty(back)) or _is_kept_inside(sent, back)


def _is_kept_inside(sent: Json, back: Json) -> bool:
    if isinstance(sent, dict) and isinstance(back, dict):
        return sent.keys() == back.keys() and all(_is_kept_inside(value, back[key]) for key, value in sent.items())
    if isinstance(sent, list) and isinstance(back, list):
        kept = sent if len(sent) == len(back) else [each for each in sent if each is not None]
        return len(kept) == len(back) and all(map(_is_kept_inside, kept, back))
    return equal(sent, back)


def _is_filled_in(attributes: Mapping[str, Json], back: Json) -> bool:
    """Return True if `includes` has gained no more than relationships that `fields` names."""
    sent = attributes["includes"]
    if not isinstance(back, list):
        return False
    requested = [] if is_empty(sent) else sent
    paths = {field.rpartition(".")[0] for field in as_array(attributes.get("fields")) if isinstance(field, str)}
    implied = {path[:end] for path in paths for end in _ends(path)}
    added = [path for path in back if path not in requested]
    return [path for path in back if path in requested] == requested and set(added) <= implied


def _ends(path: str) -> Iterator[int]:
    yield from (at for at, letter in enumerate(path) if letter == ".")
    yield len(path)


def resource_path(exchange: Exchange) -> str:
    """Return the path of the export that a response shows, below the API's base URL."""
    return f"/exports/{exchange.data.get('id')}"


def leads_elsewhere(exchange: Exchange, links: Json, name: str, path: str, at: str) -> Iterator[Finding]:
    """Find a link that does not lead to a path below the API's base URL; `at` points at the links."""
    expected = urlsplit(exchange.base_url).path.rstrip("/") + path
    if url_path(as_object(links).get(name)) != expected:
        yield Finding(f"an absolute URL with the path {expected}", shown(links, name), f"{at}/{name}")
