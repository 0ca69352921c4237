"""Flaws of the document as a whole: what is no JSON, in no plain UTF-8, or no document with `data`."""

import json
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws.flaw import INVALID, WRONG_TYPES, Flaw, register, removed, replaced, values_of

UNREADABLE = INVALID | {415}
"""Statuses with which a body that cannot be read may be refused."""


def _text(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _unreadable(name: str, values: SearchStrategy[Json], plant: Callable[[Json, Json], bytes]) -> None:
    register(Flaw(name, "request-json", "", "refusal", UNREADABLE, values, plant))


_unreadable(
    "document-not-json",
    values_of("resource_type=skus", st.sampled_from(["{'data': {}}", "<data/>", "{,}", "undefined"])),
    lambda _, text: str(text).encode(),
)
_unreadable("document-truncated", st.integers(1, 12), lambda body, cut: _text(body).encode()[: -int(cut)])
_unreadable("document-empty", values_of("", st.sampled_from([" ", "\n"])), lambda _, text: str(text).encode())


def _encoded(name: str, encoding: str) -> None:
    def plant(body: Json, codec: Json) -> bytes:
        return _text(body).encode(str(codec))

    register(Flaw(name, "request-encoding", "", "either", UNREADABLE, st.just(encoding), plant))


_encoded("document-with-bom", "utf-8-sig")
_encoded("document-in-utf-16", "utf-16")


def _without_data(name: str, values: SearchStrategy[Json], plant: Callable[[Json, Json], Json]) -> None:
    register(Flaw(name, "request-data-object", "/data", "refusal", INVALID, values, plant))


_without_data("document-not-object", WRONG_TYPES["array"] | WRONG_TYPES["number"], lambda _, value: value)
_without_data("data-missing", st.none(), removed("/data"))
_without_data("data-null", st.none(), replaced("/data"))
_without_data("data-array", values_of([]), lambda body, _: {"data": [body["data"]]})
_without_data("data-string", WRONG_TYPES["string"], replaced("/data"))
