"""An exchange: one request, what was expected of it, and its response, in full or as an outline; plain data.

What is kept of large responses: docs/decisions/0072-large-responses-are-kept-in-part.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Literal, Self

from exports_conformance.contract.edition import Edition, first_edition
from exports_conformance.exchange.strict_json import (
    Json,
    Reading,
    as_object,
    member,
    objects_in,
    read_json,
    read_once,
    read_response,
)

Header = tuple[str, str]
Headers = tuple[Header, ...]
Operation = Literal["create", "retrieve", "list", "update", "delete", "related", "download", "other", "foreign"]
"""The kind of a request about exports; `foreign`: it is about another resource of this API."""
Outcome = Literal["success", "refusal", "either"]
Form = Literal["json", "csv", ""]
Action = Literal["", "interrupt", "start"]
Provenance = Literal["reference", "live", "recorded", "documentation"]

JSON_API = "application/vnd.api+json"
BOOKKEEPING = frozenset(
    {"preflight", "ownership", "quota", "excuse", "scenario", "lost creation", "localisation", "clean-up"}
)
"""Families of requests that the client sends for its own bookkeeping, not for a test."""
REMOVED_CODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content codings that are removed from a response's body, each with zlib's `wbits`."""
KEPT_AT_MOST = 256 * 1024
"""Bytes of a response's body that are kept once the response has been judged."""
_SMALL = 16 * 1024  # bytes of a body whose reading is kept beside it
IMPORTED = "imported/"
"""Prefix of the cases of traffic that this suite did not send."""
UNSEEN = "‹hidden›"
"""Stands for each value of a foreign export that a response showed, whatever its type."""


