"""Download of the files of exports, from addresses that a server names and that are not trusted."""

import csv
import io
import ipaddress
import re
import socket
import time
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from itertools import islice
from typing import Protocol
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from exports_conformance.client.guards import RequestBlockedError, is_internal_name, is_loopback, network_of
from exports_conformance.client.transport import NOT_SENT, Transport
from exports_conformance.contract.requirements import instant
from exports_conformance.contract.resources import known_relationships
from exports_conformance.exchange.model import UNSEEN, File, Response
from exports_conformance.exchange.strict_json import Json, as_text, is_empty, member, objects_in, read_json

MAX_FILE = 16 * 1024 * 1024
FILE_DEADLINE = 60.0
REDIRECTS = 3
_NO_URL = "the file's address is no http or https URL"

Fetched = tuple[Response | None, File | None, str]


class Files(Protocol):
    """A source of the files of exports, by the addresses that an API has named."""

    def fetch(self, url: str) -> Fetched:
        """Return the response without its body, a description of the file, and what went wrong, in one line."""

    def close(self) -> None:
        """Close all connections."""


class Storage:
    """Fetches files by a plain GET: no token, no cookie, no header but `User-Agent`.

    Hosts and addresses that are not public are refused unless the API at `base_url` is in a network of the same kind;
    that applies to redirects too, and behind a proxy. Only http and https are requested. `deadline` is in seconds for
    a file, `largest` in bytes as served.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str,
        transport: httpx.BaseTransport | None = None,
        deadline: float = FILE_DEADLINE,
        largest: int = MAX_FILE,
        resolve: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        self._headers = (("User-Agent", user_agent),)
        self._resolve = resolve or _resolved
        self._api = urlsplit(base_url).hostname or ""
        self._proxies = {} if is_loopback(base_url) else getproxies()
        self._host = ""  # whose file is asked for
        self._deadline = deadline
        self._transport = Transport(
            transport=transport,
            environment=not is_loopback(base_url),
            tls=True,
            deadline=deadline,
            largest=largest,
            raw=True,
            admits=self._admit_peer,
        )

    def fetch(self, url: str) -> Fetched:
        """Return the response without its body, a description of the file, and what went wrong, in one line.

        There is a file with a 200 only, and a problem only without a response.
        """
        until = time.monotonic() + self._deadline
        for _ in range(REDIRECTS + 1):
            try:
                response, trouble = self._transport.exchange(self._request_for(url))
            except OSError as error:
                return None, None, f"{NOT_SENT}{error}"
            if response is None:
                return None, None, trouble
            location = response.header("location")
            if not 300 <= response.status < 400 or not location:  # noqa: PLR2004  HTTP's own bounds
                return self._read(response)
            if time.monotonic() >= until:
                return None, None, "timeout"
            with suppress(ValueError):  # what cannot be joined is no URL, and refused as it is
                location = urljoin(url, location)
            try:
                url = str(httpx.URL(location))
            except httpx.InvalidURL:
                return None, None, "not HTTP: its Location is no URL"  # the URL itself may be signed
        return None, None, f"more than {REDIRECTS} redirects"

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _read(self, response: Response) -> Fetched:
        try:
            file = file_of(response.body) if response.status == HTTPStatus.OK else None
        except TooLarge as error:
            return None, None, str(error)
        return Response(response.status, response.headers), file, ""

    def _request_for(self, url: str) -> httpx.Request:
        """Return the request for a file, or raise an `OSError` that says, without the address, why it is not sent."""
        try:
            request = self._transport.prepare("GET", url, self._headers, None)
        except RequestBlockedError:
            raise OSError(_NO_URL) from None
        if request.url.scheme not in {"http", "https"} or not request.url.host:
            raise OSError(_NO_URL)
        self._host = request.url.raw_host.decode("ascii")
        if is_internal_name(self._host) and not is_internal_name(self._api) and not is_loopback(f"//{self._api}"):
            raise OSError("the file's host is an internal name, and the API's is not")
        if not self._is_proxied(request.url.scheme):
            for address in self._resolve(self._host):
                self._admit(address)
        return request

    def _is_proxied(self, scheme: str) -> bool:
        """Return True if a proxy resolves the host's name, so that it need not have an address here."""
        proxied = bool({scheme, "all"} & set(self._proxies)) and not proxy_bypass(self._host)
        return proxied and not _is_address(self._host)

    def _admit_peer(self, host: str, address: str) -> None:
        """Raise an `OSError` for a connection to an address of the file's host that is not allowed; proxies are."""
        if host == self._host:
            self._admit(address)

    def _admit(self, text: str) -> None:
        """Raise an `OSError` unless an address is public, or in a network of the kind that the API is in."""
        network = network_of(ipaddress.ip_address(text))
        if network != "public" and network not in {
            network_of(ipaddress.ip_address(each)) for each in self._resolve(self._api)
        }:
            raise OSError(f"the file's address leads to a {network} network, where the API is not")


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _resolved(host: str) -> Iterable[str]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise OSError("the file's host has no address") from None
    return [str(entry[4][0]).partition("%")[0] for entry in found]


