"""What the suites build on: the cases that a profile asks for, and a body that was seen to be accepted."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest

from exports_conformance.contract.exchange import Exchange
from exports_conformance.contract.judge.excuses import selection_refusal
from exports_conformance.contract.marks import PLACEHOLDER
from exports_conformance.contract.resources import CERTAIN_TYPES
from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body, enveloped
from exports_conformance.strategies.covering import complete_body, covering_cases
from exports_conformance.strategies.flaws import FLAWS, Flaw
from exports_conformance.strategies.intents import creation
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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the cases of the profile, every flaw citing what it breaks."""
    profile = cast("Profile", metafunc.config.getoption("hypothesis_profile"))
    odd = {"credentials": CREDENTIALS, "negotiation": NEGOTIATIONS, "method": METHODS}
    for name in {"flaw", *odd} & set(metafunc.fixturenames):
        asked = odd[name] if name != "flaw" else FLAWS.values()
        metafunc.parametrize(name, list(_params(asked, profile, metafunc.config)))
    if "case" in metafunc.fixturenames:
        cases = covering_cases(STRENGTH[profile]) if profile != "smoke" else ()
        metafunc.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


def _params(asked: Iterable[Flaw | OddRequest], profile: Profile, config: pytest.Config) -> Iterator[Any]:
    hostile = profile == "thorough" and (config.getoption("endpoint") != "live" or config.getoption("hostile"))
    for each in asked:
        if (profile != "smoke" or each.name in SMOKE) and (not each.hostile or hostile):
            yield pytest.param(each, id=each.name, marks=pytest.mark.verifies(each.breaks))


@pytest.fixture(scope="session")
def complete(endpoint: Endpoint) -> Exchange:
    """The creation with every argument, of the first resource type that has records here."""
    for kind in ("skus", *(name for name in CERTAIN_TYPES if name != "skus")):
        body = complete_body(kind)
        exchange = endpoint.create(body, intent=creation(f"complete-{kind}", body))
        if not selection_refusal(exchange):
            return exchange
    pytest.skip("no resource type has records here, so that nothing can be exported")


@pytest.fixture(scope="session")
def accepted(complete: Exchange) -> Body:
    """A marked body in which flaws can be planted: an accepted one, reduced to its resource type."""
    if complete.status not in range(200, 300):
        pytest.skip("no body was accepted in which a flaw could be planted")
    return enveloped({"resource_type": complete.sent_attributes["resource_type"], "reference": PLACEHOLDER})


@pytest.fixture(scope="session")
def unasked() -> Unasked:
    """Say whether a body has not been asked in this run; asking the same twice costs and tells nothing."""
    asked: set[str] = set()

    def is_new(body: Json | bytes) -> bool:
        text = repr(body)
        known = text in asked
        asked.add(text)
        return not known

    return is_new
