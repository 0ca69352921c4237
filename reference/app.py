"""The reference as an application: callable by WSGI, or asked directly."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from threading import Lock
from typing import get_args
from wsgiref.types import StartResponse, WSGIEnvironment

from exports_conformance.reference import routing
from exports_conformance.reference.call import Call
from exports_conformance.reference.clock import Clock
from exports_conformance.reference.document_checks import MAX_BYTES
from exports_conformance.reference.errors import Refused, method_not_allowed, too_large
from exports_conformance.reference.files import download
from exports_conformance.reference.foreign import foreign_exports
from exports_conformance.reference.gateway import ask_of, send
from exports_conformance.reference.negotiation import check_accept, check_content_type, check_token
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.policy import DEFAULT_PACE, Edition, Pace, Policy
from exports_conformance.reference.responses import Ask, Middleware, Response, composed
from exports_conformance.reference.throttle import Throttle, too_many_requests
from exports_conformance.reference.tokens import Tokens
from exports_conformance.reference.variant import Scene
from exports_conformance.reference.variants import chosen


class Reference:
    """An exports API that keeps every documented promise.

    `pace` says how long an export takes. `token` is accepted for as long as the reference lives, `client_id`
    and `client_secret` at `/oauth/token`.
    Middlewares, the first outermost, stand around everything; `variants` are named in `VARIANTS`. `clock` and
    `organisation` may be moved and looked into while it runs. `time_scale` says how many times faster than really
    all goes that takes time.

    Raises:
        ValueError: there is no such variant, or edition; the message names those that there are.
    """

    def __init__(
        self,
        *,
        organisation: Organisation | None = None,
        clock: Clock | None = None,
        edition: Edition = "page",
        pace: Pace = DEFAULT_PACE,
        middlewares: Sequence[Middleware] = (),
        variants: Sequence[str] = (),
        token: str | None = None,
        time_scale: float = 1.0,
    ) -> None:
        if edition not in get_args(Edition):
            raise ValueError(f'there is no edition "{edition}"; there are {", ".join(get_args(Edition))}')
        policy, around = chosen(variants, Policy(edition=edition, pace=pace))
        self.policy = policy = policy.scaled(time_scale)
        self.clock = clock or Clock()
        self.clock.advance(policy.ahead)
        self.organisation = organisation or Organisation(identifiers=policy.identifiers)
        if policy.only is not None:
            self.organisation.only = policy.only
        identity = {"id": self.organisation.id, "slug": self.organisation.slug}
        self.tokens = Tokens(identity, test=self.organisation.mode == "test")
        now = self.clock.now()
        self.token = self.tokens.accept(token, now) if token else self.tokens.issue(now)
        self.client_id, self.client_secret = self.tokens.client_id, self.tokens.client_secret
        for export in foreign_exports(self.organisation, now, policy.foreign_exports):
            self.organisation.keep(export)
        self._throttle = Throttle(enforced=policy.throttles, time_scale=time_scale)
        self._lock = Lock()
        scene = Scene(self.organisation, self.clock, self._lock, time_scale, self._limits)
        self.respond = composed([*middlewares, *around(scene)], self._answer)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer by WSGI."""
        ask = ask_of(environ)
        return send(self.respond(ask), ask, start_response)

    def issue(self, *, kind: str = "integration", seconds: float = 7200) -> str:
        """Issue another token, of an application of this kind; only `integration` and `cli` may use exports."""
        return self.tokens.issue(self.clock.now(), kind=kind, life=timedelta(seconds=seconds))

    def _answer(self, ask: Ask) -> Response:
        with self._lock:
            call = Call(ask, self.clock.now(), self.organisation, self.policy)
            response = download(call) if ask.path.startswith("/files/") else self._limited(call)
        date = ("date", format_datetime(call.now, usegmt=True))
        return replace(response, headers=(date, *response.headers))

    def _limits(self, ask: Ask) -> tuple[tuple[str, str], ...]:
        return self._throttle.headers(ask, self.clock.now())

    def _limited(self, call: Call) -> Response:
        admitted = self._throttle.admits(call.ask, call.now)
        response = self._served(call) if admitted else too_many_requests()
        return replace(response, headers=(*response.headers, *self._throttle.headers(call.ask, call.now)))

    def _served(self, call: Call) -> Response:
        ask = call.ask
        try:
            if ask.path == "/oauth/token":
                if ask.method != "POST":
                    raise method_not_allowed(ask.method, ["POST"])
                return self.tokens.granted(ask, call.now, seconds=self.policy.token_seconds)
            if ask.method == "OPTIONS":
                return routing.options(call)
            check_token(ask, self.tokens, call.now)
            answering = routing.handler(call)
            check_content_type(ask)
            check_accept(ask)
            if len(ask.body) > MAX_BYTES:
                raise too_large(MAX_BYTES)
            return answering(call)
        except Refused as refused:
            return refused.response
