"""What is asked within this process, in the place of an endpoint that listens."""

from dataclasses import dataclass
from typing import Any

import pytest

from exports_conformance.client.retries import Patience


@dataclass(frozen=True, slots=True)
class InProcess:
    """A WSGI application to ask in the reference's place, the token it accepts, and how long is waited for it."""

    app: Any
    token: str
    patience: Patience


APP = pytest.StashKey[InProcess]()


def rehearsal() -> InProcess:
    """Give a reference to rehearse with; nothing leaves this process."""
    from exports_conformance.reference.app import Reference  # noqa: PLC0415  as in endpoints.opening

    app = Reference()
    return InProcess(app, app.token, Patience(sleep=lambda _: None))
