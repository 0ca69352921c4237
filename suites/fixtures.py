"""Parameters and fixtures of the suites: the cases of a profile, and exports that several tests share."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any, TypeVar, cast

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.contract.resources import IMPERSONAL_TYPES, certain_types
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import selection_refusal
from exports_conformance.exchange.strict_json import Json, Reading, read_json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import DOCUMENTED, Body, enveloped
from exports_conformance.strategies.covering import (
    NO_CLASSES,
    Case,
    complete_body,
    covering_cases,
    large_body,
    narrow_body,
)
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.halves import Half
from exports_conformance.strategies.profiles import STRENGTH, Night, Profile, night_of
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS, OddRequest
from exports_conformance.suites import AsRecorded, FirstAccepted, Unsent
from exports_conformance.suites.expectations import creation
from exports_conformance.suites.sources import RECORDED, RecordedRequests, Source, document_of

Planned = TypeVar("Planned", Flaw, OddRequest)

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
"""The flaws and odd requests of the smoke profile: one of each kind."""

LEFT_TO_THOROUGH = frozenset(
    {
        "accept-anything",
        "attributes-array",
        "attributes-string",
        "content-type-missing",
        "content-type-with-charset",
        "data-array",
        "data-string",
        "empty-token",
        "malformed-token",
        "unknown-token",
        "unsigned-token",
        "type-other-case",
        "document-in-single-quotes",
        "document-with-bom",
        "document-with-comment",
        "document-with-huge-number",
        "document-with-nan",
        "document-with-text-behind",
        "dry-data-array",
        "envelope-missing",
        "dry-data-number",
        "dry-data-object",
        "fields-array-of-numbers",
        "fields-nested-array",
        "fields-number",
        "fields-over-deep",
        "fields-with-empty-string",
        "filters-boolean",
        "filters-number",
        "filters-string",
        "format-array",
        "format-boolean",
        "format-empty",
        "format-object",
        "includes-array-of-numbers",
        "includes-nested-array",
        "includes-number",
        "includes-with-empty-string",
        "metadata-boolean",
        "metadata-reserved-keys",
        "metadata-number",
        "metadata-string",
        "read-only-completed-at",
        "read-only-created-at",
        "read-only-errors-log",
        "read-only-interrupted-at",
        "read-only-started-at",
        "read-only-updated-at",
        "reference-array",
        "reference-boolean",
        "reference-origin-array",
        "reference-origin-boolean",
        "reference-origin-object",
        "relationships-array",
        "resource-type-array",
        "resource-type-blank",
        "resource-type-object",
        "resource-type-singular",
        "resource-type-with-spaces",
        "text-of-100-kb",
        "text-of-100-kb-metadata",
        "text-of-100-kb-reference",
    }
)
"""The flaws and odd requests that quick leaves out: each is the second of a kind that another one tests."""


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Parametrise each test over what the profile sends or, where a recording is judged, over what it sent."""
    config, recorded = metafunc.config, metafunc.config.stash.get(RECORDED, None)
    profile = cast("Profile", config.getoption("hypothesis_profile"))
    for name, odd in {"credentials": CREDENTIALS, "negotiation": NEGOTIATIONS, "method": ODD_METHODS}.items():
        if name in metafunc.fixturenames:
            chosen = _chosen(odd, recorded, profile, config)
            metafunc.parametrize(name, [_param(each.name, each, breaks=each.breaks) for each in chosen])
    if "case" in metafunc.fixturenames:
        cases = covering_cases(STRENGTH[profile]) if profile != "smoke" else ()
        if night := _tonight(config):
            cases += tuple(case for place, case in enumerate(covering_cases(3)) if night.deals(place))
        if any("triples" in each for each in config.getoption("case")):
            cases = covering_cases(3)
        cases = cases if recorded is None else _recorded_cases(recorded)
        metafunc.parametrize("case", [pytest.param(case, id=case.name) for case in cases])
    if "flaw" in metafunc.fixturenames:
        flaws = _chosen(FLAWS.values(), recorded, profile, config)
        params = [
            _param(flaw.name if not number else f"{flaw.name}-{number + 1}", flaw, source, breaks=flaw.breaks)
            for flaw in flaws
            for number, source in enumerate(_sources(flaw.case, recorded))
        ]
        metafunc.parametrize(("flaw", "source"), params)
    elif "source" in metafunc.fixturenames:
        (case,) = cast("pytest.Mark", metafunc.definition.get_closest_marker("drawn")).args
        sources = list(_sources(case, recorded))
        hidden = [pytest.param(source, id=pytest.HIDDEN_PARAM) for source in sources]
        missing = pytest.mark.skip(reason=f"the recording has no {case}; record again what is sent today")
        lacking = [pytest.param(Source(), id=pytest.HIDDEN_PARAM, marks=missing)]
        several = [pytest.param(source, id=str(number)) for number, source in enumerate(sources, start=1)]
        metafunc.parametrize("source", several if len(sources) > 1 else hidden or lacking)


