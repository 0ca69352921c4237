"""The reference as a WSGI application: its routes, its tokens, its rate limits."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIEnvironment

from exports_conformance.contract.edition import Edition, editions, first_edition
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import lists
from exports_conformance.reference.call import EVENTS, FULL_VIEW, Call, relationship_names, view
from exports_conformance.reference.checks import RefusedError, Tokens, check_token, not_found, too_large
from exports_conformance.reference.files import download
from exports_conformance.reference.lists import filtered_and_sorted, is_listed, list_records, retrieve_record
from exports_conformance.reference.messages import (
    MAX_BODY_BYTES,
    Middleware,
    ServerRequest,
    ServerResponse,
    composed,
    request_from_wsgi,
    send_by_wsgi,
)
from exports_conformance.reference.operations import (
    CONTENT_TYPE,
    create_export,
    delete_export,
    event,
    events_of,
    find,
    retrieve_export,
    update_export,
)
from exports_conformance.reference.organisation import Clock, Export, Organisation, foreign_exports
from exports_conformance.reference.policy import DEFAULT_PACE, Pace, Policy
from exports_conformance.reference.variants import Internals, combined

_INTERVAL = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of requests in a sliding window."""

    requests: int
    seconds: float


AVERAGE, BURST, TOKENS = 100, 25, 30
"""Requests per minute on average, per ten seconds in a burst, and for tokens per minute."""


class Throttle:
    """The rate limits of test mode, for all clients of a reference together.

    If they are not `enforced`, the headers of each response are those of the first request in a window. `time_scale`
    shortens the windows, to whole seconds because the headers have them, and raises the limits by the rest.
    """

    def __init__(self, *, enforced: bool, time_scale: float = 1.0) -> None:
        self._enforced = enforced
        self._interval = max(1, round(_INTERVAL / time_scale))
        self._times = time_scale * self._interval / _INTERVAL
        self._spent: dict[tuple[str, Limit], deque[datetime]] = {}

    def admits(self, request: ServerRequest, now: datetime) -> bool:
        """Count a request in each of its windows and return True; return False if one of them is full."""
        if not self._enforced:
            return True
        windows = [self._window(name, limit, now) for name, limit in self._limits(request)]
        if any(
            len(window) >= limit.requests for window, (_, limit) in zip(windows, self._limits(request), strict=True)
        ):
            return False
        for window in windows:
            window.append(now)
        return True

    def headers(self, request: ServerRequest, now: datetime) -> tuple[tuple[str, str], ...]:
        """Return the rate limit headers, which describe the average limit only."""
        name, limit = self._limits(request)[0]
        spent = len(self._window(name, limit, now)) if self._enforced else 1
        return (
            ("x-ratelimit-limit", str(limit.requests)),
            ("x-ratelimit-interval", str(self._interval)),
            ("x-ratelimit-remaining", str(max(limit.requests - spent, 0))),
        )

    def _window(self, name: str, limit: Limit, now: datetime) -> deque[datetime]:
        window = self._spent.setdefault((name, limit), deque())
        while window and now - window[0] >= timedelta(seconds=limit.seconds):
            window.popleft()
        return window

    def _limits(self, request: ServerRequest) -> list[tuple[str, Limit]]:
        """Return the windows that a request counts in: the average of its kind first, then its endpoint's burst."""
        if request.path == "/oauth/token":
            return [("tokens", self._limit(TOKENS, self._interval))]
        kind = "reads" if request.method in {"GET", "HEAD", "OPTIONS"} else "writes"
        endpoint = f"{kind} {'/'.join(request.path.split('/')[:3])}"
        return [(kind, self._limit(AVERAGE, self._interval)), (endpoint, self._limit(BURST, self._interval / 6))]

    def _limit(self, requests: int, seconds: float) -> Limit:
        return Limit(round(requests * self._times), seconds)


def too_many_requests() -> ServerResponse:
    """Return the 429, in the form that was recorded from the API."""
    document = {"errors": {"title": "Too Many Requests", "code": "THROTTLED", "status": 429}}
    headers = (("content-type", "application/json; charset=utf-8"), ("retry-after", "0"))
    return ServerResponse(429, headers, document)


Handler = Callable[[Call], ServerResponse]


def handler(call: Call) -> Handler:
    """Return the function that answers a call; raise a 404 for an unknown path, a 405 for another method."""
    handlers = _handlers(call)
    method = "GET" if call.request.method == "HEAD" and "GET" in handlers else call.request.method
    if method not in handlers:
        raise call.policy.framework.no_method(call.request.method, allowed_methods(handlers))
    return handlers[method]


