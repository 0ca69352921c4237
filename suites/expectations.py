"""What several suites expect of the same kind of request; a test that is alone in its expectation states it itself."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from exports_conformance.exchange.exports import as_created, as_exported, as_followed, known_selection
from exports_conformance.exchange.model import Action, Exchange, Expectation, Operation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.bodies import Body, is_certain
from exports_conformance.strategies.halves import Half


def creation(case: str, body: Mapping[str, Json], *, selects: Half | None = None) -> Expectation:
    """Return the expectation that a documented body creates an export, or may, where the documentation leaves doubt.

    `selects` are the records that its filters select, where they are known.
    """
    expected: Json = None
    if selects:
        expected = {"selects": [*selects.ids]}
        expected |= {"without": {name: [*ids] for name, ids in selects.without.items()}} if selects.without else {}
        expected |= {"related": [*selects.related]} if selects.related else {}
    if is_certain(body["data"]["attributes"]):
        return Expectation(f"creation/{case}", "create", expected=expected)
    return Expectation(
        f"creation/{case}",
        "create",
        outcome="either",
        certain=False,
        may_break=("create-accepts-documented",),
        expected=expected,
    )


def retrieval(created: Exchange, case: str = "retrieved") -> Expectation:
    """Return the expectation that an export shows the arguments sent, and the id and time that its creation showed."""
    return Expectation(f"life/{case}", "retrieve", expected=as_created(created))


def following(created: Exchange, case: str = "followed", *, action: Action = "") -> Callable[[Exchange], Expectation]:
    """Return what to expect after each response: the status moves on, or obeys the action that was sent last."""

    def after(last: Exchange) -> Expectation:
        return Expectation(f"life/{case}", "retrieve", expected=as_followed(created, last), action=action)

    return after


def export_file(created: Exchange, ended: Exchange, *, again: bool = False) -> Expectation:
    """Return the expectation that an export's file is as the export was created and as it ended.

    With `again`, an earlier export with the same body has already had another number of records than its file.
    """
    expected = as_exported(created, ended) | known_selection(created.expectation.expected)
    return Expectation("life/file", "download", certain=again, expected=expected)


def without_credentials(operation: Operation, flaw: str, breaks: str) -> Expectation:
    """Return the expectation that a request without valid credentials, which `flaw` names, is refused with 401."""
    named = f"{operation}-{flaw}"
    answers = frozenset({HTTPStatus.UNAUTHORIZED})
    return Expectation(f"request/{named}", operation, outcome="refusal", breaks=breaks, flaw=named, answers=answers)


def changed_body(export_id: str) -> Body:
    """Return an update that must not be carried out."""
    return {"data": {"type": "exports", "id": export_id, "attributes": {"reference_origin": "never"}}}
