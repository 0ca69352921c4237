"""Tokens: no operation on an export of this run works without a token, or with a wrong one; runs when it may be lost.

Quick sends three of these requests, two changes (`test_control`) and three creations (`test_refusal`), since a gateway
may count them as an attack.
"""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange, Operation
from exports_conformance.strategies.requests import FORGED
from exports_conformance.suites import Judge
from exports_conformance.suites.expectations import changed_body, without_credentials

METHOD_OF: dict[Operation, str] = {"retrieve": "GET", "list": "GET", "update": "PATCH", "delete": "DELETE"}
THOROUGH = pytest.mark.examples(quick=0, thorough=1)


@pytest.mark.verifies("auth-token-required")
@pytest.mark.parametrize("operation", ["retrieve", "list"])
def test_operation_without_a_token_is_refused(
    endpoint: Endpoint, judge: Judge, export: Exchange, operation: Operation
) -> None:
    """A read without a bearer token is refused with 401; changes are tested with the export that is changed."""
    judge(_sent_with(None, "without-token", "auth-token-required", endpoint, export, operation))


@pytest.mark.verifies("auth-token-valid")
@pytest.mark.parametrize(
    "operation", ["retrieve", *(pytest.param(each, marks=THOROUGH) for each in METHOD_OF if each != "retrieve")]
)
def test_operation_with_a_forged_token_is_refused(
    endpoint: Endpoint, judge: Judge, export: Exchange, operation: Operation
) -> None:
    """A request with a well-formed token that the API did not issue is refused with 401, whatever it asks for."""
    judge(_sent_with(FORGED, "with-forged-token", "auth-token-valid", endpoint, export, operation))


def _sent_with(
    authorization: str | None, flaw: str, breaks: str, endpoint: Endpoint, export: Exchange, operation: Operation
) -> Exchange:
    export_id = export.data["id"]
    return endpoint.send(
        METHOD_OF[operation],
        "/exports" if operation == "list" else f"/exports/{export_id}",
        body=changed_body(export_id) if operation == "update" else None,
        headers={"Authorization": authorization},
        authorised=False,
        expectation=without_credentials(operation, flaw, breaks),
    )