def _param(name: str, *values: object, breaks: str) -> Any:
    return pytest.param(*values, id=name, marks=pytest.mark.verifies(breaks))


def _chosen(
    offered: Iterable[Planned], recorded: RecordedRequests | None, profile: Profile, config: pytest.Config
) -> list[Planned]:
    """Return the flaws or odd requests that a profile sends or --flaw names, or those that were recorded."""
    if recorded is not None:
        return [each for each in offered if each.case in recorded]
    live = config.getoption("endpoint") == "live" and not config.getoption("plan")
    named: Sequence[str] = config.getoption("flaw")
    return [
        each
        for each in offered
        if (
            _is_sent(each, profile)
            or _is_dealt(each, config)
            or any(fnmatchcase(each.name, pattern) for pattern in named)
        )
        and (not each.hostile or not live or config.getoption("hostile"))
    ]


def _is_sent(each: Flaw | OddRequest, profile: Profile) -> bool:
    if profile == "smoke":
        return each.name in SMOKE
    return profile == "thorough" or (each.name not in LEFT_TO_THOROUGH and not each.hostile)


def _tonight(config: pytest.Config) -> Night | None:
    text = config.getoption("rotate")
    return night_of(text, day=datetime.now(UTC).date()) if text else None


def _is_dealt(each: Flaw | OddRequest, config: pytest.Config) -> bool:
    """Return whether a flaw or odd request that quick leaves to thorough is sent in this night."""
    night = _tonight(config)
    return (
        night is not None and each.name in LEFT_TO_THOROUGH and night.deals(sorted(LEFT_TO_THOROUGH).index(each.name))
    )


def _sources(case: str, recorded: RecordedRequests | None) -> Iterator[Source]:
    if recorded is None:
        yield Source()
    else:
        yield from map(Source, recorded.of(case))


def _recorded_cases(recorded: RecordedRequests) -> tuple[Case, ...]:
    """Return the recorded bodies of covering arrays, even those that today's arrays do not have."""
    known = {case.name: case for strength in (2, 3) for case in covering_cases(strength)}
    found = (re.fullmatch(r"creation/((?:pairs|triples)-\d+-\w+)(?:-as-\w+)?", case) for case in recorded)
    cases = []
    for name in dict.fromkeys(match[1] for match in found if match):
        if f"creation/{name}" in recorded:
            row = known[name].row if name in known else NO_CLASSES
            cases.append(Case(name, document_of(recorded.of(f"creation/{name}")[0]), row))
        elif name in known:  # it was sent for another type only
            cases.append(known[name])
    return tuple(cases)


@pytest.fixture(scope="session")
def as_recorded(pytestconfig: pytest.Config) -> AsRecorded:
    """Return the recorded body of a case, or the given one where none was recorded."""
    recorded = pytestconfig.stash.get(RECORDED, None)

    def choose(case: str, body: Body) -> Body:
        return document_of(recorded.of(case)[0]) if recorded is not None and case in recorded else body

    return choose


@pytest.fixture(scope="session")
def complete(endpoint: Endpoint, as_recorded: AsRecorded) -> Exchange:
    """The creation with every argument, of the first resource type that has records here."""
    exchange = _complete("skus", endpoint, as_recorded)
    for kind in (name for name in certain_types() if name != "skus"):
        if not selection_refusal(exchange):
            break
        bare = _bare(kind)  # one request, where a refused complete one would take a second to be believed
        if not selection_refusal(endpoint.create(bare, expectation=creation(f"exploration-{kind}", bare))):
            exchange = _complete(kind, endpoint, as_recorded)
    if selection_refusal(exchange):
        pytest.skip("no resource type has records here, so that nothing can be exported")
    return exchange


def _complete(kind: str, endpoint: Endpoint, as_recorded: AsRecorded) -> Exchange:
    body = as_recorded(f"creation/complete-{kind}", complete_body(kind))
    return endpoint.create(body, expectation=creation(f"complete-{kind}", body))