def allowed_methods(handlers: Mapping[str, Handler]) -> list[str]:
    """Return the methods of a path, for the `Allow` header."""
    return [*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"]


def options(call: Call) -> ServerResponse:
    """Answer OPTIONS with the methods of the path."""
    return call.policy.framework.options(allowed_methods(_handlers(call)))


def _handlers(call: Call) -> Mapping[str, Handler]:
    linked = relationship_names(call.policy.edition)
    # A trailing slash is tolerated, as by most routers.
    match call.request.path.removesuffix("/").split("/")[1:]:
        case ["api", "exports"]:
            return {"GET": lists.exports, "POST": create_export}
        case ["api", "exports", str(key)] if key:
            return {
                "GET": lambda call: retrieve_export(call, key),
                "PATCH": lambda call: update_export(call, key),
                "DELETE": lambda call: delete_export(call, key),
            }
        case ["api", "exports", str(key), str(name)] if name in linked:
            return {"GET": lambda call: _related(call, key, name)}
        case ["api", "exports", str(key), "relationships", str(name)] if name in linked:
            return {"GET": lambda call: _linkage(call, key, name)}
        case ["api", "events", str(key)] if key:
            return {"GET": lambda call: _event(call, key)}
        case ["api", str(name)] if is_listed(name):
            return {"GET": lambda call: list_records(call, name)}
        case ["api", str(name), str(key)] if is_listed(name) and key:
            return {"GET": lambda call: retrieve_record(call, name, key)}
    raise call.policy.framework.no_route()


def _related(call: Call, key: str, name: str) -> ServerResponse:
    """Answer with the related resources of an export; only `events` ever has any."""
    resources = _chosen_events(call, find(call, key)) if name == "events" else _none(call, key)
    page, around = lists.paged(call, resources)
    return ServerResponse(200, CONTENT_TYPE, {"data": page, **around})


def _chosen_events(call: Call, export: Export) -> list[dict[str, Json]]:
    """Return the filtered and sorted events; filters see every field, also those that a fieldset hides."""
    shown = {one["id"]: one for one in events_of(call, export, view(call))}
    whole = events_of(call, export, FULL_VIEW)
    found = filtered_and_sorted(call, whole, EVENTS, lambda one: {"id": one["id"], **one["attributes"]})
    return [shown[one["id"]] for one in found]


def _linkage(call: Call, key: str, name: str) -> ServerResponse:
    """Answer with the resource identifiers of a relationship."""
    resources = events_of(call, find(call, key), view(call)) if name == "events" else _none(call, key)
    address = f"{call.api}/exports/{key}"
    links = {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}
    identifiers = [{"type": one["type"], "id": one["id"]} for one in resources]
    return ServerResponse(200, CONTENT_TYPE, {"links": links, "data": identifiers})


def _none(call: Call, key: str) -> list[dict[str, Json]]:
    find(call, key)
    return []


def _event(call: Call, key: str) -> ServerResponse:
    found = event(call, key, view(call))
    if found is None:
        raise not_found()
    return ServerResponse(200, CONTENT_TYPE, {"data": found})


class Reference:
    """An exports API that keeps every documented promise.

    `pace` is how long an export takes. `token` is accepted as long as the reference exists; `client_id` and
    `client_secret` get others at `/oauth/token`. `variants` are names from `VARIANTS`; `middlewares`, the first
    outermost, wrap them. A test may move the `clock` and inspect the `organisation`. `time_scale` divides every
    duration, and multiplies the rate limits.

    Raises:
        ValueError: an unknown variant or edition; the message lists the known ones.
    """

    def __init__(
        self,
        *,
        organisation: Organisation | None = None,
        clock: Clock | None = None,
        edition: Edition | None = None,
        pace: Pace = DEFAULT_PACE,
        middlewares: Sequence[Middleware] = (),
        variants: Sequence[str] = (),
        token: str | None = None,
        time_scale: float = 1.0,
    ) -> None:
        edition = edition or first_edition()
        if edition not in editions():
            raise ValueError(f'there is no edition "{edition}"; use one of {", ".join(editions())}')
        policy, make_middlewares = combined(variants, Policy(edition=edition, pace=pace))
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
        internals = Internals(self.organisation, self.clock, self._lock, time_scale, self._limits)
        self.respond = composed([*middlewares, *make_middlewares(internals)], self._answer)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond by WSGI."""
        request = request_from_wsgi(environ)
        return send_by_wsgi(self.respond(request), request, start_response)

    def issue(self, *, kind: str = "integration", seconds: float = 7200) -> str:
        """Issue a token to an application of a kind; only `integration` and `cli` may use exports."""
        return self.tokens.issue(self.clock.now(), kind=kind, life=timedelta(seconds=seconds))

    def _answer(self, request: ServerRequest) -> ServerResponse:
        framework = self.policy.framework
        with self._lock:
            call = Call(framework.routed(request), self.clock.now(), self.organisation, self.policy)
            response = download(call) if request.path.startswith("/files/") else framework.finished(self._limited(call))
        names = {name.lower() for name, _ in response.headers}
        own = (("date", format_datetime(call.now, usegmt=True)), ("x-request-id", uuid4().hex))
        return replace(response, headers=(*(each for each in own if each[0] not in names), *response.headers))

    def _limits(self, request: ServerRequest) -> tuple[tuple[str, str], ...]:
        return self._throttle.headers(request, self.clock.now())

    def _limited(self, call: Call) -> ServerResponse:
        admitted = self._throttle.admits(call.request, call.now)
        response = self._served(call) if admitted else too_many_requests()
        return replace(response, headers=(*response.headers, *self._throttle.headers(call.request, call.now)))

    def _served(self, call: Call) -> ServerResponse:
        try:
            return self._token_response(call) or self._api_response(call)
        except RefusedError as refused:
            return refused.response

    def _token_response(self, call: Call) -> ServerResponse | None:
        request = call.request
        if request.path not in {"/oauth/token", "/oauth/revoke"}:
            return None
        if request.method != "POST":
            raise call.policy.framework.no_method(request.method, ["POST"])
        if request.path == "/oauth/revoke":
            return self.tokens.revoked(request)
        return self.tokens.granted(request, call.now, seconds=self.policy.token_seconds)

    def _api_response(self, call: Call) -> ServerResponse:
        request = call.request
        if request.method == "OPTIONS":
            return options(call)
        check_token(request, self.tokens, call.now)
        answering = handler(call)
        call.policy.framework.check_media_types(request)
        if len(request.body) > MAX_BODY_BYTES:
            raise too_large(MAX_BODY_BYTES)
        return answering(call)
