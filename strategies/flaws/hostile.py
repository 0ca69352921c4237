"""Hostile bodies: text, depth, size and keys that crash careless parsers."""

import json

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.flaws.flaw import INVALID, Flaw, Plant, replaced, values_of

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
    at = f"/data/attributes/{attribute}"
    return Flaw(name, breaks, at, "either", TOO_LARGE_STATUSES, values, plant or replaced(at), hostile)


def _nested(levels: int) -> Json:
    value: Json = {"end": True}
    for _ in range(levels - 1):
        value = {"deeper": value}
    return value


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
    _hostile("text-of-100-kb-reference", "text-long", "reference", values_of(f"{PLACEHOLDER} {_LONG}")),
    _hostile("text-of-100-kb-metadata", "text-long", "metadata", values_of({"note": _LONG})),
    _hostile("metadata-200-deep", "metadata-deep", "metadata", values_of(200, st.integers(150, 200)).map(_nested)),
    _hostile(
        "metadata-odd-keys",
        "metadata-odd-keys",
        "metadata",
        values_of({"__proto__": {"polluted": True}}, st.sampled_from([{"constructor": 1}, {"": 1}, {"a.b[c]": 1}])),
    ),
    _hostile("repeated-key", "request-repeated-keys", "reference", values_of(f"{PLACEHOLDER} again"), plant=_repeat),
    _hostile("text-like-code", "text-code", "reference_origin", st.sampled_from(CODE), hostile=True),
)
"""The flaws that a client sends by accident only if it is broken, or is an attacker's."""
