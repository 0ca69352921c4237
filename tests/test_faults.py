"""Violations are grouped into faults, each with the combination of arguments that triggers it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from exports_conformance.exchange.model import Exchange, Expectation, Operation, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.results.argument_classes import argument_classes
from exports_conformance.results.faults import Condition, Fault, find_faults
from exports_conformance.results.journal import read_journal, read_judged
from exports_conformance.rules import Judgement, Violation
from tests.mutants import MUTANTS
from tests.suite_runs import judged, stepping, violated

ECHO, FORMAT, RETRIEVED = "create-echoes-reference", "create-echoes-format", "retrieve-as-created"
Judged = tuple[Exchange, Judgement]


def exchange(number: int, operation: Operation = "create", *, flaw: str = "", id_: str = "", **sent: Json) -> Exchange:
    """A creation with these attributes, or a request about the export with an id."""
    body = json.dumps({"data": {"attributes": {"resource_type": "skus", **sent}}}).encode()
    shown = json.dumps({"data": {"id": id_ or f"id{number}"}}).encode()
    expected: Json = {"id": id_, "attributes": {}} if id_ else None
    expectation = Expectation(f"case/{number}", operation, flaw=flaw, expected=expected)
    path = f"/exports/{id_}" if id_ else "/exports"
    request = Request("POST", path, body=body if operation == "create" else None)
    return Exchange(f"x-{number}", expectation, request, Response(201, (), shown), "http://x", "reference")


def broken(exchange: Exchange, *names: str, at: str = "/data/attributes/reference", actual: str = '"x"') -> Judged:
    """An exchange that violates these requirements."""
    return exchange, Judgement((), tuple(Violation(name, "expected", actual, at) for name in names))


def held(exchange: Exchange, *names: str) -> Judged:
    """An exchange that shows these requirements to hold."""
    return exchange, Judgement(names)


def only(exchanges: Sequence[Judged], *names: str) -> Fault:
    """The single fault behind these requirements."""
    (fault,) = find_faults(exchanges, names or (ECHO,))
    return fault


def test_one_class_is_named_with_its_counts() -> None:
    fault = only(
        [
            broken(exchange(1, reference="it's"), ECHO),
            held(exchange(2, reference="its"), ECHO),
            broken(exchange(3, reference="o'clock"), ECHO),
            held(exchange(4, reference="plain", format="csv"), ECHO),
        ]
    )
    assert fault.condition.text == "only if `reference` has an apostrophe: 2 of 2; otherwise 0 of 2"


def test_two_classes_are_named_only_if_neither_explains_the_fault_alone() -> None:
    exchanges = [
        broken(exchange(1, format="csv", includes=["prices"]), ECHO),
        broken(exchange(2, format="csv", includes=["prices", "tags"], dry_data=True), ECHO),
        held(exchange(3, format="csv"), ECHO),
        held(exchange(4, includes=["prices"]), ECHO),
        held(exchange(5, includes=["prices", "tags"], dry_data=True), ECHO),
    ]
    assert only(exchanges).condition.combinations == (("`format` is csv", "`includes` is not empty"),)


def test_three_classes_are_named() -> None:
    parts: dict[str, Json] = {"format": "csv", "includes": ["prices"], "dry_data": True}
    conforming = [
        held(exchange(10 + at, **{name: value for name, value in parts.items() if name != left_out}), ECHO)
        for at, left_out in enumerate(parts)
    ]
    fault = only([broken(exchange(1, **parts), ECHO), *conforming])
    assert set(fault.condition.combinations[0]) == {
        "`format` is csv",
        "`includes` is not empty",
        "`dry_data` is true",
    }


def test_combinations_that_explain_alike_are_all_named() -> None:
    fault = only([broken(exchange(1, format="csv", dry_data=True), ECHO), held(exchange(2), ECHO)])
    assert fault.condition.text == "only if `dry_data` is true; or `format` is csv: 1 of 1; otherwise 0 of 1"


def test_resource_type_and_flaw_are_classes() -> None:
    by_type = only([broken(exchange(1, resource_type="orders"), ECHO), held(exchange(2), ECHO)])
    assert by_type.condition.combinations == (("`resource_type` is orders",),)
    by_flaw = only([broken(exchange(1, flaw="format-unknown"), ECHO), held(exchange(2, flaw="format-number"), ECHO)])
    assert by_flaw.condition.combinations == (("the flaw is format-unknown",),)


@pytest.mark.parametrize(
    ("bad", "good", "text"),
    [
        (["skus", "orders", "prices"], ["bundles", "bundles"], "only if `resource_type` is not bundles"),
        (
            ["skus", "orders", "skus"],
            ["bundles", "prices"],
            "only if `resource_type` is orders or `resource_type` is skus",
        ),
        (["skus", "orders"], ["bundles", "prices"], "in 2 of 4 responses; no combination of arguments explains which"),
    ],
)
def test_several_values_of_an_argument_are_named(bad: list[str], good: list[str], text: str) -> None:
    rows = [broken(exchange(number, resource_type=each), ECHO) for number, each in enumerate(bad)]
    rows += [held(exchange(number, resource_type=each), ECHO) for number, each in enumerate(good, start=9)]
    assert only(rows).condition.text.startswith(text)


def test_status_is_named_where_nothing_that_was_sent_explains_the_fault() -> None:
    def answered(number: int, status: int) -> Exchange:
        return replace(exchange(number), response=Response(status))

    bad = [broken(answered(number, 400), ECHO, at="") for number in (1, 4)]
    good = [held(answered(number, 422), ECHO) for number in (2, 3)]
    assert only([*bad, *good]).condition.text == "only if the status is 400: 2 of 2; otherwise 0 of 2"
    about_status = [broken(answered(number, 500), ECHO, at="", actual="500 []") for number in (1, 4)]
    assert only([*about_status, *good]).condition.trigger == "unexplained"


def test_creations_that_crash_now_and_then_are_one_fault_with_its_count() -> None:
    """Whatever each of them tests: a flaw that is sent once has its crash by chance."""
    accepted, typed = "create-accepts-documented", "argument-metadata-typed"

    def crashed(number: int, name: str, error: str = "500 []") -> Judged:
        return broken(replace(exchange(number), response=Response(500)), name, at="", actual=error)

    alike = [held(exchange(number), accepted) for number in (1, 2, 4, 6)]
    found = find_faults([*alike, crashed(3, accepted), crashed(5, typed)], (accepted, typed))
    assert [each.requirements for each in found] == [(accepted, typed)]
    assert found[0].condition.text == "in 2 of 6 responses; no combination of arguments explains which"
    others = find_faults([*alike, crashed(3, accepted), crashed(5, typed, "500 [{}]")], (accepted, typed))
    assert len(others) == 2  # another error, so perhaps another cause
    explained = [held(exchange(1), accepted), crashed(3, typed)]
    assert len(find_faults([*explained, crashed(4, "argument-fields-typed")], (typed, "argument-fields-typed"))) == 2


def test_fault_in_every_response_has_no_condition() -> None:
    fault = only([broken(exchange(number), ECHO) for number in (1, 2, 3)])
    assert fault.condition == Condition("always", 3, 0)
    assert fault.condition.text == "in all 3 responses checked"


def test_change_in_time_is_named_where_no_class_or_pair_explains_it() -> None:
    bodies: list[dict[str, Json]] = [{"format": "csv"}, {"dry_data": True}, {"fields": ["*"]}]
    good = [held(exchange(number, **body), ECHO) for number, body in enumerate(bodies, start=1)]
    bad = [broken(exchange(number, **body), ECHO) for number, body in enumerate(bodies, start=4)]
    assert only([*good, *bad]).condition.text == "only from request 4 on: 3 of 3; before 0 of 3"
    mixed = only([bad[0], *good, *bad[1:]])
    assert mixed.condition.text == "in 3 of 6 responses; no combination of arguments explains which"


def test_repeated_and_explained_violations_do_not_count() -> None:
    repeated = exchange(2)
    confirming = Exchange(
        "x-9", Expectation("case/9", "create", confirms="x-2"), repeated.request, repeated.response, "", "reference"
    )
    assert only([broken(repeated, ECHO), broken(confirming, ECHO)]).condition.violating == 1


def test_echo_that_a_retrieval_repeats_is_one_fault() -> None:
    exchanges = [
        broken(exchange(1, reference="a"), ECHO),
        broken(exchange(2, "retrieve", id_="id1"), RETRIEVED),
        held(exchange(3, "retrieve", id_="id0"), RETRIEVED),
    ]
    assert only(exchanges, RETRIEVED, ECHO).requirements == (ECHO, RETRIEVED)
    other = [exchanges[0], broken(exchange(2, "retrieve", id_="id1"), RETRIEVED, at="/data/attributes/format")]
    assert [fault.name for fault in find_faults(other, (ECHO, RETRIEVED))] == [ECHO, RETRIEVED]
    lost = [exchanges[0], broken(exchange(2, "retrieve", id_="id1"), RETRIEVED, actual="null")]
    assert len(find_faults(lost, (ECHO, RETRIEVED))) == 2


def test_request_about_an_export_has_the_classes_of_its_creation() -> None:
    exchanges = [
        (exchange(1, format="csv"), Judgement()),
        (exchange(2), Judgement()),
        broken(exchange(3, "retrieve", id_="id1"), RETRIEVED),
        held(exchange(4, "retrieve", id_="id2"), RETRIEVED),
    ]
    assert only(exchanges, RETRIEVED).condition.combinations == (("`format` is csv",),)


def test_response_that_breaks_two_rules_in_some_requests_is_one_fault() -> None:
    some = [broken(exchange(1, format="csv"), ECHO, FORMAT, at=""), held(exchange(2), ECHO, FORMAT)]
    assert len(find_faults(some, (ECHO, FORMAT))) == 1
    every = [broken(exchange(1), ECHO, FORMAT, at="")]
    assert len(find_faults(every, (ECHO, FORMAT))) == 2  # nothing shows that they have one cause


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"reference": "x" * 65}, "`reference` has over 64 characters"),
        ({"metadata": {"a": ["x" * 256]}}, "a text in `metadata` has over 255 characters"),
        (
            {"filters": {"created_at_gt": "2001-01-01T00:00:00.000Z"}},
            "`filters` has a time with a fraction of a second",
        ),
        ({"filters": {"id_not_null": True}}, "`filters` has a boolean"),
        ({"filters": {"id_not_null": True}}, "`filters` has a value that is not a text"),
    ],
)
def test_classes_of_lengths_and_filters(sent: dict[str, Json], text: str) -> None:
    assert text in {each.text for each in argument_classes(exchange(1, **sent))}


def test_witness_is_the_smallest_body() -> None:
    small = exchange(2, reference="b")
    fault = only([broken(exchange(1, reference="long" * 9), ECHO), broken(small, ECHO)])
    assert fault.witness.exchange is small


@pytest.mark.parametrize(
    "sent", [{"format": 5}, {"metadata": [1, {"a": None}]}, {"reference": ["x"]}, {"filters": "x"}]
)
def test_values_of_any_type_have_classes(sent: dict[str, Json]) -> None:
    assert argument_classes(exchange(1, **sent))


def test_echo_that_every_response_gets_wrong_is_one_fault(tmp_path: Path) -> None:
    def lower(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if request.method not in {"GET", "POST"} or b'"reference":"' not in response.body:
            return response
        return response.edited(lambda document: _lower(document["data"]))

    result = judged(stepping(middlewares=[lower]), tmp_path, "-k", "created_export_is_retrieved or combined")
    (fault,) = result["faults"]
    assert fault["requirements"] == [ECHO, RETRIEVED]
    assert fault["condition"]["combinations"] == [["`reference` has an upper-case letter"]]


def _lower(data: Json) -> None:
    attributes = data.get("attributes", {}) if isinstance(data, dict) else {}
    if isinstance(attributes.get("reference"), str):
        attributes["reference"] = attributes["reference"].lower()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["starred-fields-forget-filters"], [{'`fields` is ["*"]', "`filters` is not empty"}]),
        (["null-format-as-csv"], [{"`format` is null"}]),
        (["empty-filters-in-csv-crash"], [{"`filters` is empty", "`format` is csv"}]),
        (["metadata-lost", "null-format-as-csv"], [{"`format` is null"}, {"`metadata` is not empty"}]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value[0], str) else "",
)
def test_combination_of_a_mutant_is_found(names: list[str], expected: list[set[str]], tmp_path: Path) -> None:
    result = judged(stepping(middlewares=[MUTANTS[name].middleware for name in names]), tmp_path)
    lines = [line for line in read_journal(tmp_path / "journal") if line["line"] == "exchange"]
    faults = find_faults([read_judged(line) for line in lines], violated(result))
    assert len(faults) == len(expected)
    for fault, combination in zip(faults, expected, strict=True):
        assert combination in map(set, fault.condition.combinations)
    assert {fault["name"] for fault in result["faults"]} == {MUTANTS[name].requirement for name in names}
