"""Other people's exports: of what an answer shows of them, only the key shape is kept."""

import hmac
import json
import re
import string
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from exports_conformance.exchange.model import UNSEEN, Request
from exports_conformance.exchange.strict_json import Json

_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]+")
_STRING = re.compile(rb'("(?:[^"\\]++|\\.)*+"?+)(\s*+:)?', re.DOTALL)
_SEGMENT = re.compile(r"[^/?#]+")
_BOM = b"\xef\xbb\xbf"


class Pseudonyms:
    """Stable names for ids during a run: a letter for a letter, a digit for a digit."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, name: str) -> str:
        """Give an id's pseudonym: of the same length and the same shape."""
        letters = "abcdef" if _HEXADECIMAL.fullmatch(name) else string.ascii_letters
        stream = b"".join(
            hmac.digest(self._key, f"{block}{name}".encode("utf-8", "surrogatepass"), "sha256")
            for block in range(len(name) // 32 + 1)
        )
        return "".join(_instead(character, byte, letters) for character, byte in zip(name, stream, strict=False))


def _instead(character: str, byte: int, letters: str) -> str:
    if character.isdigit():
        return string.digits[byte % 10]
    return letters[byte % len(letters)] if character.isalpha() else character


def reduced(body: bytes, request: Request, *, owns: Callable[[str], bool], pseudonyms: Pseudonyms) -> bytes:
    """Reduce the exports of others in an answer; the same object where it shows none.

    Only reads and collections show what was there before: what another request answers with is its own.
    """
    reads = request.method == "GET"
    if not reads and b"exports" not in body:
        return body
    segments = [unquote(segment) for segment in request.path.split("/") if segment]
    asks_for_ours = len(segments) > 1 and owns(segments[1])
    bare = body.removeprefix(_BOM)
    try:
        document = json.loads(bare.decode("utf-8"))
        if not isinstance(document, dict) or not (reads or isinstance(document.get("data"), list)):
            return body
        theirs = [
            each
            for each in _resources(document)
            if (each.get("type") == "exports" or segments == ["exports"])
            and not (owns(each["id"]) if isinstance(each.get("id"), str) else asks_for_ours)
        ]
        if not theirs:
            return body
        _Reduction(owns, pseudonyms).of(document)
        kept = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return _silenced(body) if reads and not asks_for_ours else body
    return body[: len(body) - len(bare)] + kept


def _silenced(body: bytes) -> bytes:
    """Take every text out of what was meant to be JSON, and leave it as broken as it is."""
    if body.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] not in {b"{", b"["}:
        return body
    return _STRING.sub(lambda found: found[0] if found[2] else f'"{UNSEEN}"'.encode(), body)


def _resources(document: dict[str, Json]) -> Iterator[dict[str, Json]]:
    for place in (document.get("data"), document.get("included")):
        yield from (each for each in (place if isinstance(place, list) else [place]) if isinstance(each, dict))


class _Reduction:
    """One answer's reduction; what is included beside a stranger is taken for the stranger's."""

    def __init__(self, owns: Callable[[str], bool], pseudonyms: Pseudonyms) -> None:
        self._owns = owns
        self._names: dict[str, str] = {}
        self._pseudonyms = pseudonyms

    def of(self, document: dict[str, Json]) -> None:
        theirs = [each for each in _resources(document) if not self._is_ours(each)]
        for resource in theirs:
            self._name(resource)
            if "attributes" in resource:
                resource["attributes"] = _shape(resource["attributes"])
            for member in ("id", "links", "relationships"):
                if member in resource:
                    resource[member] = self._renamed(resource[member])
        if "links" in document:
            document["links"] = self._renamed(document["links"])

    def _is_ours(self, resource: dict[str, Json]) -> bool:
        return isinstance(resource.get("id"), str) and self._owns(resource["id"])

    def _name(self, resource: dict[str, Json]) -> None:
        if isinstance(resource.get("id"), str):
            self._names[resource["id"]] = self._pseudonyms.of(resource["id"])

    def _renamed(self, value: Json) -> Json:
        if isinstance(value, str):
            return _SEGMENT.sub(lambda found: self._names.get(found[0], found[0]), value)
        if isinstance(value, list):
            return [self._renamed(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "id" in value and not self._is_ours(value):  # a linkage
            self._name(value)
        return {key: self._renamed(each) for key, each in value.items()}


def _shape(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    if isinstance(value, bool):
        return False
    return UNSEEN if isinstance(value, str) else 0 if isinstance(value, int | float) else None
