"""Requests that are wrong or unusual outside their body: credentials, media types, methods."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from exports_conformance.exchange.model import JSON_API, Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import OWN_TOKEN
from exports_conformance.strategies.flaw import INVALID

JSON = "application/json"


def _token(header: Mapping[str, Json], signature: str) -> str:
    """Return a well-formed token of nobody."""
    parts = (header, {"organization": {"slug": "nobody"}, "test": True, "exp": 4_102_444_800})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, signature])


@dataclass(frozen=True, slots=True)
class OddRequest:
    """A request that is odd in one way; `headers` replace those of a plain creation, None takes one away."""

    name: str
    breaks: str
    outcome: Literal["refusal", "either"]
    answers: frozenset[int]
    headers: Mapping[str, str | None] = field(default_factory=dict)
    authorised: bool = True
    method: str = "POST"
    hostile: bool = False

    @property
    def case(self) -> str:
        """The case of this request."""
        return f"request/{self.name}"

    @property
    def expectation(self) -> Expectation:
        """A refusal of what is odd or, where JSON:API leaves it open, a right response."""
        operation: Literal["create", "other"] = "create" if self.method == "POST" else "other"
        return Expectation(
            self.case,
            operation,
            outcome=self.outcome,
            breaks=self.breaks,
            flaw=self.name,
            answers=self.answers,
        )


def _credentials(name: str, authorization: str | None, breaks: str) -> OddRequest:
    return OddRequest(name, breaks, "refusal", frozenset({401}), {"Authorization": authorization}, authorised=False)


FORGED = f"Bearer {_token({'alg': 'none'}, '')}"
"""A well-formed token that nobody issued or signed."""

CREDENTIALS = (
    _credentials("no-token", None, "auth-token-required"),
    _credentials("empty-token", "Bearer", "auth-token-required"),
    _credentials("wrong-scheme", "Basic bm9ib2R5Om5vdGhpbmc=", "auth-token-required"),
    _credentials("malformed-token", "Bearer not-a-token", "auth-token-valid"),
    _credentials("unknown-token", f"Bearer {_token({'alg': 'HS512'}, 'c2lnbmF0dXJl')}", "auth-token-valid"),
    _credentials("unsigned-token", FORGED, "auth-token-valid"),
    _credentials("tampered-token", f"Bearer {OWN_TOKEN}x", "auth-token-valid"),
)
"""Requests without valid credentials; quick sends few, since a gateway may count them as an attack.

The tampered token is the run's own with another signature."""


def _accept(name: str, value: str | None, outcome: Literal["refusal", "either"]) -> OddRequest:
    breaks = "accept-json-api" if outcome == "refusal" else "negotiation-lenient"
    return OddRequest(f"accept-{name}", breaks, outcome, frozenset({406}), {"Accept": value})


def _content_type(name: str, value: str | None, outcome: Literal["refusal", "either"]) -> OddRequest:
    breaks = "content-type-json-api" if outcome == "refusal" else "negotiation-lenient"
    answers = frozenset({415}) if outcome == "refusal" else frozenset({400, 415})
    return OddRequest(f"content-type-{name}", breaks, outcome, answers, {"Content-Type": value})


NEGOTIATIONS = (
    _accept("json", JSON, "refusal"),
    _accept("html", "text/html", "refusal"),
    _accept("missing", None, "either"),
    _accept("anything", "*/*", "either"),
    _accept("with-parameter", f'{JSON_API}; profile="https://example.com/profile"', "either"),
    _content_type("json", JSON, "refusal"),
    _content_type("form", "application/x-www-form-urlencoded", "refusal"),
    _content_type("missing", None, "either"),
    _content_type("with-charset", f"{JSON_API}; charset=utf-8", "either"),
)
"""Creations with media types that are wrong, or that JSON:API leaves open."""

ODD_METHODS = tuple(
    OddRequest(
        f"{method.lower()}-on-the-collection",
        "collection-methods",
        "refusal",
        frozenset({404, 405}),
        method=method,
    )
    for method in ("PUT", "PATCH")
)
"""Methods that the collection does not have; DELETE is never sent to a collection."""


@dataclass(frozen=True, slots=True)
class OddUpdate:
    """An update that is odd in one way: its attributes, or `members` of its resource object instead of the usual."""

    name: str
    breaks: str
    outcome: Literal["refusal", "either"]
    attributes: Mapping[str, Json]
    members: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: frozenset[int] = frozenset({400})
    at: str = ""

    @property
    def expectation(self) -> Expectation:
        """A refusal or, where the documentation is silent, an update without effect."""
        return Expectation(
            f"life/{self.name}",
            "update",
            outcome=self.outcome,
            breaks=self.breaks,
            flaw=self.name,
            at=self.at,
            answers=self.answers,
        )


ODD_UPDATES = (
    OddUpdate("other-id", "update-other-id", "refusal", {"reference_origin": "never"}, members={"id": "NoSuchExprt"}),
    OddUpdate(
        "read-only-update",
        "update-read-only",
        "either",
        {"resource_type": "orders", "format": "csv", "records_count": 777_777},
        answers=INVALID,
        at="/data/attributes",
    ),
    OddUpdate(
        "update-as-json",
        "content-type-json-api",
        "refusal",
        {"reference_origin": "never"},
        headers={"Content-Type": JSON},
        answers=frozenset({415}),
    ),
)
"""Updates of an export that exists, which must not change it."""

UPDATE_OF_OTHER_TYPE = OddUpdate(
    "update-of-other-type",
    "request-type-exports",
    "refusal",
    {"reference_origin": "never"},
    members={"type": "imports"},
    answers=INVALID | {404},
)
"""An update whose `data.type` is that of another resource."""

MISTYPED_UPDATE = OddUpdate(
    "update-with-number-as-origin",
    "argument-reference-origin-typed",
    "either",
    {"reference_origin": 42},
    answers=INVALID,
    at="/data/attributes/reference_origin",
)
"""An update with a value of a wrong type, which an API may refuse, convert or keep."""


@dataclass(frozen=True, slots=True)
class OddPage:
    """A page of the list of exports that the documentation does not describe."""

    name: str
    breaks: str
    query: str
    answers: frozenset[int]

    @property
    def expectation(self) -> Expectation:
        """A refusal, or a page that is otherwise right."""
        return Expectation(
            f"life/{self.name}",
            "list",
            outcome="either",
            certain=False,
            breaks=self.breaks,
            flaw=self.name,
            answers=self.answers,
        )


UNKNOWN_PARAMETERS = tuple(
    OddPage(f"unknown-{name}", "never-server-error", query, frozenset({400, 422}))
    for name, query in (("filter", "filter[nonsense]=1"), ("include", "include=nonsense"), ("sort", "sort=nonsense"))
)
"""Lists by names that exports do not have."""

ODD_PAGES = (
    OddPage("page-of-26", "list-page-at-most-25", "page[size]=26", frozenset({400, 422})),
    OddPage("page-beyond-the-last", "list-page-beyond", "page[number]=99999", frozenset({400, 404, 422})),
)
"""Pages that are larger than the largest, or beyond the last."""