def header_of(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, whose name may be in any case; None if it is absent."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, with its credentials replaced.

    `path` is relative to the API's base URL, or the absolute URL of a file, which is stored elsewhere.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the request is for a file, and not for the API."""
        return self.path.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it was received, with secrets replaced.

    Of a body that was too large to keep, `omitted` bytes at its end are missing, and `sha256` is of the whole.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    omitted: int = 0
    sha256: str = ""

    def header(self, name: str) -> str | None:
        """Return the first value of a header; None if it is absent."""
        return header_of(self.headers, name)

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty if the response has none."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    @property
    def unknown_coding(self) -> str:
        """The content codings of the body, if it has other ones than those that the client removes; else empty."""
        codings = (self.header("content-encoding") or "").lower()
        unknown = {each.strip() for each in codings.split(",")} - {*REMOVED_CODINGS, "identity", ""}
        return codings.strip() if unknown else ""

    def kept(self, at_most: int = KEPT_AT_MOST) -> Self:
        """Return the response with at most so many bytes of its body, and what is known of the others."""
        if len(self.body) <= at_most:
            return self
        size = len(self.body) + self.omitted
        whole = self.sha256 or sha256(self.body).hexdigest()
        return replace(self, body=self.body[:at_most], omitted=size - at_most, sha256=whole)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a request; it travels with the exchange, so that the response can be judged anywhere.

    `case` names the request (`creation/pairs-07`). `certain`: the documentation leaves no doubt that a creation with
    this body succeeds. For a planted flaw, `breaks` is the requirement under test, `flaw` its name, `at` the JSON
    pointer of its place (empty: not in the document), and `answers` the statuses that a refusal may have. `tag` is the
    text by which the created export can be found, `confirms` the id of the exchange that this one repeats. `may_break`
    are requirements that a generated body may violate: a 5xx that they explain is not reported a second time.
    `expected` is the known state of the export in question (`id`, `attributes`), `action` what was sent to it since,
    and `matches` the number of exports that a list must contain.
    """

    case: str
    operation: Operation
    outcome: Outcome = "success"
    certain: bool = True
    breaks: str = ""
    flaw: str = ""
    at: str = ""
    answers: frozenset[int] = frozenset()
    tag: str = ""
    confirms: str = ""
    may_break: tuple[str, ...] = ()
    expected: Json = None
    action: Action = ""
    matches: int | None = None

    @property
    def is_bookkeeping(self) -> bool:
        """Whether the client sends it for its own bookkeeping, so that a replay need not repeat it."""
        return self.case.partition("/")[0] in BOOKKEEPING

    @property
    def is_imported(self) -> bool:
        """Whether another client sent it, and a tool of others recorded it."""
        return self.case.startswith(IMPORTED)

    @property
    def accepts_anything(self) -> bool:
        """Whether any well-formed response is acceptable."""
        return self.outcome == "either" and not (self.certain or self.breaks or self.may_break)


@dataclass(frozen=True, slots=True)
class File:
    """Facts about an export's file; its content is never kept.

    `size` is in bytes as served, `layers` how often it was gzipped. `form` is what its content is, "" where it
    is neither, and `problem` why. `records` are counted; `names` are the keys that every record has, or the
    cells of the header line. `nested` are those keys of JSON records that have an object or an array in some record,
    `plain` those that have another value than null in some record.

    Of a JSON file, `paths` are the keys that at least one record has, those of related records behind their
    relationship (`prices.code`), and `flat` the relationships whose value is not made of records. `shows_empty`: some
    value is null or empty, so that none is omitted for being so. `ids` are those of the first records, `repeated` is
    the number of records whose id an earlier one has, and `texts` are the keys that have strings in some records and
    null in all others. `created` are the creation times of the records of `ids`, if all have one, and `codes` their
    codes, which are kept of goods and rates only, as `known` is: what filters can compare of the records of `ids`.
    That is `{name}_id` with the id of a related record, or with the ids of several; the members of `metadata` that are
    a word, a boolean or an integer; and of a `reference` whether it is null. Of a CSV file, `ids` and `repeated` are
    those of its column `id`. `marks` are what readers may stumble over, such as a byte order mark, in words.
    """

    size: int
    sha256: str
    layers: int
    form: Form = ""
    problem: str = ""
    records: int = 0
    names: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    flat: tuple[str, ...] = ()
    shows_empty: bool = False
    ids: tuple[str, ...] = ()
    repeated: int = 0
    texts: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    known: tuple[Mapping[str, Json], ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the client looked up besides the response; None: it did not look.

    `control_status` is the status of the control request that was sent after a refused selection, `running` the number
    of exports that the list showed pending or in progress. `known_id`: an earlier creation returned the same id.
    `link_age` is for how many seconds retrievals have shown the address of the export's file that this one shows: 0 for
    a fresh one; None if no earlier one showed an address, or this one shows none. `earlier` has what earlier responses
    showed of the same exports where this one shows something else, by JSON pointer into this one; None if nothing can
    be compared.
    """

    control_status: int | None = None
    running: int | None = None
    known_id: bool = False
    link_age: float | None = None
    earlier: Mapping[str, Json] | None = None


@dataclass(frozen=True)  # no slots: what is read from the body is kept
class Exchange:
    """One request, its expectation and its response; without a response, `trouble` states why.

    `started` is in seconds since the epoch by our clock, `elapsed` in seconds.
    """

    id: str
    expectation: Expectation
    request: Request
    response: Response | None
    base_url: str
    provenance: Provenance
    started: float = 0.0
    elapsed: float = 0.0
    trouble: str = ""
    edition: Edition = field(default_factory=first_edition)
    lookups: Lookups = field(default=Lookups())
    file: File | None = None

    @property
    def status(self) -> int:
        """The status of the response; 0 without a response."""
        return self.response.status if self.response else 0

    @property
    def is_cut(self) -> bool:
        """Whether only a part of the response's body was kept."""
        return self.response is not None and self.response.omitted > 0

    def kept(self, at_most: int = KEPT_AT_MOST) -> Self:
        """Return the exchange as it is kept once it has been judged, with at most so many bytes of its response."""
        response = self.response and self.response.kept(at_most)
        return self if response is self.response else replace(self, response=response)

    @property
    def succeeded(self) -> bool:
        """Whether the response is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  HTTP's own bounds

    @property
    def refused(self) -> bool:
        """Whether the response is a 4xx."""
        return 400 <= self.status < 500  # noqa: PLR2004  HTTP's own bounds

    @property
    def reading(self) -> Reading:
        """The body of the response, read strictly."""
        if self.response is None:
            return Reading(problem="no response")
        if self.response.omitted:
            return Reading(problem=f"only the first {len(self.response.body)} bytes were kept")
        large = len(self.response.body) > _SMALL
        found = read_once(self.response.body) if large else self._small_reading
        if found.problem and (coding := self.response.unknown_coding):
            return Reading(problem=f"compressed ({coding}), which the request did not ask for")
        return found

    @cached_property
    def _small_reading(self) -> Reading:
        return read_response(self.response.body if self.response else b"")

    @cached_property
    def sent(self) -> Json:
        """The document that was sent; None if the body is not JSON."""
        return read_json(self.request.body).value if self.request.body else None

    @cached_property
    def sent_attributes(self) -> dict[str, Json]:
        """The attributes that were sent; empty if the body has no such object."""
        return as_object(member(self.sent, "data", "attributes"))

    @property
    def data(self) -> dict[str, Json]:
        """The primary data of the response if it is one object, else an empty one."""
        return as_object(member(self.reading.value, "data"))

    @property
    def attributes(self) -> dict[str, Json]:
        """The attributes of the resource in the response; empty if there are none."""
        return as_object(member(self.reading.value, "data", "attributes"))

    @property
    def errors(self) -> tuple[dict[str, Json], ...]:
        """The error objects of the response, in order; an object instead of the array counts as one."""
        errors = member(self.reading.value, "errors")
        return tuple(objects_in(errors if isinstance(errors, list) else [errors]))


_TEXT, _MEMBERS, _LEVELS = 1_000, 100, 6
"""Characters of each text, members of each array or object, and levels of nesting that an outline keeps."""


def outlined(exchange: Exchange) -> Exchange:
    """Return an exchange that was judged, for tests that build on it; of a large response, only an outline.

    An outline shows ids, statuses and attributes, with the ends of long texts and lists cut off: no evidence of
    what the endpoint sent, which the journal keeps.
    """
    response = exchange.response
    if response is None or len(response.body) <= KEPT_AT_MOST:
        return exchange
    if exchange.reading.problem:
        return exchange.kept()
    body = json.dumps(_outline(exchange.reading.value, _LEVELS)).encode()
    return replace(exchange, response=replace(response, body=body)).kept()


def _outline(value: Json, levels: int) -> Json:
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, dict):
        return {key[:_TEXT]: _outline(value[key], levels - 1) for key in [*value][:_MEMBERS]} if levels else {}
    if isinstance(value, list):
        return [_outline(each, levels - 1) for each in value[:_MEMBERS]] if levels else []
    return value
