"""An exchange: one request, what it was meant to be, and what was answered; plain data."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from exports_conformance.contract.editions import Edition, first_edition
from exports_conformance.exchange.jsonapi import as_object, member, objects_in
from exports_conformance.exchange.strict_json import Json, Reading, read_json

Headers = tuple[tuple[str, str], ...]
Operation = Literal["create", "retrieve", "list", "update", "delete", "related", "download", "other", "foreign"]
"""What is asked about exports; `foreign`: it is about another resource of this API."""
Outcome = Literal["success", "refusal", "either"]
Form = Literal["json", "csv", ""]
Action = Literal["", "interrupt", "start"]
Provenance = Literal["reference", "live", "recorded", "documentation"]

JSON_API = "application/vnd.api+json"
BOOKKEEPING = frozenset({"preflight", "ownership", "quota", "excuse", "scenario", "lost creation", "clean-up"})
"""Families of cases that no suite asks for: the endpoint does, for itself."""
UNSEEN = "…"
"""Stands in an answer for each text of an export that is somebody else's."""


def header_of(headers: Headers, name: str) -> str | None:
    """Give the first value of a header, whatever the case of its name; None where it is absent."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, its credentials already replaced.

    `path` is relative to the API's base URL; only that of a file, which lies elsewhere, is an absolute URL.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a file that was asked for, and not the API."""
        return self.path.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came, secrets already replaced."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Give a header's first value, None where it is absent."""
        return header_of(self.headers, name)

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty where none is said."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a request was meant to be; travels with the exchange, so that an answer can be judged anywhere.

    `case` names it (`creation/pairs-07`). `certain`: the documentation leaves no doubt that a creation with
    this body succeeds. A planted flaw says which requirement it `breaks`, its own name, where it was planted
    (`at`, a JSON pointer; empty: nowhere in the document) and which statuses a refusal of it may have.
    `mark` is the text by which the created export can be found; `confirms` the id of the exchange that this
    one repeats; `stakes` are the requirements of other flaws that it may have, so that a server error which
    those explain is not reported a second time. `shown` is what was seen before of the export that is asked
    about (`id`, `attributes`), `told` what it was told since, `finds` how many exports a list must show.
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
        """Whether no suite asks for it, and another run need not ask."""
        return self.case.partition("/")[0] in BOOKKEEPING

    @property
    def accepts_anything(self) -> bool:
        """Whether nobody is judged by how it is answered, as long as the answer is well-formed."""
        return self.outcome == "either" and not (self.certain or self.breaks or self.may_break)


@dataclass(frozen=True, slots=True)
class File:
    """What is kept of an export's file, of which the content never is.

    `size` is in bytes as served, `layers` how often it was gzipped. `form` is what its content is, "" where it
    is neither, and `problem` why. `records` are counted; `names` are the keys that every record has, or the
    cells of the header line.
    """

    size: int
    sha256: str
    layers: int
    form: Form = ""
    problem: str = ""
    records: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was found out beside an answer; None: it was not asked.

    `twin_status` is how the plain twin of a refused selection was answered, `running` how many exports a list
    showed pending or in progress. `known_id` says that a creation was answered with the id of an earlier one.
    """

    control_status: int | None = None
    running: int | None = None
    known_id: bool = False


@dataclass(frozen=True)  # no slots: what is read from the body is kept
class Exchange:
    """One request, its intent and its answer; `answer` is None where none came, and `trouble` says why.

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
        """The answer's status; 0 where no answer came."""
        return self.response.status if self.response else 0

    @property
    def succeeded(self) -> bool:
        """Whether the answer is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  HTTP's own bounds

    @property
    def refused(self) -> bool:
        """Whether the answer is a 4xx."""
        return 400 <= self.status < 500  # noqa: PLR2004  HTTP's own bounds

    @cached_property
    def reading(self) -> Reading:
        """The answer's body, read strictly."""
        return read_json(self.response.body) if self.response else Reading(problem="no answer")

    @cached_property
    def sent(self) -> Json:
        """The document that was sent; None where the body was none."""
        return read_json(self.request.body).value if self.request.body else None

    @property
    def sent_attributes(self) -> dict[str, Json]:
        """The attributes that were sent; empty where the body had no such object."""
        return as_object(member(self.sent, "data", "attributes"))

    @property
    def data(self) -> dict[str, Json]:
        """The answer's primary data where it is one object, else an empty one."""
        return as_object(member(self.reading.value, "data"))

    @property
    def attributes(self) -> dict[str, Json]:
        """The attributes of the resource in the answer, empty where there are none."""
        return as_object(member(self.reading.value, "data", "attributes"))

    @property
    def errors(self) -> tuple[dict[str, Json], ...]:
        """The error objects of the answer, in order; an object in place of the array counts as one."""
        errors = member(self.reading.value, "errors")
        return tuple(objects_in(errors if isinstance(errors, list) else [errors]))
