"""Tags, by which the exports of a run are found; the identity of a request, which leaves them out.

Decision: docs/decisions/0010-finding-a-request-in-a-recording.md.
"""

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import unquote

from exports_conformance.exchange.model import Exchange, Request, header_of

PLACEHOLDER = "exports-conformance-00000000-00000"
"""Placeholder in a body that the client replaces with a unique tag."""

PREFIX = "exports-conformance-"


class Tags:
    """The tags of a run: `exports-conformance-{8 hexadecimal digits of the run}-{5 digits}`, each used once."""

    def __init__(self, run: str | None = None) -> None:
        self.run = run or secrets.token_hex(4)
        self._numbers = count(1)

    def next(self) -> str:
        """Return a tag that this run has not used."""
        return f"{PREFIX}{self.run}-{next(self._numbers):05d}"


def run_of(tag: str) -> str:
    """Return the prefix that the tags of a run have in common."""
    return tag.rpartition("-")[0]


def untagged(text: bytes) -> bytes:
    """Return a text with the placeholder for every tag or prefix of one, so that two requests can be compared."""
    plain = _TAG.sub(PLACEHOLDER.encode(), text)
    return _WIDE_TAG.sub("\0".join(PLACEHOLDER).encode(), plain) if _WIDE_PREFIX in plain else plain


def untagged_query(query: str) -> str:
    """Return a query with one placeholder for all the tags that it looks for."""
    return _SEVERAL.sub(PLACEHOLDER, untagged(query.encode("utf-8", "surrogatepass")).decode("utf-8", "replace"))


def tags_in(text: str | bytes) -> list[str]:
    """Return the tags in a text, in order."""
    octets = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return [found.decode() for found in _WHOLE_TAG.findall(octets)]


def is_tag(text: str) -> bool:
    """Return True if a text is a tag and nothing else."""
    return tags_in(text) == [text]


_SEVERAL = re.compile(rf"{PLACEHOLDER}(?:(?:,|%2C){PLACEHOLDER})+")
_WHOLE_TAG = re.compile(rb"exports-conformance-[0-9a-f]{8}-[0-9]{5}")
_TAG = re.compile(rb"exports-conformance-[0-9a-f]{8}(?:-[0-9]{5})?")
_WIDE_PREFIX = "\0".join(PREFIX).encode()
_WIDE_TAG = re.compile(_WIDE_PREFIX + rb"\0(?:[0-9a-f]\0){8}-(?:\0[0-9]){5}")  # UTF-16, whichever byte comes first


OWN_TOKEN = "$COMMERCELAYER_ACCESS_TOKEN"  # noqa: S105  what is shown in the place of the token
AN_EXPORT = "(an export)"
"""Stands for the id of an export that the run did not create."""


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """The purpose of a request, and everything that its response may depend on; no tag and no id of its run.

    `body` is the digest of the raw body, None where there was none; `authorization` is its class.
    """

    case: str
    method: str
    path: str
    query: str
    body: str | None
    accept: str | None
    content_type: str | None
    authorization: str


class RequestIdentities:
    """The identities of the requests of a run, in which exports are named by the cases that created them."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        creations = [each for each in exchanges if each.expectation.operation == "create"]
        self._cases = {
            each.data["id"]: each.expectation.case for each in creations if isinstance(each.data.get("id"), str)
        }

    def name(self, export_id: str) -> str:
        """Return what stands for the id of an export in an identity; empty if the run did not create it."""
        case = self._cases.get(export_id)
        return f"({case})" if case else ""

    def of(self, request: Request, case: str, *, foreign: Collection[str] = ()) -> RequestIdentity:
        """Return the identity of a request; `foreign` are ids to leave out that the run did not create."""
        path, body = request.path, None if request.body is None else untagged(request.body)
        if request.is_elsewhere:
            own = path.rpartition("/")[2].partition(".")[0]
        else:
            own = unquote(path.split("/")[2]) if path.count("/") > 1 else ""
        for each in dict.fromkeys((own, *foreign)):
            name = self.name(each) or (AN_EXPORT if each in foreign else "")
            if each and name:
                path = path.replace(each, name)
                body = body and body.replace(f'"{each}"'.encode("utf-8", "surrogatepass"), f'"{name}"'.encode())
        return RequestIdentity(
            case=case,
            method=request.method,
            path=path,
            query=untagged_query(request.query),
            body=None if body is None else hashlib.sha256(body).hexdigest(),
            accept=header_of(request.headers, "accept"),
            content_type=header_of(request.headers, "content-type"),
            authorization=authorization_class(header_of(request.headers, "authorization")),
        )


def authorization_class(value: str | None) -> str:
    """Return the kind of a credential: none, the run's own token, or a planted one."""
    if value is None:
        return "none"
    return "the token" if OWN_TOKEN in value else f"planted {value.partition(' ')[0]}"
