"""Download of the files of exports, from addresses that a server names and that are not trusted."""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from exports_conformance.client.addresses import is_internal_name, is_loopback, network_of
from exports_conformance.client.file_contents import TooLarge, file_of
from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.transport import NOT_SENT, Transport
from exports_conformance.exchange.model import File, Response

MAX_FILE = 16 * 1024 * 1024
FILE_DEADLINE = 60.0
REDIRECTS = 3
_NO_URL = "the file's address is no http or https URL"

Fetched = tuple[Response | None, File | None, str]


class Files(Protocol):
    """A source of the files of exports, by the addresses that an API has named."""

    def fetch(self, url: str) -> Fetched:
        """Return the response without its body, a description of the file, and what went wrong, in one line."""

    def close(self) -> None:
        """Close all connections."""


class Storage:
    """Fetches files by a plain GET: no token, no cookie, no header but `User-Agent`.

    Hosts and addresses that are not public are refused unless the API at `base_url` is in a network of the same kind;
    that applies to redirects too, and behind a proxy. Only http and https are requested. `deadline` is in seconds for
    a file, `largest` in bytes as served.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str,
        transport: httpx.BaseTransport | None = None,
        deadline: float = FILE_DEADLINE,
        largest: int = MAX_FILE,
        resolve: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        self._headers = (("User-Agent", user_agent),)
        self._resolve = resolve or _resolved
        self._api = urlsplit(base_url).hostname or ""
        self._proxies = {} if is_loopback(base_url) else getproxies()
        self._host = ""  # whose file is asked for
        self._deadline = deadline
        self._transport = Transport(
            transport=transport,
            environment=not is_loopback(base_url),
            tls=True,
            deadline=deadline,
            largest=largest,
            raw=True,
            admits=self._admit_peer,
        )

    def fetch(self, url: str) -> Fetched:
        """Return the response without its body, a description of the file, and what went wrong, in one line.

        There is a file with a 200 only, and a problem only without a response.
        """
        until = time.monotonic() + self._deadline
        for _ in range(REDIRECTS + 1):
            try:
                response, trouble = self._transport.exchange(self._asking_for(url))
            except OSError as error:
                return None, None, f"{NOT_SENT}{error}"
            if response is None:
                return None, None, trouble
            location = response.header("location")
            if not 300 <= response.status < 400 or not location:  # noqa: PLR2004  HTTP's own bounds
                return self._read(response)
            if time.monotonic() >= until:
                return None, None, "timeout"
            with suppress(ValueError):  # what cannot be joined is no URL, and refused as it is
                location = urljoin(url, location)
            url = location
        return None, None, f"more than {REDIRECTS} redirects"

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _read(self, response: Response) -> Fetched:
        try:
            file = file_of(response.body) if response.status == 200 else None  # noqa: PLR2004  OK
        except TooLarge as error:
            return None, None, str(error)
        return Response(response.status, response.headers), file, ""

    def _asking_for(self, url: str) -> httpx.Request:
        """Return the request for a file, or raise an `OSError` that says, without the address, why it is not sent."""
        try:
            request = self._transport.prepare("GET", url, self._headers, None)
        except RequestBlockedError:
            raise OSError(_NO_URL) from None
        if request.url.scheme not in {"http", "https"} or not request.url.host:
            raise OSError(_NO_URL)
        self._host = request.url.raw_host.decode("ascii")
        if is_internal_name(self._host) and not is_internal_name(self._api) and not is_loopback(f"//{self._api}"):
            raise OSError("the file's host is an internal name, and the API's is not")
        if not self._is_proxied(request.url.scheme):
            for address in self._resolve(self._host):
                self._admit(address)
        return request

    def _is_proxied(self, scheme: str) -> bool:
        """Return True if a proxy resolves the host's name, so that it need not have an address here."""
        proxied = bool({scheme, "all"} & set(self._proxies)) and not proxy_bypass(self._host)
        return proxied and not _is_address(self._host)

    def _admit_peer(self, host: str, address: str) -> None:
        """Raise an `OSError` for a connection to an address of the file's host that is not allowed; proxies are."""
        if host == self._host:
            self._admit(address)

    def _admit(self, text: str) -> None:
        """Raise an `OSError` unless an address is public, or in a network of the kind that the API is in."""
        network = network_of(ipaddress.ip_address(text))
        if network != "public" and network not in {
            network_of(ipaddress.ip_address(each)) for each in self._resolve(self._api)
        }:
            raise OSError(f"the file's address leads to a {network} network, where the API is not")


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _resolved(host: str) -> Iterable[str]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise OSError("the file's host has no address") from None
    return [str(entry[4][0]).partition("%")[0] for entry in found]
