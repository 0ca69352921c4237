"""A pytest plugin for projects that use the API: its fixture serves a reference to a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving

_MARKER = "exports_reference(*variants, **settings): the variants and settings of the reference that the test uses"


@dataclass(frozen=True, slots=True)
class ServedReference:
    """A reference that is served over HTTP on loopback during a test.

    `api_endpoint` is the base URL of the API (`http://127.0.0.1:{port}/api`), `access_token` a valid token. The
    `reference` has more: `client_id` and `client_secret` for `/oauth/token`, the `clock`, which a test may move, and
    the `organisation`, which it may inspect.
    """

    api_endpoint: str
    access_token: str
    reference: Reference


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `exports_reference`."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def exports_reference(request: pytest.FixtureRequest) -> Iterator[ServedReference]:
    """Serve a new reference on a free port of loopback, and stop it after the test; see `served`."""
    yield from served(request)


def served(request: pytest.FixtureRequest) -> Iterator[ServedReference]:
    """Serve the reference that a test's marker and parameter describe.

    Its variants are the arguments of the marker `exports_reference`, then those of an indirect parameter: one name
    or several. The marker's keywords are the settings of `Reference`. An unknown variant or edition fails the test.
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
