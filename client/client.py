"""The door: the one place where requests leave and answers come in."""

import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

import httpx

from exports_conformance.client.addresses import is_loopback
from exports_conformance.client.guards import DoorRefused, check, check_dots
from exports_conformance.client.ledger import Ledger
from exports_conformance.client.pacing import Pacing
from exports_conformance.client.redaction import TOKEN, Redactor
from exports_conformance.client.storage import Files, Storage
from exports_conformance.client.token import Access
from exports_conformance.client.transport import Transport, decoded, encoded
from exports_conformance.contract.editions import Edition, first_edition
from exports_conformance.exchange.model import Exchange, Expectation, Headers, Provenance, Request, Response, header_of
from exports_conformance.exchange.strict_json import Json, read_json

USER_AGENT = f"exports-conformance/{version('exports-conformance')}"
LARGEST = 8 * 1024 * 1024
ATTACHMENTS_KEPT = 32


@dataclass(frozen=True, slots=True, repr=False)
class Raw:
    """An answer with its secrets: for finding what was created, never printed, kept or handed on."""

    response: Response | None

    def document(self, exchange: Exchange) -> Json:
        """Give the answer's document; what is read of the exchange is not read twice."""
        if self.response is None or exchange.response is None:
            return None
        return (
            exchange.reading if self.response.body is exchange.response.body else read_json(self.response.body)
        ).value


