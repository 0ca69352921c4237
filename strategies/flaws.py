"""The flaws: every way to get the body of a creation wrong that the suites send, part by part of a document.

Decision: docs/decisions/0003-flaws-in-a-minimal-body.md.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import include_paths
from exports_conformance.exchange.exports import LONG_AGO
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.flaw import INVALID, WRONG_TYPES, Flaw, Plant, by_name, removed, replaced, values_of

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


def _lenient(name: str, plant: Callable[[str], str]) -> Flaw:
    """Return a flaw of a document that lenient readers take for JSON; `plant` changes its text."""
    return Flaw(
        name,
        "request-json-lenient",
        "",
        "either",
        UNREADABLE_STATUSES,
        st.none(),
        lambda body, _: plant(_text(body)).encode(),
    )


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
    _lenient("document-with-trailing-comma", lambda text: f"{text[:-3]},{text[-3:]}"),
    _lenient("document-with-comment", lambda text: f"/* an export */{text}"),
    _lenient("document-in-single-quotes", lambda text: text.replace('"', "'")),
    _lenient("document-with-nan", lambda text: f'{text[:-3]},"metadata":{{"number":NaN}}{text[-3:]}'),
    _lenient("document-with-huge-number", lambda text: f'{text[:-3]},"metadata":{{"number":1e400}}{text[-3:]}'),
    _lenient("document-with-text-behind", lambda text: f"{text} and more"),
)
"""Bodies that are not JSON, or only to some readers, or not in plain UTF-8."""

DOCUMENT_FLAWS = (
    _without_data("document-not-object", WRONG_TYPES["array"] | WRONG_TYPES["number"], lambda _, value: value),
    _without_data("data-missing", st.none(), removed("/data")),
    _without_data("data-null", st.none(), replaced("/data")),
    _without_data("data-array", values_of([]), lambda body, _: {"data": [body["data"]]}),
    _without_data("data-string", WRONG_TYPES["string"], replaced("/data")),
    _without_data("envelope-missing", st.none(), lambda body, _: body["data"]["attributes"]),
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


TOO_LARGE_STATUSES = INVALID | {413}

_LONG = "long " * 20_000
CODE = ("'; DROP TABLE exports; --", "<script>alert(1)</script>", "{{7*7}}${7*7}#{7*7}", "$(id) `id` | id", "%00%0d%0a")
"""Texts that look like code."""


def _hostile(
    name: str,
    breaks: str,
    attribute: str,
    values: SearchStrategy[Json],
    *,
    plant: Plant | None = None,
    hostile: bool = False,
) -> Flaw:
    at = f"/data/attributes/{attribute}".rstrip("/")
    return Flaw(name, breaks, at, "either", TOO_LARGE_STATUSES, values, plant or replaced(at), hostile)


def _nested(levels: int) -> Json:
    value: Json = {"end": True}
    for _ in range(levels - 1):
        value = {"deeper": value}
    return value


def _lengthened(body: Json, value: Json) -> Json:
    """Write long text into the reference, behind its tag, its origin, and the metadata."""
    texts = {"reference": f"{PLACEHOLDER} {value}", "reference_origin": value, "metadata": {"note": value}}
    body["data"]["attributes"] |= texts
    return body


def _repeat(body: Json, value: Json) -> bytes:
    """Write the reference a second time, behind the first."""
    first = json.dumps(body["data"]["attributes"], ensure_ascii=False, separators=(",", ":"))
    twice = f"{first[:-1]},{json.dumps('reference')}:{json.dumps(value)}}}"
    return f'{{"data":{{"type":"exports","attributes":{twice}}}}}'.encode()


HOSTILE_FLAWS = (
    _hostile("text-with-nul", "text-nul", "reference_origin", values_of("nul \0 inside", st.just("\0"))),
    _hostile(
        "text-with-half-a-pair",
        "text-surrogates",
        "reference_origin",
        values_of("half \ud83e pair", st.just("other \udd26 half")),
    ),
    _hostile("text-of-100-kb", "text-long", "reference_origin", values_of(_LONG)),
    # Those at no place come back as they were sent, if they are not refused.
    replace(_hostile("text-of-2-kb", "text-long", "", values_of("long " * 400), plant=_lengthened), at=""),
    _hostile("text-of-100-kb-reference", "text-long", "reference", values_of(f"{PLACEHOLDER} {_LONG}")),
    _hostile("text-of-100-kb-metadata", "text-long", "metadata", values_of({"note": _LONG})),
    _hostile("metadata-200-deep", "metadata-deep", "metadata", values_of(200, st.integers(150, 200)).map(_nested)),
    replace(
        _hostile(
            "metadata-odd-keys",
            "metadata-odd-keys",
            "metadata",
            values_of({"dotted.key": 1, "$dollar": {"$set": 2}, " padded ": 3, "case": 4, "Case": 5}),
        ),
        at="",
    ),
    _hostile(
        "metadata-reserved-keys",
        "metadata-odd-keys",
        "metadata",
        values_of({"__proto__": {"polluted": True}}, st.sampled_from([{"constructor": 1}, {"": 1}, {"a.b[c]": 1}])),
    ),
    _hostile("repeated-key", "request-repeated-keys", "reference", values_of(f"{PLACEHOLDER} again"), plant=_repeat),
    _hostile("text-like-code", "text-code", "reference_origin", st.sampled_from(CODE), hostile=True),
)
"""The flaws that a client sends by accident only if it is broken, or is an attacker's."""


