"""The storage: where the files of exports lie, behind addresses that a server names and nobody has to trust."""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

import httpx

from exports_conformance.contract.exchange import Answer, File
from exports_conformance.endpoints.addresses import is_loopback
from exports_conformance.endpoints.contents import TooLarge, file_of
from exports_conformance.endpoints.guards import DoorRefused
from exports_conformance.endpoints.wire import NOT_SENT, Wire

LARGEST = 16 * 1024 * 1024
DEADLINE = 60.0
REDIRECTS = 3

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Fetched = tuple[Answer | None, File | None, str]


class Storage:
    """Fetches files by a plain GET: no token, no cookie, no header but `User-Agent`.

    Addresses that are not public are asked only if the API at `base_url` is of the same kind, redirects included;
    nothing but http and https is. `deadline` is in seconds for a file, `largest` in bytes as served.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str,
        transport: httpx.BaseTransport | None = None,
        deadline: float = DEADLINE,
        largest: int = LARGEST,
        resolve: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        self._headers = (("User-Agent", user_agent),)
        self._resolve = resolve or _resolved
        self._api = urlsplit(base_url).hostname or ""
        self._proxied = not is_loopback(base_url) and bool(getproxies())
        self._wire = Wire(
            transport=transport,
            environment=not is_loopback(base_url),
            tls=True,
            deadline=deadline,
            largest=largest,
            raw=True,
            admits=None if self._proxied else self._admit,
        )

    def fetch(self, url: str) -> Fetched:
        """Give the answer of a file's address without its body, what the file is, and the trouble, in one line.

        A file is given with a 200 only; trouble comes without an answer.
        """
        for _ in range(REDIRECTS + 1):
            try:
                self._check(url)
                answer, trouble = self._wire.exchange(self._wire.prepare("GET", url, self._headers, None))
            except (OSError, DoorRefused) as error:
                return None, None, f"{NOT_SENT}{error}"
            if answer is None:
                return None, None, trouble
            location = answer.header("location")
            if not 300 <= answer.status < 400 or not location:  # noqa: PLR2004  HTTP's own bounds
                return self._read(answer)
            url = urljoin(url, location)
        return None, None, f"more than {REDIRECTS} redirects"

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _read(self, answer: Answer) -> Fetched:
        try:
            file = file_of(answer.body) if answer.status == 200 else None  # noqa: PLR2004  OK
        except TooLarge as error:
            return None, None, str(error)
        return Answer(answer.status, answer.headers), file, ""

    def _check(self, url: str) -> None:
        """Let a file's address pass; raises an `OSError` that says why not, without the address itself."""
        try:
            parts = urlsplit(url)
            host = parts.hostname if parts.scheme in {"http", "https"} else None
        except ValueError:
            host = None
        if not host:
            raise OSError("the file's address is no http or https URL")
        if not self._proxied:
            for address in self._resolve(host):
                self._admit(address)

    def _admit(self, text: str) -> None:
        """Let an address pass that is public, or of the kind that the API's own is."""
        kind = _kind(ipaddress.ip_address(text))
        if kind != "public" and kind not in {_kind(ipaddress.ip_address(each)) for each in self._resolve(self._api)}:
            raise OSError(f"the file's address leads to a {kind} network, where the API is not")


def _kind(address: Address) -> str:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    return "public" if address.is_global and not address.is_multicast else "private"


def _resolved(host: str) -> Iterable[str]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        raise OSError("the file's host has no address") from None
    return [str(entry[4][0]).partition("%")[0] for entry in found]
