"""Flaws of the resource object: its type, its attributes' frame, members that a creation does not have."""

from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws.flaw import (
    INVALID,
    WRONG_TYPES,
    Flaw,
    Plant,
    register,
    removed,
    replaced,
    values_of,
)


def _type(
    name: str, breaks: str, values: SearchStrategy[Json], plant: Plant, outcome: Literal["refusal", "either"]
) -> None:
    register(Flaw(f"type-{name}", f"request-type-{breaks}", "/data/type", outcome, INVALID, values, plant))


_type("missing", "required", st.none(), removed("/data/type"), "refusal")
_type("null", "required", st.none(), replaced("/data/type"), "refusal")
_type("other", "exports", values_of("skus", st.sampled_from(["imports", "orders"])), replaced("/data/type"), "refusal")
_type("not-string", "exports", WRONG_TYPES["number"] | WRONG_TYPES["object"], replaced("/data/type"), "refusal")
_type("other-case", "exports", values_of("Exports", st.just("EXPORTS")), replaced("/data/type"), "either")


def _attributes(name: str, values: SearchStrategy[Json], plant: Plant) -> None:
    at = "/data/attributes"
    register(Flaw(f"attributes-{name}", "request-attributes-object", at, "refusal", INVALID, values, plant))


_attributes("missing", st.none(), removed("/data/attributes"))
_attributes("null", st.none(), replaced("/data/attributes"))
_attributes("array", WRONG_TYPES["array"], replaced("/data/attributes"))
_attributes("string", WRONG_TYPES["string"], replaced("/data/attributes"))


def _member(
    name: str,
    at: str,
    values: SearchStrategy[Json],
    answers: frozenset[int] = INVALID,
    *,
    plant: Plant | None = None,
) -> None:
    register(Flaw(name, "request-members", at, "either", answers, values, plant or replaced(at)))


# JSON:API 1.0 has 403 for an id that a client may not choose; the vendor's guide has no 403 at all
_member("client-sent-id", "/data/id", values_of("XAyRWNUzyN"), INVALID | {403})
_member("unknown-attribute", "/data/attributes/nonsense", WRONG_TYPES["string"])
_member("unknown-member", "/data/nonsense", WRONG_TYPES["object"])
# where a member beside `data` is, the documentation gives no pointer for
_member("unknown-top-level-member", "", WRONG_TYPES["object"], plant=replaced("/nonsense"))
_member("relationships", "/data/relationships", values_of({"events": {"data": []}}))
