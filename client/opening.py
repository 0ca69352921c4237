"""Opening: an endpoint of each kind, for as long as it is needed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TypedDict, Unpack
from wsgiref.types import WSGIApplication

import httpx

from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import Retries, RunLimits
from exports_conformance.client.ownership import Ledger, MemoryLedger, Ownership
from exports_conformance.client.pacing import Pacing
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.settings import LiveSettings
from exports_conformance.client.token import ClientCredentials, TokenUnavailable
from exports_conformance.contract.edition import Edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.tags import OWN_TOKEN, Tags

IN_PROCESS = "http://127.0.0.1/api"
MARGIN = 2
"""Running exports that are left to others."""


class Options(TypedDict, total=False):
    """What every kind of endpoint may be opened with; see `Endpoint` for what is not explained here.

    `ledger`: by default one that lasts as long as the process. `prefix` begins the ids of exchanges. With
    `anonymises`, what is kept does not name the organisation. `deadline` is in seconds for a whole request.
    """

    ledger: Ledger
    tags: Tags
    retries: Retries
    limits: RunLimits
    observe: Callable[[Exchange], object]
    doubts: Callable[[Exchange], bool]
    edition: Edition
    prefix: str
    anonymises: bool
    deadline: float


@contextmanager
def open_reference(
    *, app: WSGIApplication | None = None, token: str | None = None, **options: Unpack[Options]
) -> Iterator[Endpoint]:
    """Open the reference over HTTP on a free port of loopback, and stop it at the end; nothing is cleaned up.

    An `app` in its place is called in this process, with `token` or the token that it has.
    """
    with ExitStack() as stack:
        transport: httpx.BaseTransport | None = None
        if app is None:
            from exports_conformance.reference.app import Reference  # noqa: PLC0415  live runs do not need it
            from exports_conformance.reference.server import serving  # noqa: PLC0415  nor this

            reference = Reference()
            base_url, token = f"{stack.enter_context(serving(reference))}/api", reference.token
        else:
            base_url, token = IN_PROCESS, token or getattr(app, "token", None)
            transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
        ledger, ownership, redactor = _bookkeeping(options)
        client = Client(
            base_url,
            token=token,
            redactor=redactor,
            transport=transport,
            provenance="reference",
            edition=options.get("edition"),
            deadline=options.get("deadline", 30.0),
            prefix=options.get("prefix", "main"),
        )
        yield stack.enter_context(closing(_endpoint(client, ledger, ownership, options)))


@contextmanager
def open_live(
    settings: LiveSettings | None = None,
    *,
    pacing: Pacing | None = None,
    announce: Callable[[str], None] = lambda _: None,
    announce_token: Callable[[str], None] = lambda _: None,
    **options: Unpack[Options],
) -> Iterator[Endpoint]:
    """Open the endpoint of the settings, by default those of the environment; nothing is cleaned up.

    Requests keep the documented rate limits, or those of `pacing`. `announce` receives a line for each long wait,
    `announce_token` each token that is got for a client, before anything else could show it.

    Raises:
        ConfigurationError: the settings are incomplete or malformed, or the client's credentials are refused.
    """
    found = settings or LiveSettings.read()
    ledger, ownership, redactor = _bookkeeping(options)
    limits = options.get("limits") or RunLimits()
    retries = options.get("retries") or Retries(sleep=limits.interruption.sleep, announce=announce)
    pacing = pacing or Pacing(sleep=limits.interruption.sleep, announce=announce)
    pacing.may_wait = lambda: not limits.interruption.requested
    with ExitStack() as stack:
        client = Client(
            found.base_url,
            token=_credential(found, redactor, stack, announce_token),
            redactor=redactor,
            edition=options.get("edition"),
            deadline=options.get("deadline", 30.0),
            prefix=options.get("prefix", "main"),
            pacing=pacing,
        )
        options = {**options, "limits": limits, "retries": retries}
        yield stack.enter_context(closing(_endpoint(client, ledger, ownership, options, margin=MARGIN)))


@contextmanager
def open_recorded(recorded: Sequence[Exchange], **options: Unpack[Options]) -> Iterator[Endpoint]:
    """Open an endpoint that serves the responses of recorded exchanges to the same requests.

    Nothing is sent or waited for, and nothing is created, so that the ledger stays empty.
    """
    from exports_conformance.client.recorded import NothingIsOurs, RecordedResponses  # noqa: PLC0415  slow to import

    ledger = NothingIsOurs()
    redactor = Redactor(ledger.owns)
    responses = RecordedResponses(recorded, redactor=redactor)
    client = Client(
        recorded[0].base_url,
        token=OWN_TOKEN,
        redactor=redactor,
        transport=responses.transport,
        provenance="recorded",
        edition=options.get("edition"),
        files=responses,
        owns=ledger.owns,
    )
    options = {**options, "retries": Retries(0, sleep=lambda _: None)}
    endpoint = Endpoint(
        client,
        ledger=ledger,
        retries=options["retries"],
        observe=options.get("observe", lambda _: None),
        doubts=options.get("doubts", lambda _: False),
        limits=options.get("limits"),
        recording=responses,
    )
    with closing(endpoint):
        yield endpoint


def _bookkeeping(options: Options) -> tuple[Ledger, Ownership, Redactor]:
    ledger = options.get("ledger") or MemoryLedger()
    ownership = Ownership(ledger)
    return ledger, ownership, Redactor(ownership.may_show, anonymises=options.get("anonymises", False))


def _endpoint(
    client: Client, ledger: Ledger, ownership: Ownership, options: Options, *, margin: int | None = None
) -> Endpoint:
    return Endpoint(
        client,
        ledger=ledger,
        ownership=ownership,
        tags=options.get("tags"),
        retries=options.get("retries"),
        observe=options.get("observe", lambda _: None),
        doubts=options.get("doubts", lambda _: False),
        margin=margin,
        limits=options.get("limits"),
    )


def _credential(
    settings: LiveSettings, redactor: Redactor, stack: ExitStack, announce_token: Callable[[str], None]
) -> Callable[[], str] | str:
    """Return the access token, or a callable that gets one for a client."""
    if token := settings.access_token.get_secret_value():
        return token
    secret = settings.client_secret.get_secret_value()
    redactor.learn(secret, "$COMMERCELAYER_CLIENT_SECRET")
    client = ClientCredentials(
        settings.token_endpoint,
        client_id=settings.client_id,
        client_secret=secret,
        scope=settings.scope,
        announce=announce_token,
    )
    stack.enter_context(closing(client))
    with suppress(TokenUnavailable):  # which the first request will report
        client()
    return client
