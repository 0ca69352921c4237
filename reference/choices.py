"""Variants that choose another policy than the plain reference does."""

from dataclasses import replace

from exports_conformance.reference.policy import Pace, Policy
from exports_conformance.reference.variant import variant


@variant
def edition_7_10(policy: Policy) -> Policy:
    """Is of the later edition: no `versions`, with `jwt_filters`, `progress`, counts and the status `failed`."""
    return replace(policy, edition="7.10")


@variant
def coercing(policy: Policy) -> Policy:
    """Reads "true" as true, numbers as texts and a text as a list, and shows the value that it read."""
    return replace(policy, coerces=True)


@variant
def completed_at_once(policy: Policy) -> Policy:
    """Completes an export before it answers the creation."""
    return replace(policy, pace=Pace(0, 0))


@variant
def never_completes_soon(policy: Policy) -> Policy:
    """Leaves every export pending for ten minutes."""
    return replace(policy, pace=Pace(pending=600, running=60))


@variant
def slow(policy: Policy) -> Policy:
    """Leaves an export pending for half a second and takes two to complete it."""
    return replace(policy, pace=Pace(pending=0.5, running=2))


@variant
def late_validation(policy: Policy) -> Policy:
    """Creates exports of unknown types, fields, includes and filters; they end with an `errors_log`."""
    return replace(policy, validates_late=True)


@variant
def other_ids(policy: Policy) -> Policy:
    """Gives UUIDs for ids."""
    return replace(policy, identifiers="uuid")


@variant
def empty_allowed(policy: Policy) -> Policy:
    """Creates exports of selections without records; they complete with a `records_count` of 0."""
    return replace(policy, admits_empty=True)


@variant
def counts_later(policy: Policy) -> Policy:
    """Says `records_count` only once an export has started."""
    return replace(policy, counts_late=True)


@variant
def no_upper_limit(policy: Policy) -> Policy:
    """Exports any number of records."""
    return replace(policy, unlimited=True)


@variant
def only_skus(policy: Policy) -> Policy:
    """Has records of one type only."""
    return replace(policy, only=frozenset({"skus"}))


@variant
def busy(policy: Policy) -> Policy:
    """Has three exports of strangers running all the time."""
    return replace(policy, foreign_exports=3)


@variant
def clock_ahead(policy: Policy) -> Policy:
    """Has a clock that is ten minutes ahead, in its `Date` as in its documents."""
    return replace(policy, ahead=600)


@variant
def documented_limits(policy: Policy) -> Policy:
    """Enforces the documented rate limits of test mode with 429."""
    return replace(policy, throttles=True)


@variant
def short_tokens(policy: Policy) -> Policy:
    """Issues tokens that live for three seconds."""
    return replace(policy, token_seconds=3)


@variant
def lagging_reads(policy: Policy) -> Policy:
    """Shows an export a second after it was created, and a second longer than it is there."""
    return replace(policy, read_lag=1.0)


@variant
def lagging_lists(policy: Policy) -> Policy:
    """Lists an export two seconds after it was created, and two seconds longer than it is there."""
    return replace(policy, list_lag=2.0)


@variant
def stops_late(policy: Policy) -> Policy:
    """Lets an export that was told to stop run for another second; what ends meanwhile is not stopped."""
    return replace(policy, stop_lag=1.0)
