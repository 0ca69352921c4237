"""What several suites expect of the same kind of request; a test that is alone in its expectation states it itself."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from exports_conformance.exchange.exports import as_created, as_exported, as_followed
from exports_conformance.exchange.model import Action, Exchange, Expectation, Operation
from exports_conformance.exchange.strict_json import Json, as_array, member
from exports_conformance.strategies.bodies import Body, is_certain


def creation(case: str, body: Mapping[str, Json], *, selects: Sequence[str] = ()) -> Expectation:
    """Return the expectation that a documented body creates an export, or may, where the documentation leaves doubt.

    `selects` are the ids of records that its filters select, where they are known.
    """
    certain = is_certain(body["data"]["attributes"])
    if certain:
        return Expectation(f"creation/{case}", "create", expected={"selects": [*selects]} if selects else None)
    return Expectation(
        f"creation/{case}", "create", outcome="either", certain=False, may_break=("create-accepts-documented",)
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
    selects = as_array(member(created.expectation.expected, "selects"))
    expected = as_exported(created, ended) | ({"selects": selects} if selects else {})
    return Expectation("life/file", "download", certain=again, expected=expected)


def without_credentials(operation: Operation, flaw: str, breaks: str) -> Expectation:
    """Return the expectation that a request without valid credentials, which `flaw` names, is refused with 401."""
    named = f"{operation}-{flaw}"
    answers = frozenset({HTTPStatus.UNAUTHORIZED})
    return Expectation(f"request/{named}", operation, outcome="refusal", breaks=breaks, flaw=named, answers=answers)


def changed_body(export_id: str) -> Body:
    """Return an update that must not be carried out."""
    return {"data": {"type": "exports", "id": export_id, "attributes": {"reference_origin": "never"}}}
