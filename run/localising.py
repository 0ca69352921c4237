"""Localising: a few more requests that narrow down when a fault occurs, and find a smaller body that shows it.

Decision: docs/decisions/0060-faults-and-failing-combinations.md.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import ExportLimitError, RequestBlockedError
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json, as_object, member, read_json
from exports_conformance.exchange.tags import untagged
from exports_conformance.results.argument_classes import ArgumentClass, minimal_attributes
from exports_conformance.results.evidence import gather_judged
from exports_conformance.results.faults import Fault, find_condition, find_faults
from exports_conformance.results.verdicts import Deviation, decide
from exports_conformance.rules import Judgement, judge
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.suites.expectations import creation

FAULTS_AT_MOST = 3
REQUESTS_PER_FAULT = 8
"""Requests for one fault."""

_STOPPED = (pytest.skip.Exception, ExportLimitError, RequestBlockedError)


def localise(
    endpoint: Endpoint, judged: Sequence[tuple[Exchange, Judgement]], *, deviations: Iterable[Deviation] = ()
) -> int:
    """Narrow down the first faults of a run; return how many requests were sent.

    `judged` are the exchanges of the run with their judgements, the earliest first. What is sent is observed by the
    endpoint like any other request, so that the faults of the whole run are computed from it.
    """
    if not any(judgement.violations for _, judgement in judged):
        return 0
    decisions = decide(gather_judged(judged), edition=judged[-1][0].edition, deviations=deviations)
    faults = find_faults(judged, [name for name, each in decisions.items() if each.verdict == "violated"])
    known, before = list(judged), len(judged)
    for fault in [each for each in faults if _can_be_localised(each)][:FAULTS_AT_MOST]:
        try:
            for exchange in _requests(endpoint, fault, known):
                known.append((exchange, judge(exchange)))
                if environment_error(exchange):
                    return len(known) - before
        except _STOPPED:  # a limit of the run, or a guard: the faults stay as the run shows them
            break
    return len(known) - before


def _can_be_localised(fault: Fault) -> bool:
    """Return True if the fault is one of a valid creation in which arguments matter."""
    expectation = fault.witness.exchange.expectation
    return expectation.operation == "create" and not expectation.flaw and fault.condition.trigger == "combination"


def _requests(endpoint: Endpoint, fault: Fault, known: Sequence[tuple[Exchange, Judgement]]) -> Iterator[Exchange]:
    """Send creations until the condition of a fault is found; `known` has each of them when the next is chosen."""
    witness = fault.witness.exchange
    body = read_json(untagged(witness.request.body or b"")).value
    sent = as_object(member(body, "data", "attributes"))
    kept = fault.witness.violation.at.removeprefix("/data/attributes/").split("/")[:1]
    tried: set[str] = set()
    for number in range(1, REQUESTS_PER_FAULT + 1):
        condition = find_condition(known, fault.name)
        if condition is None or not condition.classes:
            return
        attributes = _untried(condition.classes, fault.condition.classes, sent, kept, tried)
        if attributes is None:
            return
        planned = enveloped(attributes)
        expectation = replace(creation("", planned), case=f"localisation/{fault.name}-{number}")
        exchange = endpoint.create(planned, expectation=expectation)
        yield replace(exchange, edition=witness.edition)


def _untried(
    classes: Sequence[tuple[ArgumentClass, ...]],
    first: Sequence[tuple[ArgumentClass, ...]],
    sent: dict[str, Json],
    kept: Sequence[str],
    tried: set[str],
) -> dict[str, Json] | None:
    """Return the attributes of the next body that was not sent yet; None if no more is to be learnt."""
    for wanted in _experiments(classes, first):
        if any(each.argument in {"operation", "flaw", "query", "response"} for each in wanted):
            continue
        attributes = minimal_attributes(wanted, sent, kept=kept)
        if attributes is not None and (text := json.dumps(attributes, sort_keys=True)) not in tried:
            tried.add(text)
            return attributes
    return None


def _experiments(
    classes: Sequence[tuple[ArgumentClass, ...]], first: Sequence[tuple[ArgumentClass, ...]]
) -> Iterator[frozenset[ArgumentClass]]:
    """Yield sets of classes to send, the most telling first.

    Of several combinations, half of them tell the most. The last one is sent alone; then without each of its parts,
    and all others of the `first` ones without it, so that what it has in common with them shows.
    """
    if len(classes) > 1:
        yield _united(classes[: (len(classes) + 1) // 2])
    for each in classes:
        yield frozenset(each)
    likeliest = frozenset(classes[0])
    if len(likeliest) > 1:
        for one in sorted(likeliest):
            yield likeliest - {one}
    elif others := [each for each in first if likeliest.isdisjoint(each)]:
        yield _united(others)


def _united(classes: Iterable[tuple[ArgumentClass, ...]]) -> frozenset[ArgumentClass]:
    return frozenset(one for each in classes for one in each)