def _bare(kind: str) -> Body:
    return enveloped({"resource_type": kind, "reference": PLACEHOLDER})


@pytest.fixture(scope="session")
def deleted() -> dict[str, str]:
    """The ids of exports that a retrieval no longer found after their deletion, by the tags of their creations."""
    return {}


@pytest.fixture(scope="session")
def empty_types() -> set[str]:
    """The resource types that turned out to have no records; the pairs of arguments are sent for another type."""
    return set()


@pytest.fixture(scope="session")
def first_accepted(endpoint: Endpoint, as_recorded: AsRecorded) -> FirstAccepted:
    """Create the first of some bodies that is accepted, each with the records it `selects`; skip if none is."""

    def create(case: str, *bodies: Body, selects: Sequence[Half] = ()) -> Exchange:
        for number, (planned, half) in enumerate(zip_longest(bodies, selects)):
            name = case if not number else f"{case}-fallback-{number}"
            body = as_recorded(f"creation/{name}", planned)
            exchange = endpoint.create(body, expectation=creation(name, body, selects=half))
            if _exists(exchange):
                return exchange
        pytest.skip(f"no valid request was accepted that it could start from ({len(bodies)} tried)")

    return create


def _exists(exchange: Exchange) -> bool:
    return exchange.succeeded and isinstance(exchange.data.get("id"), str)


@pytest.fixture(scope="session")
def export(endpoint: Endpoint, complete: Exchange, first_accepted: FirstAccepted) -> Exchange:
    """The creation of an export that lives as long as the run: with every argument, or else with few."""
    exchange = complete
    if not _exists(complete):
        kind = complete.sent_attributes["resource_type"]
        tagged_elsewhere: list[dict[str, Json]] = [
            {"reference_origin": PLACEHOLDER},
            {"metadata": {"tag": PLACEHOLDER}},
        ]
        others = [_bare(other) for other in IMPERSONAL_TYPES if other != kind]
        without_reference = [enveloped({"resource_type": kind, **tag}) for tag in tagged_elsewhere]
        exchange = first_accepted("accepted", _bare(kind), *without_reference, *others)
    endpoint.spare(exchange.data["id"])
    return exchange


@pytest.fixture(scope="session")
def accepted(request: pytest.FixtureRequest) -> Body:
    """A tagged body in which flaws can be planted: the smallest that was accepted, or is a part of one that was."""
    if request.config.getoption("refusals_only"):
        return _bare("skus")  # nothing is created that could have been accepted
    complete: Exchange = request.getfixturevalue("complete")
    export: Exchange = request.getfixturevalue("export")
    return _bare(export.sent_attributes["resource_type"]) if export is complete else document_of(export.request)


@pytest.fixture(scope="session")
def narrow(
    endpoint: Endpoint, accepted: Body, first_accepted: FirstAccepted, request: pytest.FixtureRequest
) -> Exchange:
    """The creation of a json export of a few fields, of a type without personal data."""
    kind = accepted["data"]["attributes"]["resource_type"]
    if kind not in IMPERSONAL_TYPES and not request.config.getoption("download_any"):
        pytest.skip(f"only {kind} are known to have records, which may hold personal data; see --download-any")
    exchange = first_accepted("narrow", narrow_body(accepted), accepted)
    endpoint.spare(exchange.data["id"])
    return exchange


@pytest.fixture(scope="session")
def large(accepted: Body, first_accepted: FirstAccepted) -> Exchange:
    """The creation of the slowest export, which is interrupted and deleted in the end."""
    return first_accepted("large", large_body(accepted), accepted)


@pytest.fixture(scope="session")
def unsent(pytestconfig: pytest.Config) -> Unsent:
    """Return whether a body is new in this run: the same one twice costs a request and shows nothing."""
    repeats = pytestconfig.stash.get(RECORDED, None) is not None
    sent = {_plain(body) for body in (DOCUMENTED, *(case.body for case in covering_cases()))}

    def is_new(body: Json | bytes) -> bool:
        text = _plain(body)
        known = text in sent and not repeats
        sent.add(text)
        return not known

    return is_new


def _plain(body: Json | bytes) -> str:
    """Return the same text for bodies that differ only in how they are written."""
    document = read_json(body) if isinstance(body, bytes) else Reading(body)
    return repr(body) if document.problem else json.dumps(document.value, sort_keys=True)
