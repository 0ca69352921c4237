"""The client: the one place where requests leave and responses come in."""

import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from urllib.parse import urlsplit

import httpx

from exports_conformance.client.earlier import EarlierResponses, Links
from exports_conformance.client.guards import RequestBlockedError, check_dot_segments, check_request, is_loopback
from exports_conformance.client.pacing import Pacing
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.storage import Files, Storage
from exports_conformance.client.token import AccessToken
from exports_conformance.client.transport import Transport, decoded, encoded
from exports_conformance.contract.edition import Edition, first_edition
from exports_conformance.contract.resources import IMPERSONAL_TYPES
from exports_conformance.exchange.model import (
    Exchange,
    Expectation,
    File,
    Headers,
    Provenance,
    Request,
    Response,
    header_of,
)
from exports_conformance.exchange.strict_json import Json, forget_last, has_more_values, member, read_once
from exports_conformance.exchange.tags import OWN_TOKEN

USER_AGENT = f"exports-conformance/{version('exports-conformance')}"
LARGEST = 8 * 1024 * 1024
VALUES_AT_MOST = 100_000
"""JSON values of a response; a million of them would take a hundred times the memory of their text."""
ATTACHMENTS_KEPT = 32
_LONGEST_URL = 100_000  # characters, more than can be sent
RECORDED_EXCHANGE = "recorded"
"""The extension of a request that carries the recorded exchange whose response it is served."""


@dataclass(frozen=True, slots=True, repr=False)
class RawResponse:
    """A response with its secrets: for finding what was created; it is never printed, kept or handed on."""

    response: Response | None

    def document(self, exchange: Exchange) -> Json:
        """Return the document of the response; a body that the exchange has in common is not read twice."""
        if self.response is None or exchange.response is None:
            return None
        return (
            exchange.reading if self.response.body is exchange.response.body else read_once(self.response.body)
        ).value