GZIP = b"\x1f\x8b"
MAX_INFLATED = 16 * 1024 * 1024
VALUES = 1_000_000  # of JSON; each takes up to a quarter of a kilobyte of memory
CELL = 4 * 1024 * 1024
WINDOW = 4096
NAMES = 1000
IDS = 8
DEPTH = 4  # of related records
_CUT_SHORT = "cut short"
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]|[^\x00-\x7f]")
_CSV_ERRORS = {
    "unexpected end of data": "a quoted cell is never closed",
    "',' expected after '\"'": "a quotation mark within a quoted cell is not doubled",
}
"""What Python's reader of CSV says, in the words of people who open the file."""
_CLASS = re.compile(r"(\[object Object\],?)+|#<[A-Z][\w:]*.*>|<[\w.]+ object at 0x[0-9a-f]+>")
"""A cell with what programs write of an object that they have no text for."""
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_CODE = re.compile(r"[\w.-]{1,64}", re.ASCII)
_NAME = re.compile(r"[a-z_][\w.]{0,63}", re.ASCII | re.IGNORECASE)


class TooLarge(Exception):  # noqa: N818  it names what happened
    """A file is too large to be read, inflated or as values."""


def file_of(packed: bytes, *, largest: int = MAX_INFLATED) -> File:
    """Describe the file that was served as these bytes; `largest` bounds its inflated size, in bytes.

    Raises:
        TooLarge: the file inflates beyond that, or has more than `VALUES` values.
    """
    size, digest = len(packed), sha256(packed).hexdigest()
    if not packed.startswith(GZIP):
        return File(size, digest, 0, problem=_kind_of(packed))
    try:
        plain = _inflated(packed, largest)
    except zlib.error as error:
        return File(size, digest, 0, problem=_gzip_error(error))
    if plain.startswith(GZIP):
        return File(size, digest, 2, problem="compressed twice")
    if markup := _markup(plain):
        return File(size, digest, 1, problem=markup)
    if plain.removeprefix(BOM_UTF8).lstrip()[:1] == b"[":
        return _json(plain, File(size, digest, 1, "json"))
    return _csv(plain, File(size, digest, 1, "csv"))


def _kind_of(content: bytes) -> str:
    """Return what content that is not gzip seems to be, in words."""
    if not content:
        return "an empty file"
    if markup := _markup(content):
        return markup
    if content.lstrip()[:1] in {b"[", b"{"}:
        return "JSON that is not compressed"
    is_text = not _BINARY.search(content[:WINDOW])
    return "text that is not compressed" if is_text else "not gzip: the first bytes are not 1f 8b"


def _markup(content: bytes) -> str:
    """Return which kind of page or error document content is; empty if it is neither."""
    head = content.removeprefix(BOM_UTF8).lstrip()[:WINDOW].lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if head.startswith((b"<?xml", b"<error>")):
        return "an XML error document of the storage" if b"<error>" in head else "an XML document"
    return ""


def _gzip_error(error: zlib.error) -> str:
    text = str(error)
    if text == _CUT_SHORT:
        return "the gzip stream ends too early"
    return f"the gzip stream is damaged ({text.rpartition(': ')[2]})"


def _inflated(packed: bytes, largest: int) -> bytes:
    plain, at = bytearray(), 0
    while packed.startswith(GZIP, at):  # a gzip file may have several members
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            part = packed[at : at + WINDOW]  # what follows a member is copied, so a part is small
            if not part:
                raise zlib.error(_CUT_SHORT)
            plain += member.decompress(part, largest + 1 - len(plain))
            if len(plain) > largest:
                raise TooLarge(f"file inflates to over {largest} bytes")
            at += len(part) - len(member.unused_data)
    return bytes(plain)


