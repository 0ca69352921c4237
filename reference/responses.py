"""What is asked of the reference, what it answers, and how middlewares are put around it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from exports_conformance.exchange.strict_json import Json, read_json

Edit = Callable[[Json], Json]


def copied(value: Json) -> Json:
    """Give a copy of a JSON value that shares no object or array with it."""
    # A third of the frames of copy.deepcopy, so that deep metadata can be copied wherever it can be read.
    if isinstance(value, dict):
        return {key: copied(member) for key, member in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def serialised(document: Json) -> bytes:
    """Give a document as compact JSON in UTF-8; what has no encoding, half a surrogate pair, stays escaped."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `path` is decoded, `query` is not; the names of `headers` are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://127.0.0.1"

    @property
    def document(self) -> Json:
        """The body as JSON; None where it is no JSON document."""
        return read_json(self.body).value if self.body else None

    def edited(self, edit: Edit) -> "Ask":
        """Give this request with its document edited, in place or by what `edit` returns."""
        return replace(self, body=serialised(_edited(self.document, edit)))


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: its body is `raw` where given, else the `document`, else empty."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    document: Json = None
    raw: bytes | None = None

    @property
    def body(self) -> bytes:
        """The bytes that are sent."""
        if self.raw is not None:
            return self.raw
        return b"" if self.document is None else serialised(self.document)

    def header(self, name: str) -> str | None:
        """Give a header's first value; None where it is absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str) -> "Response":
        """Give this answer with a header set, in place of any of that name."""
        return replace(self, headers=(*self.without_header(name).headers, (name, value)))

    def without_header(self, name: str) -> "Response":
        """Give this answer without the headers of that name."""
        return replace(self, headers=tuple(item for item in self.headers if item[0].lower() != name.lower()))

    def edited(self, edit: Edit) -> "Response":
        """Give this answer with a copy of its document edited, in place or by what `edit` returns."""
        if self.document is None:
            return self
        return replace(self, document=_edited(self.document, edit))


Respond = Callable[[Ask], Response]
Middleware = Callable[[Ask, Respond], Response]


def composed(middlewares: Iterable[Middleware], respond: Respond) -> Respond:
    """Put middlewares around `respond`, the first of them outermost."""
    for middleware in reversed(list(middlewares)):
        respond = _around(middleware, respond)
    return respond


def _around(middleware: Middleware, respond: Respond) -> Respond:
    return lambda ask: middleware(ask, respond)


def _edited(document: Json, edit: Edit) -> Json:
    copy = copied(document)
    result = edit(copy)
    return copy if result is None else result
