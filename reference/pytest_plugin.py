"""A pytest plugin for those who integrate with the API: its fixture serves the reference to a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving

MARKER = "exports_reference(*variants, **settings): how the reference of a test behaves"


@dataclass(frozen=True, slots=True)
class ServedReference:
    """A reference that answers over HTTP on loopback for as long as a test runs.

    `api_endpoint` is the base URL, as `COMMERCELAYER_API_ENDPOINT` has it (`http://127.0.0.1:{port}/api`);
    `access_token` is accepted by it, as are the `client_id` and `client_secret` of the `reference` at `/oauth/token`.
    The `clock` and the `organisation` of the `reference` may be moved and looked into.
    """

    api_endpoint: str
    access_token: str
    reference: Reference


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def exports_reference(request: pytest.FixtureRequest) -> Iterator[ServedReference]:
    """Serve a reference of the test's own.

    The variants are those of the marker `exports_reference`, then those of an indirect parameter: a name or
    several. The marker's keywords are the settings of `Reference`. An unknown variant or edition fails the test.
    """
    marker = request.node.get_closest_marker("exports_reference")
    names = [*marker.args] if marker else []
    parameter: Any = getattr(request, "param", ())
    names += [parameter] if isinstance(parameter, str) else [*parameter]
    try:
        reference = Reference(variants=names, **(marker.kwargs if marker else {}))
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)
    with serving(reference) as address:
        yield ServedReference(f"{address}/api", reference.token, reference)