class Client:
    """Sends requests to one API, adds nothing to them but `User-Agent`, and bounds their responses.

    `token`, or the callable that returns one, is sent with a request that is `authorised` and plants no
    `Authorization` of its own. `deadline` is in seconds for a whole request, `largest` in bytes for a decoded
    response. Away from loopback, requests that could change anything but an export that `owns` returns True for are
    blocked. Redirects are not followed, cookies not kept. `files` takes the place of the storage of files. `learn`
    receives every request with its response before the response is redacted. Before each request `pacing` waits;
    that time is no part of an exchange.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: Callable[[], str] | str | None,
        owns: Callable[[str], bool] = lambda _: False,
        redactor: Redactor | None = None,
        transport: httpx.BaseTransport | None = None,
        provenance: Provenance = "live",
        edition: Edition | None = None,
        files: Files | None = None,
        deadline: float = 30.0,
        largest: int = LARGEST,
        pacing: Pacing | None = None,
        prefix: str = "main",
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self.provenance = provenance
        self.edition: Edition = edition or first_edition()
        self.pacing = pacing
        self.owns = owns
        self.learn: Callable[[Request, Response], None] = lambda _, __: None
        self.redactor = redactor or Redactor(owns)
        self.redactor.learn_organisation(url=self._base_url)
        self.access_token = AccessToken(token, self.redactor)
        self._ids = (f"{prefix}-{number:05d}" for number in itertools.count(1))
        self._loopback = is_loopback(self._base_url)
        parts = urlsplit(self._base_url)
        self._host, self._base_path = parts.netloc, parts.path
        self._mock_transport = transport
        self._files = files
        self._attachments: OrderedDict[str, str] = OrderedDict()  # signed addresses of files, by exchange
        self._links = Links()
        self._earlier = EarlierResponses()
        self._transport = Transport(
            transport=transport,
            environment=not self._loopback,
            tls=parts.scheme == "https",
            deadline=deadline,
            largest=largest,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        expectation: Expectation,
        query: str = "",
        headers: Headers = (),
        body: bytes | None = None,
        authorised: bool = True,
        recorded: Exchange | None = None,
    ) -> tuple[Exchange, RawResponse]:
        """Send a request; return its exchange, as it may be kept, and the raw response.

        `path` is relative to the base URL, or an absolute URL below it. `$COMMERCELAYER_ACCESS_TOKEN` in a
        planted header stands for the token. `recorded` is the exchange whose response a recording serves; its id
        and times are those of the result.

        Raises:
            RequestBlockedError: the request must not be sent, or HTTP cannot carry it as it was meant.
        """
        if self.pacing:
            self.pacing.admit()  # before the token is taken, which could expire meanwhile
        token, trouble = self.access_token.token() if authorised or OWN_TOKEN in str(headers) else ("", "")
        added = _additions(headers, token if authorised else "")
        planted = tuple((name, value.replace(OWN_TOKEN, token)) for name, value in headers)
        outgoing = self._transport.prepare(method, self._url(path, query), planted + added, body)
        outgoing.extensions[RECORDED_EXCHANGE] = recorded
        target, _, target_query = outgoing.url.raw_path.decode("ascii").partition("?")
        if not f"{target}/".startswith(f"{self._base_path}/"):
            raise RequestBlockedError(f"{method} {path}: leads away from {self.base_url}; stay below it")
        check_dot_segments(method, path.partition("?")[0])
        kept = _with_token_named(decoded(outgoing.headers), added)
        sent = Request(outgoing.method, target.removeprefix(self._base_path), target_query, kept, body)
        if not self._loopback:
            check_request(sent.method, sent.path, sent.query, sent.headers, owns=self.owns, host=self._host)
        started, clock = time.time(), time.perf_counter()
        forget_last()  # one large response at a time is in memory
        response, trouble = (None, trouble) if trouble else self._transport.exchange(outgoing)
        elapsed = time.perf_counter() - clock
        if self.pacing:
            self.pacing.received(response)
        if response and has_more_values(response.body, VALUES_AT_MOST):
            response, trouble = None, f"answer of over {VALUES_AT_MOST} JSON values"
        _check_sent(planted + added, outgoing)
        if response:
            self.learn(sent, response)
            forget_last()  # what redacting a large one takes is enough
        exchange = self._exchange(
            expectation,
            self.redactor.request(sent),
            self.redactor.response(response, sent) if response else None,
            trouble,
            started,
            elapsed,
            recorded=recorded,
        )
        raw = RawResponse(response)
        if recorded is None:
            earlier = self._earlier.contradicted(exchange)
            exchange = replace(exchange, lookups=replace(exchange.lookups, earlier=earlier))
        url = self._attachment_of(exchange, raw)
        if url and recorded is None:
            age = self._links.age(exchange.request.path, url, exchange)
            exchange = replace(exchange, lookups=replace(exchange.lookups, link_age=age))
        return exchange, raw

    def fetch(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file whose address an exchange showed; None if it showed none, or was too long ago.

        The address, signed as it is, stays within the client, and the content of the file is not kept.
        """
        url = self._attachments.get(shown.id)
        if url is None:
            return None
        if self._files is None:
            self._files = Storage(self._base_url, user_agent=USER_AGENT, transport=self._mock_transport)
        started, clock = time.time(), time.perf_counter()
        response, file, trouble = self._files.fetch(url)
        elapsed = time.perf_counter() - clock
        address, query = self.redactor.attachment(url)
        request = Request("GET", address, query, (("User-Agent", USER_AGENT),))
        served: Exchange | None = getattr(self._files, "served", None)
        kept = self.redactor.response(response, request) if response else None
        if file and not served and member(expectation.expected, "attributes", "resource_type") not in IMPERSONAL_TYPES:
            file = replace(file, codes=(), known=())
        return self._exchange(expectation, request, kept, trouble, started, elapsed, recorded=served, file=file)

    def close(self) -> None:
        """Close the connections."""
        forget_last()
        self._transport.close()
        if self._files:
            self._files.close()

    def _exchange(
        self,
        expectation: Expectation,
        request: Request,
        response: Response | None,
        trouble: str,
        started: float,
        elapsed: float,
        *,
        recorded: Exchange | None,
        file: File | None = None,
    ) -> Exchange:
        exchange = Exchange(
            id=recorded.id if recorded else next(self._ids),
            expectation=expectation,
            request=request,
            response=response,
            base_url=self.base_url,
            provenance=self.provenance,
            started=started,
            elapsed=elapsed,
            trouble=self.redactor.text(trouble),
            edition=self.edition,
            file=file,
        )
        if recorded is None:
            return exchange
        if response and recorded.response:
            response = replace(response, omitted=recorded.response.omitted, sha256=recorded.response.sha256)
        return replace(
            exchange,
            response=response,
            started=recorded.started,
            elapsed=recorded.elapsed,
            trouble=recorded.trouble,
            lookups=recorded.lookups,
        )

    def _attachment_of(self, exchange: Exchange, raw: RawResponse) -> str:
        """Return the address of the file that a retrieval shows, and keep it for its download; empty without one."""
        if (
            raw.response is None
            or exchange.expectation.operation != "retrieve"
            or b'"attachment_url"' not in raw.response.body
        ):
            return ""
        url = member(raw.document(exchange), "data", "attributes", "attachment_url")
        if not isinstance(url, str):
            return ""
        self._attachments[exchange.id] = url[:_LONGEST_URL]
        if len(self._attachments) > ATTACHMENTS_KEPT:
            self._attachments.popitem(last=False)
        return url

    @property
    def base_url(self) -> str:
        """The API's base URL, as it may be kept."""
        return self.redactor.text(self._base_url)

    def _url(self, path: str, query: str) -> str:
        for base_url in (self._base_url, self.base_url):  # a link that is followed may be written as it is kept
            if path.startswith(f"{base_url}/"):
                path = path.removeprefix(base_url)
        if not path.startswith("/"):
            raise RequestBlockedError(f"{path}: is not below {self.base_url}; requests go nowhere else")
        return f"{self._base_url}{path}?{query}" if query else f"{self._base_url}{path}"


def _additions(planted: Headers, token: str) -> Headers:
    """Return the headers that the client adds to planted ones; it never replaces one."""
    added = (("User-Agent", USER_AGENT), ("Authorization", f"Bearer {token}"))
    return tuple(
        (name, value) for name, value in added if header_of(planted, name) is None and (token or name == "User-Agent")
    )


def _with_token_named(sent: Headers, added: Headers) -> Headers:
    """Return sent headers with the token's name in its place, however short the token is."""
    ours = ("Authorization", f"Bearer {OWN_TOKEN}")
    return tuple(ours if header in added and header[0] == ours[0] else header for header in sent)


def _check_sent(meant: Headers, outgoing: httpx.Request) -> None:
    """Raise RuntimeError if a header was not sent as it was meant."""
    sent = [(name.lower(), value) for name, value in outgoing.headers.raw]
    for name, value in meant:
        if (name.lower().encode(), encoded(value)) not in sent:
            raise RuntimeError(f"the header {name} was not sent as it was meant; this is a defect of the client")
