"""Data of others: foreign exports reduced to keys and types, and pseudonyms for what identifies the organisation."""

import hmac
import json
import re
import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from urllib.parse import unquote, urlsplit

from exports_conformance.client.guards import is_loopback
from exports_conformance.contract.requirements import FOLDER
from exports_conformance.exchange.model import UNSEEN, Request, Response
from exports_conformance.exchange.strict_json import Json, read_json, read_once
from exports_conformance.exchange.tags import PREFIX

_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]+")
_STRING = re.compile(rb'("(?:[^"\\]++|\\.)*+"?+)(\s*+:)?', re.DOTALL)
_SEGMENT = re.compile(r"[^/?#]+")
_BOM = b"\xef\xbb\xbf"
_TAG_OR_TEXT = re.compile(rb"(</?[A-Za-z][A-Za-z0-9]*+)[^>]*+>?+|[^<,;\t\r\n]++|<")
_TOP_LEVEL = {"data", "errors", "included", "links", "meta", "jsonapi"}
_SHOWN_META = {"mode", "organization_id", "trace_id"}
SUCCESSES = range(200, 300)


class Pseudonyms:
    """Names that stand for ids, the same during a run: a letter for a letter, a digit for a digit."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, name: str) -> str:
        """Return the pseudonym of an id, of the same length and shape."""
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


def reduced(response: Response, request: Request, *, owns: Callable[[str], bool], pseudonyms: Pseudonyms) -> bytes:
    """Return the body of a response with the exports of others reduced; the same object where it shows none.

    Only reads and collections show what was there before: what another request is answered with is its own. Of a
    read that is not what it should be, a list of another shape or no JSON at all, every value is hidden.
    """
    body, reads = response.body, request.method == "GET"
    if not reads and b"exports" not in body:
        return body
    segments = [unquote(segment) for segment in request.path.split("/") if segment]
    shows_others = reads and segments[:1] == ["exports"] and not (len(segments) > 1 and owns(segments[1]))
    bare = body.removeprefix(_BOM)
    reading = read_once(body)
    if reading.repeated_keys and _is_refusal(reading.value, response):
        return body
    if reading.problem or reading.repeated_keys:
        return _silenced(body, is_success=response.status in SUCCESSES) if shows_others else body
    document = reading.value
    if _is_document(document):
        if not (reads or isinstance(document.get("data"), list)):
            return body
        theirs = [
            each
            for each in _resources(document)
            if (each.get("type") == "exports" or segments == ["exports"])
            and not (owns(each["id"]) if isinstance(each.get("id"), str) else not shows_others and reads)
        ]
        if not theirs and not (shows_others and _has_odd_members(document)):
            return body
        document = read_json(bare).value  # which is changed, while others share the reading
        _Reduction(owns, pseudonyms).of(document)
    elif shows_others or isinstance(document, list):
        document = _shape(document)
    else:
        return body
    text = json.dumps(document, ensure_ascii=False)
    if not text.isprintable():  # half a surrogate pair, escaped in the response, would not be UTF-8 without its escape
        text = json.dumps(document)
    return body[: len(body) - len(bare)] + text.encode()


def _is_refusal(value: Json, response: Response) -> bool:
    """Return True if a response is a refusal that shows errors only, whatever it repeats."""
    return response.status not in SUCCESSES and isinstance(value, dict) and value.keys() <= {"errors", "jsonapi"}


def _is_document(value: Json) -> bool:
    """Return True if a value is an object with the top-level members of JSON:API."""
    return isinstance(value, dict) and bool({"data", "errors"} & value.keys())


def _has_odd_members(document: dict[str, Json]) -> bool:
    """Return True if a document may show data outside of its resources."""
    data, meta = document.get("data"), document.get("meta")
    return (
        not document.keys() <= _TOP_LEVEL
        or not all(isinstance(each, dict) for each in (data if isinstance(data, list) else [data]) if each is not None)
        or any(map(_is_nested, meta.values() if isinstance(meta, dict) else [meta]))
    )


def _silenced(body: bytes, *, is_success: bool) -> bytes:
    """Hide every text in a body that is no JSON document, and leave it as broken as it is."""
    start = body.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
    if start in {b"{", b"["}:
        return _STRING.sub(lambda found: found[0] if found[2] else f'"{UNSEEN}"'.encode(), body)
    if not is_success:  # the page of a gateway, which shows nobody's exports and may say what is wrong
        return body
    return _TAG_OR_TEXT.sub(lambda found: found[1] + b">" if found[1] else UNSEEN.encode(), body)


def _resources(document: dict[str, Json]) -> Iterator[dict[str, Json]]:
    for place in (document.get("data"), document.get("included")):
        yield from (each for each in (place if isinstance(place, list) else [place]) if isinstance(each, dict))


class _Reduction:
    """The reduction of one document; resources included beside a foreign export are taken for its own."""

    def __init__(self, owns: Callable[[str], bool], pseudonyms: Pseudonyms) -> None:
        self._owns = owns
        self._names: dict[str, str] = {}
        self._pseudonyms = pseudonyms

    def of(self, document: dict[str, Json]) -> None:
        for resource in _resources(document):
            if not self._is_ours(resource):
                self._name(resource)
                resource |= {member: self._reduced(member, value) for member, value in resource.items()}
        for member in ("data", "included"):
            if isinstance(document.get(member), list):
                document[member] = [each if isinstance(each, dict) else _shape(each) for each in document[member]]
            elif not isinstance(document.get(member), dict) and member in document:
                document[member] = _shape(document[member])
        for member in document.keys() - {"data", "included", "errors", "jsonapi"}:
            value = document[member]
            if member == "links":
                document[member] = self._renamed(value)
            elif member == "meta" and isinstance(value, dict):
                document[member] = {key: _shape(each) if _is_nested(each) else each for key, each in value.items()}
            else:
                document[member] = _shape(value)

    def _reduced(self, member: str, value: Json) -> Json:
        """Return a member of a foreign resource: its ids under pseudonyms, its values hidden."""
        if member == "type":
            return value if isinstance(value, str) else _shape(value)
        if member in {"id", "links"}:
            return self._renamed(value)
        if member == "relationships" and isinstance(value, dict):
            return {name: self._relationship(each) for name, each in value.items()}
        if member == "meta" and isinstance(value, dict):
            return {
                key: each if key in _SHOWN_META and isinstance(each, str) else _shape(each)
                for key, each in value.items()
            }
        return _shape(value)

    def _relationship(self, value: Json) -> Json:
        if not isinstance(value, dict):
            return _shape(value)
        return {key: self._renamed(each) if key in {"data", "links"} else _shape(each) for key, each in value.items()}

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


def _is_nested(value: Json) -> bool:
    return isinstance(value, dict | list)


def _shape(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return None if value is None else UNSEEN


IDS_AT_MOST = 8  # an organisation has one; a server may say anything
VENDORS = (".commercelayer.io", ".commercelayer.co")
_ID = re.compile(rb'"organization_id"\s*+:\s*+"([A-Za-z0-9_-]{1,64})"')


class Anonymity:
    """Has a redactor `learn` the organisation's slug, its id and its host, a pseudonym of the same shape for each.

    A name that is a part of the contract's own words stands for itself but in a host: the answers must stay legible.
    """

    def __init__(self, learn: Callable[[str, str], None], pseudonyms: Pseudonyms) -> None:
        self._learn = learn
        self._pseudonyms = pseudonyms
        self._ids: set[str] = set()

    def of_address(self, url: str) -> None:
        """Learn a host away from loopback, and the slug that is its first part at the vendor's."""
        host = urlsplit(url).hostname or ""
        if is_loopback(url) or not host:
            return
        vendor = next((domain for domain in VENDORS if host.endswith(domain)), "")
        kept = vendor or f".{host.rpartition('.')[2]}"
        own = host.removesuffix(kept)
        self._learn_in_any_case(host, f"{self._of(own)}{kept}")
        if vendor:
            self._learn_word(own)

    def of_claims(self, claims: Mapping[str, Json]) -> None:
        """Learn the names of the organisation in a token's claims."""
        organisation = claims.get("organization")
        names = [organisation.get(name) for name in ("slug", "id")] if isinstance(organisation, dict) else []
        for name in names:
            if isinstance(name, str):
                self._learn_word(name)

    def of_body(self, body: bytes) -> None:
        """Learn the id of the organisation in a response."""
        if b"organization_id" not in body:
            return
        for found in _ID.findall(body):
            name = found.decode("ascii")
            if name not in self._ids and len(self._ids) < IDS_AT_MOST:
                self._ids.add(name)
                self._learn_word(name)

    def _learn_word(self, name: str) -> None:
        if name.lower() not in _own_words():
            self._learn_in_any_case(name, self._of(name))

    def _learn_in_any_case(self, name: str, pseudonym: str) -> None:
        for form in dict.fromkeys([name, name.lower(), name.upper()]):
            self._learn(form, pseudonym)

    def _of(self, name: str) -> str:
        """Return a name's pseudonym, in lower case if the name is; a short name could be its own by chance."""
        pseudonym, more = name, ""
        while pseudonym == name and any(map(str.isalnum, name)):
            pseudonym = self._pseudonyms.of(name + more)[: len(name)]
            pseudonym = pseudonym.lower() if name == name.lower() else pseudonym
            more += "x"
        return pseudonym


@cache
def _own_words() -> str:
    """Return the text of the contract: a name that occurs in it must not be replaced everywhere."""
    files = sorted(file for file in FOLDER.iterdir() if file.suffix in {".json", ".toml", ".yaml"})
    return "\n".join([PREFIX, *(file.read_text(encoding="utf-8").lower() for file in files)])
