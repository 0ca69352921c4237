"""A second opinion: creations that Schemathesis derives from our transcription of the API."""

import json
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode

from exports_conformance.contract.openapi import openapi
from exports_conformance.exchange.model import Expectation, Request
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.strategies.population import body_of
from exports_conformance.strategies.stakes import stakes

OURS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "x-schemathesis-testcaseid", "authorization"}
)
"""Headers that Schemathesis adds as a client, or that only the door may send."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A request derived from the OpenAPI document, as it goes to the door."""

    method: str
    path: str
    query: str
    headers: dict[str, str | None]
    body: Json | bytes | None
    name: str = "createExport"

    @property
    def expectation(self) -> Expectation:
        """Mean nothing certain: the document says what the request may be, not what becomes of it."""
        written = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return Expectation(
            f"schemathesis/{self.name}",
            "create",
            outcome="either",
            certain=False,
            at="/data/attributes",
            may_break=stakes(written),
        )


LEAST = Derived("POST", "/exports", "", {}, enveloped({"resource_type": "0"}), "least")
"""The first that the generator derives, whatever its version: what must be asked is not left to its luck."""


def derived_creations() -> SearchStrategy[Derived]:
    """Creations within the document's schema, and outside it."""
    operation = schemathesis.openapi.from_dict(openapi())["/exports"]["POST"]
    within = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    outside = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return (within | outside).map(_derived)


def derived_again(request: Request) -> Derived:
    """Give a recorded request as it was derived."""
    of_the_wire = {"host", "content-length", *OURS}
    headers = {name: value for name, value in request.headers if name.lower() not in of_the_wire}
    body = None if request.body is None else body_of(request)
    return Derived(request.method, request.path, request.query, {"Content-Type": None, **headers}, body)


def _derived(case: Case[Any]) -> Derived:
    """Carry the whole case over: method, path, query, headers and body."""
    sent = case.as_transport_kwargs(base_url="http://localhost")
    query = "&".join(f"{name}={value}" for name, value in (sent.get("params") or {}).items())
    headers: dict[str, str | None] = {
        name: value
        for name, value in sent["headers"].items()
        if name.lower() not in OURS and value.isascii() and value.isprintable() and value == value.strip()
    }
    body = sent["json"] if "json" in sent else sent.get("data")
    return Derived(sent["method"], "/exports", query, headers, body.encode() if isinstance(body, str) else body)
