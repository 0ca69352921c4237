"""A replay against candidates: what is the same shows nothing, what is free breaks nobody, what is broken is named.

`make compare-mutants` replays against every variant and mutant; here are a few of each kind.
"""

import pytest

from exports_conformance.client.limits import Retries
from exports_conformance.exchange.tags import PREFIX
from exports_conformance.upgrade.pairing import counting
from exports_conformance.upgrade.usage import Uses
from tests.mutants import MUTANTS
from tests.replay_expectations import documented, unexpected_of_mutant, unexpected_of_variant, variant_compared
from tests.replays import REFERENCE as RECORDING
from tests.replays import before, replayed, said, unchanged
from tests.suite_runs import reference, stepping


def test_same_edition_shows_nothing() -> None:
    compared, exchanges, left = unchanged()
    assert compared.differences == ()
    assert compared.undecided == ()
    assert compared.same == compared.pairs > 150
    assert not any(exchange.expectation.confirms for exchange in exchanges)
    assert left == 0


def test_questions_come_in_the_order_in_which_they_were_recorded() -> None:
    _, exchanges, _ = unchanged()
    asked = [each.expectation.case for each in counting(exchanges)]
    assert asked == [each.expectation.case for each in counting(before(RECORDING).exchanges or ())]


def test_replay_has_tags_and_ids_of_its_own() -> None:
    _, exchanges, _ = unchanged()
    recorded = before(RECORDING).exchanges or ()
    old_marks = {each.expectation.tag for each in recorded if each.expectation.tag}
    old_ids = {each.data["id"] for each in recorded if each.expectation.operation == "create" and each.data}
    new_marks = {each.expectation.tag for each in exchanges if each.expectation.tag}
    assert old_marks
    assert new_marks
    assert not old_marks & new_marks
    assert all(tag.startswith(PREFIX) for tag in new_marks)
    texts = [f"{each.request.path}?{each.request.query} {each.request.body!r}" for each in exchanges]
    assert not [text for text in texts if any(old in text for old in (*old_marks, *old_ids))]


@pytest.mark.parametrize("variant", ["bad-requests-only", "coercing", "more-members", "only-skus", "strict-texts"])
def test_variant_shows_its_freedom_and_is_not_breaking(variant: str) -> None:
    assert unexpected_of_variant(variant, variant_compared(variant)) == []


def test_limits_are_waited_for() -> None:
    app = stepping(variants=["documented-limits"])  # in an instant, two updates could have the same time
    compared, exchanges = replayed(app, retries=Retries(seconds=3600, sleep=app.clock.advance))
    assert any(exchange.status == 429 for exchange in exchanges)
    assert compared.differences == ()
    assert compared.undecided == ()


def test_later_edition_shows_exactly_what_is_documented() -> None:
    compared, _ = replayed(reference(variants=["edition-7-10"]))
    assert set(map(said, compared.differences)) == documented()
    assert all(each.ruling.documented for each in compared.differences)
    assert not [name for each in compared.differences for name in each.requirements]
    (status,) = [each for each in compared.differences if each.finding.what == "status"]
    assert (status.cases, status.operations) == (["life/versions"], {"the relationship versions"})
    assert compared.undecided == ()


@pytest.mark.parametrize(
    "mutant",
    [
        "answers-200",
        "auth-token-valid-accepts",
        "combination-crashes",
        "deletion-keeps",
        "metadata-lost",
        "never-listed",
        "self-link-of-another",
        "tells-no-limit",
    ],
)
def test_mutant_is_named_and_nothing_else(mutant: str) -> None:
    compared, _ = replayed(stepping(middlewares=[MUTANTS[mutant].middleware]))  # in an instant, no time would move
    assert unexpected_of_mutant(mutant, compared) == []


def test_replay_names_the_clients_a_difference_breaks() -> None:
    uses = Uses(attributes=["status", "records_count"], relationships=["events"], types=["skus"])
    compared, _ = replayed(reference(variants=["edition-7-10"]), uses=uses)
    assert {each.breaks_you for each in compared.differences} == {False}
    uses = Uses(relationships=["versions"])
    compared, _ = replayed(reference(variants=["edition-7-10"]), uses=uses)
    yours = [(each.finding.what, each.finding.at) for each in compared.differences if each.breaks_you]
    assert yours == [("status", ""), ("member removed", "/data/relationships/versions")]
