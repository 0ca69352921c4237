"""The flaws, against the OpenAPI document: a valid body with one flaw is invalid, and changed where it says it is."""

import json
from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from exports_conformance.contract.requirements import FOLDER, requirements
from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.reasons import pointers_overlap
from exports_conformance.exchange.strict_json import Json, equal, read_json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import creation_bodies, enveloped
from exports_conformance.strategies.covering import complete_body
from exports_conformance.strategies.flaw import Flaw, by_name
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS, OddRequest
from exports_conformance.suites.fixtures import LEFT_TO_THOROUGH
from exports_conformance.suites.test_tokens import METHOD_OF

COMPONENTS = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))["components"]
ORACLE = Draft202012Validator(
    {"$ref": "#/components/schemas/ExportCreate", "components": COMPONENTS},
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
OF_MEANING = {
    *(f"resource-type-{each}" for each in ("empty", "blank", "unknown", "singular", "other-case", "with-spaces")),
    *(f"{paths}-{each}" for paths in ("includes", "fields") for each in ("unknown", "with-empty-string", "over-deep")),
    *(f"filters-unknown-{each}" for each in ("predicate", "attribute")),
    *(
        "text-with-nul",
        "text-with-half-a-pair",
        "text-of-2-kb",
        "text-of-100-kb",
        "text-of-100-kb-reference",
        "text-of-100-kb-metadata",
        "text-like-code",
    ),
    *("metadata-200-deep", "metadata-odd-keys", "metadata-reserved-keys"),
}
"""Flaws whose bodies are as the schema wants them: only who knows the resources, or is hostile, sees them."""

UNREADABLE = {"document-not-json", "document-truncated", "document-empty"}
LENIENT = {name for name, flaw in FLAWS.items() if flaw.breaks == "request-json-lenient"}
IN_BYTES = UNREADABLE | LENIENT | {"document-with-bom", "document-in-utf-16", "repeated-key"}
STRUCTURAL = [name for name in FLAWS if name not in OF_MEANING | IN_BYTES]
ODD: tuple[OddRequest, ...] = (*CREDENTIALS, *NEGOTIATIONS, *ODD_METHODS)

MARKED = enveloped({"resource_type": "skus", "reference": PLACEHOLDER})
ACCEPTED = st.sampled_from([MARKED, complete_body("skus"), complete_body("addresses")]) | creation_bodies()
DRAWN = settings(max_examples=8, deadline=None, derandomize=True, database=None)


def _planted(data: st.DataObject, name: str) -> tuple[Json, Any]:
    """Draw a valid body and the same body with a flaw; flaws are planted in a copy."""
    before = data.draw(ACCEPTED)
    kept = deepcopy(before)
    after = data.draw(FLAWS[name].bodies(accepted=st.just(before)))
    assert equal(before, kept)
    return before, after


def _changes(before: Json, after: Json, at: str = "") -> list[str]:
    """Return the pointers at which two documents differ, as deep as possible."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = {**before, **after}
        absent = object()
        return [
            change
            for name in names
            for change in _changes(before.get(name, absent), after.get(name, absent), f"{at}/{name}")
        ]
    return [] if equal(before, after) else [at]


def test_every_flaw_is_of_a_known_kind() -> None:
    assert set(FLAWS) >= OF_MEANING | IN_BYTES
    assert len(STRUCTURAL) > 60


@pytest.mark.parametrize("name", STRUCTURAL)
@DRAWN
@given(data=st.data())
def test_flaw_of_structure_makes_a_valid_body_invalid(name: str, data: st.DataObject) -> None:
    before, after = _planted(data, name)
    assert ORACLE.is_valid(before)
    assert not ORACLE.is_valid(after)


@pytest.mark.parametrize("name", sorted(OF_MEANING))
@DRAWN
@given(data=st.data())
def test_flaw_of_meaning_leaves_the_structure_valid(name: str, data: st.DataObject) -> None:
    before, after = _planted(data, name)
    assert ORACLE.is_valid(after)
    assert not equal(before, after)


@pytest.mark.parametrize(
    "name", [name for name in FLAWS if name not in IN_BYTES | {"document-not-object", "envelope-missing"}]
)
@DRAWN
@given(data=st.data())
def test_flaw_changes_the_document_at_its_place_only(name: str, data: st.DataObject) -> None:
    before, after = _planted(data, name)
    at = FLAWS[name].at
    changes = _changes(before, after)
    assert changes
    assert all(f"{change}/".startswith(f"{at}/") for change in changes), changes


@DRAWN
@given(data=st.data())
def test_document_that_is_no_object_has_no_data_at_all(data: st.DataObject) -> None:
    _, after = _planted(data, "document-not-object")
    assert not isinstance(after, dict)


@pytest.mark.parametrize("name", sorted(UNREADABLE))
@settings(DRAWN, max_examples=30)
@given(data=st.data())
def test_unreadable_document_is_no_json(name: str, data: st.DataObject) -> None:
    _, after = _planted(data, name)
    assert isinstance(after, bytes)
    assert read_json(after).problem


@pytest.mark.parametrize(("name", "encoding"), [("document-with-bom", "utf-8-sig"), ("document-in-utf-16", "utf-16")])
@DRAWN
@given(data=st.data())
def test_document_in_another_encoding_is_the_same_document(name: str, encoding: str, data: st.DataObject) -> None:
    before, after = _planted(data, name)
    assert read_json(after).problem
    assert equal(json.loads(after.decode(encoding)), before)


@DRAWN
@given(data=st.data())
def test_repeated_key_is_the_reference_a_second_time(data: st.DataObject) -> None:
    after = data.draw(FLAWS["repeated-key"].bodies(accepted=st.just(MARKED)))
    reading = read_json(after)
    assert (reading.problem, reading.repeated_keys) == ("", ("reference",))
    assert _changes(MARKED, reading.value) == ["/data/attributes/reference"]


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_flaw_names_its_requirement_and_its_refusals(flaw: Flaw) -> None:
    assert flaw.breaks in requirements()
    assert flaw.answers
    assert flaw.answers <= {400, 403, 409, 413, 415, 422}
    assert flaw.at == "" or pointers_overlap(flaw.at, "/data") or flaw.at == "/nonsense"
    expectation = flaw.expectation
    assert (expectation.flaw, expectation.at, expectation.breaks, expectation.answers) == (
        flaw.name,
        flaw.at,
        flaw.breaks,
        flaw.answers,
    )
    assert expectation.certain is (flaw.outcome == "refusal")
    assert expectation.case == f"refusal/{flaw.name}"


def test_plainest_value_of_a_flaw_is_drawn_first() -> None:
    """What one example asks is the simplest there is, and the same in every run."""
    drawn: list[Json] = []

    @settings(DRAWN, max_examples=1)
    @given(body=FLAWS["format-unknown"].bodies(accepted=st.just(MARKED)))
    def draw(body: Json) -> None:
        drawn.append(body["data"]["attributes"]["format"])

    draw()
    assert drawn == ["xml"]


def test_two_flaws_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="two flaws are called 'format-unknown'"):
        by_name([*FLAWS.values(), FLAWS["format-unknown"]])


def test_names_of_cases_are_their_own() -> None:
    names = [*FLAWS, *(odd.name for odd in ODD)]
    assert len(set(names)) == len(names)
    assert list(FLAWS) == [flaw.name for flaw in FLAWS.values()]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_odd_request_violates_a_requirement_with_details(odd: OddRequest) -> None:
    assert odd.breaks in requirements()
    assert odd.expectation.answers == odd.answers
    assert odd.expectation.operation == ("create" if odd.method == "POST" else "other")
    assert (odd.expectation.case, odd.expectation.flaw) == (f"request/{odd.name}", odd.name)


def test_few_requests_have_bad_credentials_and_none_has_good_ones() -> None:
    """An edge may count them as an attack."""
    assert len([odd for odd in CREDENTIALS if odd.name not in LEFT_TO_THOROUGH]) + len(METHOD_OF) <= 8
    for odd in CREDENTIALS:
        assert odd.outcome == "refusal"
        assert odd.answers == {401}
        assert not odd.authorised
    assert all(odd.authorised for odd in (*NEGOTIATIONS, *ODD_METHODS))


def test_only_media_types_that_leave_no_doubt_must_be_refused() -> None:
    for odd in NEGOTIATIONS:
        ((name, value),) = odd.headers.items()
        doubtful = value in (None, "*/*") or JSON_API in str(value)
        assert odd.outcome == ("either" if doubtful else "refusal")
        assert odd.answers <= ({406} if name == "Accept" else {400, 415})


def test_nothing_is_ever_deleted_from_the_collection() -> None:
    assert {odd.method for odd in ODD} == {"POST", "PUT", "PATCH"}


def test_lenient_documents_are_no_strict_json() -> None:
    for name in LENIENT:
        body = FLAWS[name].plant(deepcopy(MARKED), None)
        assert read_json(body).problem, name
