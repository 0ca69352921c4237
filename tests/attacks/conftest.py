"""Fixtures of the attacks."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.reference.messages import Middleware
from tests.attacks.interception import certificate
from tests.attacks.organisation import Open, SharedOrganisation, shared_organisation


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate and key of the man in the middle."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is not installed; the attacks need it to make a certificate")
    return certificate(tmp_path_factory.mktemp("interception"))


@pytest.fixture
def shared(pem: Path) -> Iterator[Open]:
    """Open organisations that others use too; when the test is over, their exports must be untouched."""
    with ExitStack() as stack:

        def opened(*middlewares: Middleware, **settings: Any) -> SharedOrganisation:
            return stack.enter_context(shared_organisation(*middlewares, pem=pem, **settings))

        yield opened
