"""A few more requests tell combinations of arguments apart that a run could not, and find a smaller body."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from exports_conformance.cli.main import main
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import RunLimits
from exports_conformance.client.opening import open_reference
from exports_conformance.exchange.exports import ALL_SELECTING
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.server import serving
from exports_conformance.results.argument_classes import body_classes, minimal_attributes
from exports_conformance.results.faults import Fault, find_faults
from exports_conformance.rules import Judgement, judge
from exports_conformance.run.localising import REQUESTS_PER_FAULT, localise
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.suites.expectations import creation
from tests.mutants import MUTANTS
from tests.suite_runs import QUIET, reference, replayed, result_of, stepping
from tests.test_runs import ACCESS, ENDPOINT

Judged = list[tuple[Exchange, Judgement]]
PLAIN: dict[str, Json] = {"resource_type": "skus", "reference": PLACEHOLDER}
EVERY_NULL: dict[str, Json] = dict.fromkeys(("format", "includes", "fields", "filters", "dry_data", "metadata"))
RICH_METADATA: dict[str, Json] = {"text": " x ", "flag": True, "list": ["b", "a"], "half": 0.5, "none": None}
RICH: dict[str, Json] = {
    **PLAIN,
    "format": "csv",
    "includes": ["prices"],
    "fields": ["*"],
    "filters": {"created_at_gt": "2020-01-01T00:00:00Z"},
    "dry_data": True,
}
SINGLE = [{**PLAIN, "fields": ["*"], "filters": {}}, {**PLAIN, "filters": RICH["filters"]}]
TEXTS = [{**PLAIN, "metadata": {"text": "plain"}}]


def opened(mutant: str, judged: Judged, limits: RunLimits | None = None) -> AbstractContextManager[Endpoint]:
    """Open a mutant; what is sent to it is judged."""
    app = stepping(middlewares=[MUTANTS[mutant].middleware])

    def observe(exchange: Exchange) -> None:
        judged.append((exchange, judge(exchange)))

    return open_reference(app=app, token=app.token, observe=observe, limits=limits or RunLimits())


def localised(mutant: str, *bodies: dict[str, Json]) -> tuple[Fault, int, Fault]:
    """Create exports with these bodies; return the fault before and after localising, and the requests it took."""
    judged: Judged = []
    with opened(mutant, judged) as endpoint:
        for body in (PLAIN, *bodies):
            endpoint.create(enveloped(body), expectation=creation("test", enveloped(body)))
        (before,) = faults(judged)
        requests = localise(endpoint, list(judged))
    return before, requests, faults(judged)[0]


def faults(judged: Judged) -> Sequence[Fault]:
    """The faults of what was judged."""
    return find_faults(judged, {each.requirement for _, judgement in judged for each in judgement.violations})


@pytest.mark.parametrize(
    ("mutant", "sent", "conforming", "expected"),
    [
        ("null-metadata-forgets-reference", {**PLAIN, **EVERY_NULL}, (), {"`metadata` is null"}),
        (
            "right-to-left-crashes",
            {**PLAIN, "reference_origin": "عرب 日本"},
            (),
            {"`reference_origin` has Arabic letters"},
        ),
        ("starred-fields-forget-filters", RICH, SINGLE, {'`fields` is ["*"]', "`filters` is not empty"}),
        ("metadata-lists-sorted", {**PLAIN, "metadata": RICH_METADATA}, TEXTS, {"`metadata` has an array"}),
    ],
)
def test_combination_is_found_with_a_few_requests(
    mutant: str, sent: dict[str, Json], conforming: Sequence[dict[str, Json]], expected: set[str]
) -> None:
    before, requests, after = localised(mutant, sent, *conforming)
    assert len(before.condition.combinations) > 1
    assert requests <= REQUESTS_PER_FAULT
    assert [set(each) for each in after.condition.combinations] == [expected]
    assert len(after.witness.exchange.request.body or b"") < len(before.witness.exchange.request.body or b"")


def test_requests_end_with_the_budget_of_the_run() -> None:
    judged: Judged = []
    body = {**PLAIN, **EVERY_NULL}
    with opened("null-metadata-forgets-reference", judged, RunLimits(requests_at_most=4)) as endpoint:
        for each in (PLAIN, body):
            endpoint.create(enveloped(each), expectation=creation("test", enveloped(each)))
        assert localise(endpoint, list(judged)) == 2


def test_nothing_is_sent_where_nothing_is_wrong() -> None:
    judged: Judged = []
    with opened("null-crashes", judged) as endpoint:
        endpoint.create(enveloped(PLAIN), expectation=creation("test", enveloped(PLAIN)))
        assert localise(endpoint, list(judged)) == 0


@pytest.mark.parametrize("text", ["it's", "a b ", "x" * 120, "Größe 🧦 日本語", "null"])
def test_minimal_body_has_each_class_of_its_text(text: str) -> None:
    sent: dict[str, Json] = {"resource_type": "skus", "reference_origin": text, "metadata": {"text": text}}
    for each in body_classes(sent):
        if each.argument in {"reference_origin", "metadata"}:
            made = minimal_attributes([each], sent)
            assert made is not None, each
            assert each in body_classes(made)
            assert PLACEHOLDER in str(made)


def test_live_run_narrows_its_fault_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The further requests are exchanges of the run: what they create is deleted, and a recording has the condition."""
    app = reference(middlewares=[MUTANTS["null-format-as-csv"].middleware], time_scale=1000)
    har = tmp_path / "run.har"
    with serving(app) as base_url:
        monkeypatch.setenv(ENDPOINT, f"{base_url}/api")
        monkeypatch.setenv(ACCESS, app.token)
        words = ["--endpoint", "live", "--allow-live-mode", "-k", "null or minimal", "--record", str(har)]
        assert main([*QUIET, *words, "--report-dir", str(tmp_path / "live")]) == 1
    result = result_of(tmp_path / "live")
    (fault,) = result["faults"]
    assert fault["condition"]["combinations"] == [["`format` is null"]]
    witness = next(each["witness"] for each in result["requirements"] if each["id"] == fault["name"])
    assert witness["intent"].startswith("localisation/create-echoes-format-")
    assert set(json.loads(witness["request"]["body"])["data"]["attributes"]) == {"resource_type", "reference", "format"}
    assert result["counts"]["left"] == 0
    assert app.organisation.exports == {}
    (again,) = replayed(har, tmp_path / "recorded")["faults"]
    assert again["condition"] == fault["condition"]


@pytest.mark.parametrize(
    ("argument", "value", "text"),
    [
        ("metadata", {"Straße": 1}, "`metadata` has a key outside ASCII"),
        ("includes", ["prices.price_list.market"], "`includes` has a path with two dots"),
        ("fields", ["code", "prices.id"], "`fields` has a field of a related resource that is not *"),
        ("filters", {"sku_id_in": ["a"]}, "`filters` has sku_id_in"),
    ],
)
def test_class_of_an_argument_is_its_own(argument: str, value: Json, text: str) -> None:
    """What is like it, but for this, is in another class."""
    plain = {"metadata": {"Strasse": 1}, "includes": ["prices.price_list"], "fields": ["code", "prices.*"]}
    everything: Json = {"filters": dict(ALL_SELECTING[2])}
    assert text in {each.text for each in body_classes({**PLAIN, argument: value})}
    assert text not in {each.text for each in body_classes({**PLAIN, **plain, **everything})}
    assert not any("created_at_gt_any" in each.text for each in body_classes(everything))