def _json(plain: bytes, served: File) -> File:
    if sum(map(plain.count, (b"{", b"[", b","))) > VALUES:  # one of them precedes each value
        raise TooLarge(f"file has over {VALUES} values")
    if plain.startswith(BOM_UTF8):
        return replace(served, problem="not JSON: it begins with a byte order mark")
    reading = read_json(plain)
    records = reading.value
    if reading.problem:
        return replace(served, problem=f"not JSON: {reading.problem}")
    if not all(isinstance(record, dict) for record in records):
        return replace(served, problem="a record is not an object", records=len(records))
    shared = sorted(set.intersection(*(set(record) for record in records))) if records else []
    nested = [name for name in shared if any(isinstance(record[name], (dict, list)) for record in records)]
    simple = [
        name for name in shared if any(not isinstance(record[name], (dict, list, type(None))) for record in records)
    ]
    keys = _Keys()
    for record in records:
        keys.read(record)
    ids = [record["id"] for record in records if isinstance(record.get("id"), str)]
    times = [as_text(record.get("created_at")) for record in records[:IDS]]
    codes = [as_text(record.get("code")) for record in records[:IDS]]
    texts = [name for name in simple if all(isinstance(record[name], str | None) for record in records)]
    return replace(
        served,
        records=len(records),
        names=_names(shared),
        nested=_names(nested),
        plain=_names(simple),
        paths=_names(sorted(keys.paths)),
        flat=_names(sorted(keys.flat)),
        shows_empty=keys.shows_empty,
        ids=_ids(ids),
        created=tuple(times) if all(map(instant, times)) else (),
        codes=tuple(codes) if all(map(_CODE.fullmatch, codes)) else (),
        known=tuple(map(_known_facts, records[:IDS])),
        repeated=len(ids) - len(set(ids)),
        texts=_names(texts),
    )


def _known_facts(record: dict[str, Json]) -> dict[str, Json]:
    """Return what filters can compare of a record: ids of related ones, members of `metadata`, a null `reference`."""
    facts: dict[str, Json] = {}
    for name, value in record.items():
        if name in known_relationships() and isinstance(value, list):
            facts[f"{name}_id"] = [member(each, "id") for each in value]
        elif name.endswith("_id") and name.removesuffix("_id") in known_relationships():
            facts[name] = [] if value is None else [value]
    facts = {name: ids for name, ids in facts.items() if len(ids) <= IDS and all(map(_is_id, ids))}
    if isinstance(metadata := record.get("metadata"), dict):
        members = islice(metadata.items(), IDS)
        facts["metadata"] = {name: each for name, each in members if _NAME.fullmatch(name) and _is_plain(each)}
    if "reference" in record and (record["reference"] is None or as_text(record["reference"]).strip()):
        facts["reference"] = record["reference"] is not None
    return facts


def _is_id(value: Json) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_plain(value: Json) -> bool:
    """Return True for a boolean, an integer, and a text that looks like a code."""
    return isinstance(value, int) or (isinstance(value, str) and _CODE.fullmatch(value) is not None)


class _Keys:
    """The keys of records, and of the records that they nest, which stand below the name of a relationship."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.flat: set[str] = set()
        self.shows_empty = False

    def read(self, record: dict[str, Json], above: str = "", depth: int = 1) -> None:
        """Add the keys of a record."""
        for name, value in record.items():
            path = above + name
            self.paths.add(path)
            if is_empty(value):
                self.shows_empty = True
            elif name in known_relationships() and depth < DEPTH:
                nested = value if isinstance(value, list) else [value]
                if not all(isinstance(each, dict) for each in nested):
                    self.flat.add(path)
                for each in objects_in(nested):
                    self.read(each, f"{path}.", depth + 1)


def _csv(plain: bytes, served: File) -> File:
    try:
        text = plain.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return replace(served, problem=f"not UTF-8: byte {error.start} is {plain[error.start]:#04x}")
    csv.field_size_limit(CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = (row for row in reader if row)
    records, problem, ids, has_classes = 0, "", [], False
    try:
        header = next(rows, None)
        if header is None:
            return replace(served, problem="the CSV has no header row")
        at = header.index("id") if "id" in header else len(header)
        for records, row in enumerate(rows, start=1):
            ids += row[at : at + 1]
            has_classes = has_classes or any(map(_CLASS.fullmatch, row))
            if not problem and len(row) != len(header):
                problem = f"record {records} has {len(row)} cells, and the header {len(header)}"
            elif not problem and row == header and len(header) > 1:
                problem = f"record {records} is the header row once more"
    except csv.Error as error:
        return replace(served, problem=f"not CSV: line {reader.line_num}: {_CSV_ERRORS.get(str(error), error)}")
    found = {
        "a byte order mark": plain.startswith(BOM_UTF8),
        "line ends of two kinds": _ends_differ(plain),
        "a program's name for an object, such as [object Object], in a cell": has_classes,
    }
    return replace(
        served,
        problem=problem,
        records=records,
        names=_names(header),
        ids=_ids(ids),
        repeated=len(ids) - len(set(ids)),
        marks=tuple(mark for mark, is_there in found.items() if is_there),
    )


def _ends_differ(plain: bytes) -> bool:
    """Return True if the first line ends with CR LF and the last with LF alone, or the other way round."""
    first, end, _ = plain.partition(b"\n")
    return bool(end) and plain.endswith(b"\n") and first.endswith(b"\r") is not plain.endswith(b"\r\n")


def _ids(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in found[:IDS] if _ID.fullmatch(each))


def _names(found: Iterable[str]) -> tuple[str, ...]:
    """Return the names that look like column names, and hide the others, which may be content."""
    return tuple(name if _NAME.fullmatch(name) else UNSEEN for name in islice(found, NAMES))
