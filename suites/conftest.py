"""What the suites build on: the cases that a profile asks for, and a body that was seen to be accepted."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.contract.resources import CERTAIN_TYPES, IMPERSONAL_TYPES
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import selection_refusal
from exports_conformance.exchange.strict_json import Json, Reading, read_json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import DOCUMENTED, Body, enveloped
from exports_conformance.strategies.covering import (
    Case,
    complete_body,
    covering_cases,
    covering_cases_of,
    large_body,
    narrow_body,
)
from exports_conformance.strategies.flaws import FLAWS, Flaw
from exports_conformance.strategies.intents import creation
from exports_conformance.strategies.population import population, recorded_document
from exports_conformance.strategies.profiles import STRENGTH, Profile
from exports_conformance.strategies.requests import CREDENTIALS, METHODS, NEGOTIATIONS, OddRequest
from exports_conformance.suites import Unasked

SMOKE = frozenset(
    {
        "document-truncated",
        "resource-type-missing",
        "no-token",
        "unknown-token",
        "accept-json",
        "content-type-json",
    }
)
"""The flaws and odd requests that smoke asks about: one of each kind."""


LEFT_TO_THOROUGH = frozenset(
    {
        "accept-anything",
        "accept-html",
        "attributes-string",
        "content-type-form",
        "data-string",
        "fields-array-of-numbers",
        "fields-nested-array",
        "fields-number",
        "fields-over-deep",
        "filters-boolean",
        "includes-number",
        "read-only-completed-at",
        "read-only-interrupted-at",
        "read-only-started-at",
        "read-only-updated-at",
    }
)
"""The flaws and odd requests that quick leaves out: the second of a kind that another one asks about already."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the cases of the profile, every flaw citing what it breaks."""
    profile = cast("Profile", metafunc.config.getoption("hypothesis_profile"))
    odd = {"credentials": CREDENTIALS, "negotiation": NEGOTIATIONS, "method": METHODS}
    for name in {"flaw", *odd} & set(metafunc.fixturenames):
        asked = odd[name] if name != "flaw" else FLAWS.values()
        metafunc.parametrize(name, list(_params(asked, profile, metafunc.config)))
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", [pytest.param(case, id=case.name) for case in _cases(profile)])


def _params(asked: Iterable[Flaw | OddRequest], profile: Profile, config: pytest.Config) -> Iterator[Any]:
    hostile = profile == "thorough" and (config.getoption("endpoint") != "live" or config.getoption("hostile"))
    left_out = LEFT_TO_THOROUGH if profile != "thorough" else frozenset()
    recorded = population()
    for each in asked:
        is_asked = (profile != "smoke" or each.name in SMOKE) and (not each.hostile or hostile)
        is_asked = is_asked and each.name not in left_out
        if is_asked if recorded is None else each.case in recorded:
            marks = [pytest.mark.verifies(each.breaks), pytest.mark.drawn(each.case)]
            yield pytest.param(each, id=each.name, marks=marks)


def _cases(profile: Profile) -> Sequence[Case]:
    if (recorded := population()) is not None:
        return covering_cases_of(recorded)
    return covering_cases(STRENGTH[profile]) if profile != "smoke" else ()


@pytest.fixture(scope="session")
def complete(endpoint: Endpoint) -> Exchange:
    """The creation with every argument, of the first resource type that has records here."""
    exchange = _complete("skus", endpoint)
    for kind in (name for name in CERTAIN_TYPES if name != "skus"):
        if not selection_refusal(exchange):
            break
        bare = _bare(kind)  # one request, where a refused complete one would take a second to be believed
        if not selection_refusal(endpoint.create(bare, expectation=creation(f"exploration-{kind}", bare))):
            exchange = _complete(kind, endpoint)
    if selection_refusal(exchange):
        pytest.skip("no resource type has records here, so that nothing can be exported")
    if isinstance(exchange.data.get("id"), str):
        endpoint.spare(exchange.data["id"])
    return exchange


def _complete(kind: str, endpoint: Endpoint) -> Exchange:
    body = recorded_document(f"creation/complete-{kind}") or complete_body(kind)
    return endpoint.create(body, expectation=creation(f"complete-{kind}", body))


def _bare(kind: str) -> Body:
    return enveloped({"resource_type": kind, "reference": PLACEHOLDER})


@pytest.fixture(scope="session")
def accepted(request: pytest.FixtureRequest) -> Body:
    """A marked body in which flaws can be planted: an accepted one, reduced to its resource type."""
    if request.config.getoption("refusals_only"):
        return _bare("skus")  # nothing is created that could have been accepted
    complete: Exchange = request.getfixturevalue("complete")
    if not complete.succeeded:
        pytest.skip("no body was accepted in which a flaw could be planted")
    return _bare(complete.sent_attributes["resource_type"])


@pytest.fixture(scope="session")
def export(complete: Exchange) -> Exchange:
    """The creation of an export that lives as long as the run."""
    return _existing(complete)


@pytest.fixture(scope="session")
def narrow(endpoint: Endpoint, accepted: Body, request: pytest.FixtureRequest) -> Exchange:
    """The creation of a json export of a few fields, of a type whose records are of no person."""
    kind = accepted["data"]["attributes"]["resource_type"]
    if kind not in IMPERSONAL_TYPES and not request.config.getoption("download_any"):
        pytest.skip(f"only {kind} are known to have records here, of persons: --download-any downloads them, too")
    body = recorded_document("creation/narrow") or narrow_body(kind)
    created = _existing(endpoint.create(body, expectation=creation("narrow", body)))
    endpoint.spare(created.data["id"])
    return created


@pytest.fixture(scope="session")
def large(endpoint: Endpoint, accepted: Body) -> Exchange:
    """The creation of an export that takes as long as one may, and is stopped and deleted in the end."""
    body = recorded_document("creation/large") or large_body(accepted["data"]["attributes"]["resource_type"])
    return _existing(endpoint.create(body, expectation=creation("large", body)))


def _existing(created: Exchange) -> Exchange:
    if not isinstance(created.data.get("id"), str):
        pytest.skip("no export was created whose life could be followed")
    return created


@pytest.fixture(scope="session")
def unasked() -> Unasked:
    """Say whether a body is none that this run asks anyway; asking the same twice costs and tells nothing."""
    asked = {_plain(body) for body in (DOCUMENTED, *(case.body for case in covering_cases()))}

    def is_new(body: Json | bytes) -> bool:
        text = _plain(body)
        known = text in asked and population() is None
        asked.add(text)
        return not known

    return is_new


def _plain(body: Json | bytes) -> str:
    """Write a body so that two which say the same are the same."""
    document = read_json(body) if isinstance(body, bytes) else Reading(body)
    return repr(body) if document.problem else json.dumps(document.value, sort_keys=True)
