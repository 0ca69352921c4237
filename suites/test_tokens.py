"""Tokens: no operation on an export of this run works without a token; runs when the export is no longer needed."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange, Expectation, Operation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.suites import Judge

METHOD_OF: dict[Operation, str] = {"retrieve": "GET", "list": "GET", "update": "PATCH", "delete": "DELETE"}


@pytest.mark.verifies("auth-token-required")
@pytest.mark.parametrize("operation", METHOD_OF)
def test_operation_without_a_token_is_refused(
    endpoint: Endpoint, judge: Judge, export: Exchange, operation: Operation
) -> None:
    """A request without a bearer token is refused with 401, whatever it asks for."""
    export_id = export.data["id"]
    changed: Json = {"data": {"type": "exports", "id": export_id, "attributes": {"reference_origin": "never"}}}
    judge(
        endpoint.send(
            METHOD_OF[operation],
            "/exports" if operation == "list" else f"/exports/{export_id}",
            body=changed if operation == "update" else None,
            headers={"Authorization": None},
            authorised=False,
            expectation=Expectation(
                f"request/{operation}-without-token",
                operation,
                outcome="refusal",
                breaks="auth-token-required",
                flaw=f"{operation}-without-token",
                answers=frozenset({401}),
            ),
        )
    )
