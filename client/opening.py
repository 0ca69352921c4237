"""Opening: an endpoint of a kind, for as long as it is needed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Literal
from wsgiref.types import WSGIApplication

import httpx

from exports_conformance.client.client import Door
from exports_conformance.client.credentials import ClientCredentials, TokenUnavailable
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import AllowanceSpent
from exports_conformance.client.ledger import Ledger, MemoryLedger
from exports_conformance.client.pacing import Pacing
from exports_conformance.client.redaction import TOKEN, Redactor
from exports_conformance.client.retries import Patience
from exports_conformance.client.settings import LiveSettings
from exports_conformance.client.storage import Files
from exports_conformance.contract.editions import Edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.tags import Tags

IN_PROCESS = "http://127.0.0.1/api"
MARGIN = 2  # running exports that others are left to start


@contextmanager
def open_endpoint(
    kind: Literal["reference", "live", "recorded"] = "reference",
    *,
    ledger: Ledger | None = None,
    tags: Tags | None = None,
    patience: Patience | None = None,
    observe: Callable[[Exchange], bool] = lambda _: False,
    app: WSGIApplication | None = None,
    token: str | None = None,
    settings: LiveSettings | None = None,
    edition: Edition | None = None,
    deadline: float = 30.0,
    pacing: Pacing | None = None,
    exports_at_most: int | None = None,
    spent: Callable[[str], BaseException] = AllowanceSpent,
    announce: Callable[[str], None] = lambda _: None,
    prefix: str = "main",
    recorded: Sequence[Exchange] = (),
    anonymises: bool = False,
) -> Iterator[Endpoint]:
    """Open an endpoint, and close it at the end; nothing is cleaned by that.

    `reference` is started over HTTP on a free port of loopback, and stopped; an `app` of one's own in its place
    is asked in this process, with `token` or the token that it has. `live` is where the settings say, read from
    the environment unless they are given; it is asked at the documented pace, or that of `pacing`. `announce` is told
    each token that is got for a client, before anything else could show it. `recorded` gives the answers of these
    exchanges again: nothing is sent or waited for, and nothing is created, so that the ledger stays empty.
    With `anonymises`, what is kept does not name the organisation; a recording stays as it is.

    Raises:
        ConfigurationError: the settings of a live endpoint are incomplete or malformed.
    """
    kept_in: Ledger = MemoryLedger() if ledger is None else ledger
    redactor = Redactor(kept_in.owns, anonymises=anonymises)
    credential: Callable[[], str] | str | None
    transport: httpx.BaseTransport | None = None
    restored: Callable[[Exchange], Exchange] | None = None
    files: Files | None = None
    with ExitStack() as stack:
        if kind == "recorded":
            # Not loaded where nothing is replayed: respx takes a tenth of a second.
            from exports_conformance.client.recorded import NothingIsOurs, RecordedAnswers  # noqa: PLC0415

            kept_in, patience = NothingIsOurs(), Patience(0, sleep=lambda _: None)
            redactor = Redactor(kept_in.owns)
            base_url, credential = recorded[0].base_url, TOKEN
            answers = RecordedAnswers(recorded, base_url=base_url, redactor=redactor)
            transport, restored, files = answers.transport, answers.restored, answers
        elif kind == "live":
            found = settings or LiveSettings.read()
            base_url, credential = found.base_url, _credential(found, redactor, stack, announce)
            pacing = pacing or Pacing()
        elif app is None:
            # Not loaded where it does not serve: a live run needs none of it.
            from exports_conformance.reference.app import Reference  # noqa: PLC0415
            from exports_conformance.reference.server import serving  # noqa: PLC0415

            reference = Reference()
            base_url = f"{stack.enter_context(serving(reference))}/api"
            credential = reference.token
        else:
            base_url, credential = IN_PROCESS, token or getattr(app, "token", None)
            transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
        door = Door(
            base_url,
            token=credential,
            ledger=kept_in,
            redactor=redactor,
            transport=transport,
            provenance=kind,
            edition=edition,
            restored=restored,
            files=files,
            deadline=deadline,
            pacing=pacing,
            prefix=prefix,
        )
        endpoint = Endpoint(
            door,
            ledger=kept_in,
            tags=tags,
            patience=patience,
            observe=observe,
            margin=MARGIN if kind == "live" else None,
            exports_at_most=exports_at_most,
            spent=spent,
        )
        yield stack.enter_context(closing(endpoint))


def _credential(
    settings: LiveSettings, redactor: Redactor, stack: ExitStack, announce: Callable[[str], None]
) -> Callable[[], str] | str:
    """Give the access token, or who gets one for a client."""
    if token := settings.access_token.get_secret_value():
        return token
    secret = settings.client_secret.get_secret_value()
    redactor.learn(secret, "$COMMERCELAYER_CLIENT_SECRET")
    client = ClientCredentials(
        settings.token_endpoint,
        client_id=settings.client_id,
        client_secret=secret,
        scope=settings.scope,
        announce=announce,
    )
    stack.enter_context(closing(client))
    with suppress(TokenUnavailable):  # which the first request will say
        client()
    return client
