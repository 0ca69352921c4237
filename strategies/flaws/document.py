"""Flaws of the document: unreadable JSON, a missing or wrong resource object, members a creation does not have."""

import json
from collections.abc import Callable, Mapping
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.all_selecting import LONG_AGO
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws.flaw import INVALID, WRONG_TYPES, Flaw, Plant, removed, replaced, values_of

UNREADABLE_STATUSES = INVALID | {415}
"""Statuses with which a body that cannot be read may be refused."""

READ_ONLY: Mapping[str, Json] = {
    "status": "completed",
    "started_at": LONG_AGO,
    "completed_at": LONG_AGO,
    "interrupted_at": LONG_AGO,
    "records_count": 777_777,
    "attachment_url": "https://example.com/planted",
    "errors_log": {"planted": "value"},
    "created_at": LONG_AGO,
    "updated_at": LONG_AGO,
}
"""The attributes that only the API sets, each with a value that no endpoint would give it by chance."""


def _text(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _unreadable(name: str, values: SearchStrategy[Json], plant: Callable[[Json, Json], bytes]) -> Flaw:
    return Flaw(name, "request-json", "", "refusal", UNREADABLE_STATUSES, values, plant)


def _encoded(name: str, encoding: str) -> Flaw:
    def plant(body: Json, codec: Json) -> bytes:
        return _text(body).encode(str(codec))

    return Flaw(name, "request-encoding", "", "either", UNREADABLE_STATUSES, st.just(encoding), plant)


def _without_data(name: str, values: SearchStrategy[Json], plant: Plant) -> Flaw:
    return Flaw(name, "request-data-object", "/data", "refusal", INVALID, values, plant)


def _type(
    name: str,
    breaks: str,
    values: SearchStrategy[Json],
    *,
    outcome: Literal["refusal", "either"] = "refusal",
    plant: Plant | None = None,
) -> Flaw:
    return Flaw(name, breaks, "/data/type", outcome, INVALID, values, plant or replaced("/data/type"))


def _attributes(name: str, breaks: str, values: SearchStrategy[Json], *, plant: Plant | None = None) -> Flaw:
    at = "/data/attributes"
    return Flaw(name, breaks, at, "refusal", INVALID, values, plant or replaced(at))


def _member(
    name: str,
    at: str,
    values: SearchStrategy[Json],
    answers: frozenset[int] = INVALID,
    *,
    plant: Plant | None = None,
) -> Flaw:
    return Flaw(name, "request-members", at, "either", answers, values, plant or replaced(at))


def _relationships(name: str, values: SearchStrategy[Json]) -> Flaw:
    at = "/data/relationships"
    return Flaw(name, "request-relationships-shape", at, "either", INVALID, values, replaced(at))


def _read_only(attribute: str, value: Json) -> Flaw:
    at = f"/data/attributes/{attribute}"
    name = f"read-only-{attribute.replace('_', '-')}"
    return Flaw(name, "read-only-attributes", at, "either", INVALID, st.just(value), replaced(at))


UNREADABLE_FLAWS = (
    _unreadable(
        "document-not-json",
        values_of("resource_type=skus", st.sampled_from(["{'data': {}}", "<data/>", "{,}", "undefined"])),
        lambda _, text: str(text).encode(),
    ),
    _unreadable("document-truncated", st.integers(1, 12), lambda body, cut: _text(body).encode()[: -int(cut)]),
    _unreadable("document-empty", values_of("", st.sampled_from([" ", "\n"])), lambda _, text: str(text).encode()),
    _encoded("document-with-bom", "utf-8-sig"),
    _encoded("document-in-utf-16", "utf-16"),
)
"""Bodies that are not JSON, or not in plain UTF-8."""

DOCUMENT_FLAWS = (
    _without_data("document-not-object", WRONG_TYPES["array"] | WRONG_TYPES["number"], lambda _, value: value),
    _without_data("data-missing", st.none(), removed("/data")),
    _without_data("data-null", st.none(), replaced("/data")),
    _without_data("data-array", values_of([]), lambda body, _: {"data": [body["data"]]}),
    _without_data("data-string", WRONG_TYPES["string"], replaced("/data")),
)
"""Documents without a resource object in `data`."""

RESOURCE_OBJECT_FLAWS = (
    _type("type-missing", "request-type-required", st.none(), plant=removed("/data/type")),
    _type("type-null", "request-type-required", st.none()),
    _type("type-other", "request-type-exports", values_of("skus", st.sampled_from(["imports", "orders"]))),
    _type("type-not-string", "request-type-string", WRONG_TYPES["number"] | WRONG_TYPES["object"]),
    _type("type-other-case", "request-type-exports", values_of("Exports", st.just("EXPORTS")), outcome="either"),
    _attributes("attributes-missing", "request-attributes-object", st.none(), plant=removed("/data/attributes")),
    _attributes("attributes-null", "request-attributes-shape", st.none()),
    _attributes("attributes-array", "request-attributes-shape", WRONG_TYPES["array"]),
    _attributes("attributes-string", "request-attributes-shape", WRONG_TYPES["string"]),
    # JSON:API 1.0 has 403 for an id that a client may not choose; the vendor's guide has no 403 at all
    _member("client-sent-id", "/data/id", values_of("XAyRWNUzyN"), INVALID | {403}),
    _member("unknown-attribute", "/data/attributes/nonsense", WRONG_TYPES["string"]),
    _member("unknown-member", "/data/nonsense", WRONG_TYPES["object"]),
    # the documentation has no pointer for a member beside `data`
    _member("unknown-top-level-member", "", WRONG_TYPES["object"], plant=replaced("/nonsense")),
    _member("relationships", "/data/relationships", values_of({"events": {"data": []}})),
    _relationships("relationships-null", st.none()),
    _relationships("relationships-array", values_of([])),
)
"""Resource objects with a wrong type, without attributes, or with members that a creation does not have."""

READ_ONLY_FLAWS = tuple(_read_only(attribute, value) for attribute, value in READ_ONLY.items())
"""Creations that set an attribute which only the API sets."""
