"""Rules of a successful answer as a document: status, media type, JSON, the resource object's frame."""

from collections.abc import Iterator

from exports_conformance.exchange.model import JSON_API, Exchange
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.applies import created, has_content, shows_export, shows_resource
from exports_conformance.rules.engine import Applies, Finding, rule


@rule("create-status-201", applies=created)
def creation_answers_201(exchange: Exchange) -> Iterator[Finding]:
    """A creation that succeeds answers 201."""
    if exchange.status != 201:  # noqa: PLR2004  Created
        yield Finding("201 Created", str(exchange.status))


@rule("answer-media-type", applies=has_content)
def success_is_json_api(exchange: Exchange) -> Iterator[Finding]:
    """A success is sent as JSON:API; parameters are free."""
    if exchange.response and exchange.response.media_type != JSON_API:
        yield Finding(f"Content-Type: {JSON_API}", f"Content-Type: {exchange.response.header('content-type')}")


@rule("answer-json", applies=has_content)
def success_is_json(exchange: Exchange) -> Iterator[Finding]:
    """A success is a JSON document."""
    if exchange.reading.problem:
        yield Finding("a JSON document in UTF-8", exchange.reading.problem)


@rule("answer-unique-keys", applies=has_content, needs=("answer-json",))
def success_repeats_no_key(exchange: Exchange) -> Iterator[Finding]:
    """No object of a success repeats a key."""
    if exchange.reading.repeated_keys:
        yield Finding("each key once in an object", f"repeated: {one_line(exchange.reading.repeated_keys)}")


@rule("answer-data", applies=shows_resource, needs=("answer-json",))
def success_has_a_resource(exchange: Exchange) -> Iterator[Finding]:
    """`data` is one resource object."""
    document = exchange.reading.value
    data = document.get("data") if isinstance(document, dict) else document
    if not isinstance(data, dict):
        yield Finding("data: a resource object", one_line(data), "/data")


@rule("answer-type", applies=shows_export, needs=("answer-data",))
def resource_is_an_export(exchange: Exchange) -> Iterator[Finding]:
    """The resource's type is `exports`."""
    if exchange.data.get("type") != "exports":
        yield Finding('"exports"', one_line(exchange.data.get("type")), "/data/type")


@rule("answer-id", applies=shows_resource, needs=("answer-data",))
def resource_has_an_id(exchange: Exchange) -> Iterator[Finding]:
    """The resource's id is a non-empty string."""
    identity = exchange.data.get("id")
    if not isinstance(identity, str) or not identity.strip():
        yield Finding("a non-empty string", one_line(identity), "/data/id")


def _is_object(requirement: str, name: str, *, applies: Applies = shows_resource) -> None:
    def member_is_an_object(exchange: Exchange) -> Iterator[Finding]:
        member: Json = exchange.data.get(name)
        if not isinstance(member, dict):
            yield Finding("an object", one_line(member), f"/data/{name}")

    rule(requirement, applies=applies, needs=("answer-data",))(member_is_an_object)


_is_object("answer-attributes", "attributes")
_is_object("answer-relationships", "relationships", applies=shows_export)  # which not every resource has
_is_object("answer-meta", "meta")
