"""Rules of acceptance: a documented body creates an export, whatever arguments it has."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import one_line
from exports_conformance.rules.applies import SERVER_ERROR, creates, performed, succeeded
from exports_conformance.rules.engine import Applies, Finding, rule
from exports_conformance.rules.excuses import blame

ARGUMENTS = (
    "resource_type",
    "format",
    "includes",
    "fields",
    "filters",
    "dry_data",
    "reference",
    "reference_origin",
    "metadata",
)
"""The attributes of a creation, in the order of the page's table."""


def demanded(exchange: Exchange) -> bool:
    """The documentation leaves no doubt that this body creates an export."""
    return (
        creates(exchange)
        and performed(exchange)
        and exchange.expectation.outcome == "success"
        and exchange.expectation.certain
    )


def _decided(requirement: str) -> Applies:
    """A demanded creation that was accepted, or refused to this requirement's blame."""

    def applies(exchange: Exchange) -> bool:
        return demanded(exchange) and blame(exchange) in {"", requirement}

    return applies


def _refused(exchange: Exchange) -> Iterator[Finding]:
    if not succeeded(exchange):
        yield Finding("201 Created", f"{exchange.status} {one_line(exchange.errors)}")


for _requirement in ("create-at-exports", "create-accepts-documented"):
    rule(_requirement, applies=_decided(_requirement))(_refused)


def _minimal(exchange: Exchange) -> bool:
    only = set(exchange.sent_attributes) == {"resource_type"}
    return only and _decided("create-needs-only-resource-type")(exchange)


rule("create-needs-only-resource-type", applies=_minimal)(_refused)


def _accepts(argument: str) -> None:
    requirement = f"argument-{argument.replace('_', '-')}-accepted"

    def applies(exchange: Exchange) -> bool:
        return argument in exchange.sent_attributes and _decided(requirement)(exchange)

    rule(requirement, applies=applies)(_refused)


for _argument in ARGUMENTS:
    _accepts(_argument)


def _undecided(exchange: Exchange) -> bool:
    return exchange.expectation.outcome == "either" and not exchange.expectation.breaks


@rule("never-server-error", applies=_undecided)
def undecided_request_is_no_server_error(exchange: Exchange) -> Iterator[Finding]:
    """A request of which the documentation does not say whether it succeeds is no server error."""
    if exchange.status >= SERVER_ERROR:
        yield Finding("a success or a documented refusal", f"{exchange.status} {one_line(exchange.errors)}")


def _selection_refused(exchange: Exchange) -> bool:
    return demanded(exchange) and exchange.lookups.control_status is not None


@rule("refusal-true", applies=_selection_refused)
def selection_is_refused_for_what_it_is(exchange: Exchange) -> Iterator[Finding]:
    """A selection that was refused is refused as well when it is asked for plainly."""
    if blame(exchange) == "refusal-true":
        yield Finding(
            "201 Created: the same resource type and filters, asked for plainly, were accepted",
            f"{exchange.status} {one_line(exchange.errors)}",
        )