class Door:
    """Sends requests to one API, adding nothing that was not asked for but `User-Agent`, and bounds their answers.

    `token`, or what gives it, goes along where a request asks for it and plants no `Authorization` itself.
    `deadline` is in seconds for a whole request, `largest` in bytes for a decoded answer. Away from loopback,
    what could harm anything but this run's own exports is refused. Redirects are not followed, cookies not kept.
    `restored` may put a recorded exchange in the place of its replay, `files` the files of a recording in the place
    of those in a storage.
    `pacing`, where given, is waited for before each request; that time is no part of an exchange.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: Callable[[], str] | str | None,
        ledger: Ledger,
        redactor: Redactor | None = None,
        transport: httpx.BaseTransport | None = None,
        provenance: Provenance = "live",
        edition: Edition | None = None,
        restored: Callable[[Exchange], Exchange] | None = None,
        files: Files | None = None,
        deadline: float = 30.0,
        largest: int = LARGEST,
        pacing: Pacing | None = None,
        prefix: str = "main",
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self.provenance = provenance
        self.edition: Edition = edition or first_edition()
        self.redactor = redactor or Redactor(ledger.owns)
        self.redactor.learn_organisation(url=self._base_url)
        self.access = Access(token, self.redactor)
        self._restored = restored
        self._ledger = ledger
        self._pacing = pacing
        self._ids = (f"{prefix}-{number:05d}" for number in itertools.count(1))
        self._loopback = is_loopback(self._base_url)
        parts = urlsplit(self._base_url)
        self._host, self._base_path = parts.netloc, parts.path
        self._transport = transport
        self._files = files
        self._attachments: OrderedDict[str, str] = OrderedDict()  # signed addresses of files, by exchange
        self._wire = Transport(
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
    ) -> tuple[Exchange, Raw]:
        """Send a request and give its exchange, as it may be kept, and the raw answer.

        `path` is relative to the base URL, or an absolute URL below it. `$COMMERCELAYER_ACCESS_TOKEN` in a
        planted header stands for the token.

        Raises:
            DoorRefused: the request must not leave, or cannot be sent as it was meant.
        """
        if self._pacing:
            self._pacing.admit()  # before the token is taken, which could run out meanwhile
        token, trouble = self.access.token() if authorised or TOKEN in str(headers) else ("", "")
        added = _additions(headers, token if authorised else "")
        planted = tuple((name, value.replace(TOKEN, token)) for name, value in headers)
        outgoing = self._wire.prepare(method, self._url(path, query), planted + added, body)
        outgoing.extensions["expectation"] = expectation  # which is not sent; who replays a recording goes by it
        where, _, asked = outgoing.url.raw_path.decode("ascii").partition("?")
        if not f"{where}/".startswith(f"{self._base_path}/"):
            raise DoorRefused(f"{method} {path}: leaves {self.base_url}; stay below it")
        check_dots(method, path.partition("?")[0])
        kept = _named(decoded(outgoing.headers), added)
        sent = Request(outgoing.method, where.removeprefix(self._base_path), asked, kept, body)
        if not self._loopback:
            check(sent.method, sent.path, sent.query, sent.headers, owns=self._ledger.owns, host=self._host)
        started, clock = time.time(), time.perf_counter()
        response, trouble = (None, trouble) if trouble else self._wire.exchange(outgoing)
        elapsed = time.perf_counter() - clock
        if self._pacing:
            self._pacing.answered(response)
        _demand(planted + added, outgoing)
        exchange = Exchange(
            id=next(self._ids),
            expectation=expectation,
            request=self.redactor.request(sent),
            response=self.redactor.response(response, sent) if response else None,
            base_url=self.base_url,
            provenance=self.provenance,
            started=started,
            elapsed=elapsed,
            trouble=self.redactor.text(trouble),
            edition=self.edition,
        )
        raw = Raw(response)
        exchange = self._restored(exchange) if self._restored else exchange
        self._keep_attachment(exchange, raw)
        return exchange, raw

    def fetch(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file whose address an exchange showed; None where it showed none, or that is long ago.

        The address, signed as it is, stays within the door, and the content of the file is not kept.
        """
        url = self._attachments.get(shown.id)
        if url is None:
            return None
        if self._files is None:
            self._files = Storage(self._base_url, user_agent=USER_AGENT, transport=self._transport)
        started, clock = time.time(), time.perf_counter()
        response, file, trouble = self._files.fetch(url)
        address, query = self.redactor.attachment(url)
        asked = Request("GET", address, query, (("User-Agent", USER_AGENT),))
        exchange = Exchange(
            id=next(self._ids),
            expectation=expectation,
            request=asked,
            response=self.redactor.response(response, asked) if response else None,
            base_url=self.base_url,
            provenance=self.provenance,
            started=started,
            elapsed=time.perf_counter() - clock,
            trouble=self.redactor.text(trouble),
            edition=self.edition,
            file=file,
        )
        return self._restored(exchange) if self._restored else exchange

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()
        if self._files:
            self._files.close()

    def _keep_attachment(self, exchange: Exchange, raw: Raw) -> None:
        if (
            raw.response is None
            or exchange.expectation.operation != "retrieve"
            or b'"attachment_url"' not in raw.response.body
        ):
            return
        document = raw.document(exchange)
        for member in ("data", "attributes", "attachment_url"):
            document = document.get(member) if isinstance(document, dict) else None
        if isinstance(document, str):
            self._attachments[exchange.id] = document
            if len(self._attachments) > ATTACHMENTS_KEPT:
                self._attachments.popitem(last=False)

    @property
    def base_url(self) -> str:
        """The API's base URL, as it may be kept."""
        return self.redactor.text(self._base_url)

    def _url(self, path: str, query: str) -> str:
        for base_url in (self._base_url, self.base_url):  # a link that was followed may be as it is kept
            if path.startswith(f"{base_url}/"):
                path = path.removeprefix(base_url)
        if not path.startswith("/"):
            raise DoorRefused(f"{path}: is not below {self.base_url}; requests go nowhere else")
        return f"{self._base_url}{path}?{query}" if query else f"{self._base_url}{path}"


def _additions(planted: Headers, token: str) -> Headers:
    """Give what the door adds to planted headers, and never in their place."""
    added = (("User-Agent", USER_AGENT), ("Authorization", f"Bearer {token}"))
    return tuple(
        (name, value) for name, value in added if header_of(planted, name) is None and (token or name == "User-Agent")
    )


def _named(sent: Headers, added: Headers) -> Headers:
    """Give sent headers with the token's name in its place, however short the token is."""
    ours = ("Authorization", f"Bearer {TOKEN}")
    return tuple(ours if header in added and header[0] == ours[0] else header for header in sent)


def _demand(meant: Headers, outgoing: httpx.Request) -> None:
    """See to it that what was meant is what was sent."""
    sent = [(name.lower(), value) for name, value in outgoing.headers.raw]
    for name, value in meant:
        if (name.lower().encode(), encoded(value)) not in sent:
            raise RuntimeError(f"the header {name} was not sent as it was meant; this is a defect of the door's")