DEPTH_TOO_GREAT = 4
"""Levels of a relationship path; the documentation allows three."""


def _argument(
    attribute: str,
    defect: str,
    breaks: str,
    values: SearchStrategy[Json],
    *,
    outcome: Literal["refusal", "either"] = "either",
    plant: Plant | None = None,
) -> Flaw:
    name, at = f"{attribute.replace('_', '-')}-{defect}", f"/data/attributes/{attribute}"
    return Flaw(name, breaks, at, outcome, INVALID, values, plant or replaced(at))


def _of_type(attribute: str, breaks: str, *types: str) -> tuple[Flaw, ...]:
    return tuple(_argument(attribute, wrong, breaks, WRONG_TYPES[wrong]) for wrong in types)


def _too_deep(attribute: str, breaks: str, ending: str = "") -> Flaw:
    def plant(body: Json, _: Json) -> Json:
        attributes = body["data"]["attributes"]
        paths = include_paths(attributes["resource_type"], depth=DEPTH_TOO_GREAT)
        deep = [path for path in paths if path.count(".") == DEPTH_TOO_GREAT - 1]
        attributes[attribute] = [(deep[0] if deep else "events.events.events.events") + ending]
        return body

    return _argument(attribute, "over-deep", breaks, st.none(), plant=plant)


def _resource_type(defect: str, values: SearchStrategy[Json], breaks: str = "argument-resource-type-known") -> Flaw:
    return _argument("resource_type", defect, breaks, values)


_RESOURCE_TYPE = (
    _argument(
        "resource_type",
        "missing",
        "argument-resource-type-required",
        st.none(),
        outcome="refusal",
        plant=removed("/data/attributes/resource_type"),
    ),
    _argument("resource_type", "null", "argument-resource-type-required", st.none(), outcome="refusal"),
    *_of_type("resource_type", "argument-resource-type-typed", "number", "array", "object"),
    _resource_type("empty", values_of("")),
    _resource_type("blank", values_of("   ", st.just("\t"))),
    _resource_type("unknown", WRONG_TYPES["string"]),
    _resource_type("singular", values_of("sku", st.sampled_from(["order", "customer"]))),
    _resource_type("other-case", values_of("SKUS", st.sampled_from(["Skus", "stockItems"]))),
    _resource_type("with-spaces", values_of(" skus ", st.just("stock items"))),
)

_FORMAT = (
    *_of_type("format", "argument-format-typed", "number", "boolean", "array", "object"),
    _argument(
        "format",
        "unknown",
        "argument-format-known",
        values_of("xml", st.sampled_from(["jsonl", "text/csv", "nonsense"])),
    ),
    _argument("format", "other-case", "argument-format-known", values_of("CSV", st.sampled_from(["Json", "JSON"]))),
    _argument("format", "empty", "argument-format-known", values_of("")),
)


def _list_of_paths(attribute: str, *, typed: str, castable: str, known: str, ending: str) -> tuple[Flaw, ...]:
    numbers = st.lists(st.integers(), min_size=1, max_size=3)
    return (
        *_of_type(attribute, typed, "string"),
        *_of_type(attribute, castable, "object", "number"),
        _argument(attribute, "array-of-numbers", typed, values_of([7], numbers)),
        _argument(attribute, "nested-array", typed, values_of([["id"]])),
        _argument(attribute, "unknown", known, WRONG_TYPES["string"].map(lambda name: [name])),
        _argument(attribute, "with-empty-string", known, values_of([""])),
        _too_deep(attribute, known, ending),
    )


_INCLUDES = _list_of_paths(
    "includes",
    typed="argument-includes-typed",
    castable="argument-includes-castable",
    known="argument-includes-known",
    ending="",
)
_FIELDS = _list_of_paths(
    "fields",
    typed="argument-fields-typed",
    castable="argument-fields-castable",
    known="argument-fields-known",
    ending=".id",
)

_FILTERS = (
    *_of_type("filters", "argument-filters-typed", "array", "string", "number", "boolean"),
    _argument(
        "filters",
        "unknown-predicate",
        "argument-filters-known",
        WRONG_TYPES["string"].map(lambda name: {f"created_at_{name}": "1"}),
    ),
    _argument(
        "filters",
        "unknown-attribute",
        "argument-filters-known",
        WRONG_TYPES["string"].map(lambda name: {f"{name}_eq": "1"}),
    ),
)

_FREE = (
    *_of_type("dry_data", "argument-dry-data-typed", "string", "number", "array", "object"),
    *_of_type("reference", "argument-reference-typed", "number", "boolean", "array", "object"),
    *_of_type("reference_origin", "argument-reference-origin-typed", "number", "boolean", "array", "object"),
    *_of_type("metadata", "argument-metadata-typed", "array", "string", "number", "boolean"),
)
"""Flaws of the arguments whose values are free within their type."""

ARGUMENT_FLAWS = (*_RESOURCE_TYPE, *_FORMAT, *_INCLUDES, *_FIELDS, *_FILTERS, *_FREE)
"""The flaws of a creation's attributes, in the order of the page's table."""

FLAWS = by_name(
    (*UNREADABLE_FLAWS, *DOCUMENT_FLAWS, *RESOURCE_OBJECT_FLAWS, *ARGUMENT_FLAWS, *READ_ONLY_FLAWS, *HOSTILE_FLAWS),
)
"""Every flaw by its name, in the order of a document's parts."""
