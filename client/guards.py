"""Guards: requests that must not be sent to an organisation that others share, and addresses that may be sent to."""

import ipaddress
import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

from exports_conformance.exchange.model import Headers

OVERRIDES = {"x-http-method-override", "x-http-method", "x-method-override"}
REWRITES = {"x-original-url", "x-rewrite-url"}
READING = {"GET", "HEAD", "OPTIONS", "TRACE"}
LONGEST_ID = 200
"""Characters of an export's id; no server of the API has longer ones, and they would not fit into an address."""
_SEPARATOR = re.compile(r"[/\\]")


class RequestBlockedError(Exception):
    """A request that was not sent, and why, in one line."""


class NotOursError(RequestBlockedError):
    """A change of an export that this run is not shown to have created."""


class ExportLimitError(RequestBlockedError):
    """A request that was not sent because it would exceed a limit of the run."""


def check_dot_segments(method: str, path: str) -> None:
    """Let a path pass if no proxy can read another path in it, however often it unquotes it.

    Raises:
        RequestBlockedError: one of its segments is `.` or `..`.
    """
    if not {".", ".."}.isdisjoint(_SEPARATOR.split(_plain(path))):
        raise RequestBlockedError(f"{method} {path}: a dot segment would change the path; remove it")


def is_segment(export_id: str) -> bool:
    """Return True if an id can be one segment of a path, which no proxy takes for others, however often it unquotes."""
    try:
        plain = _plain(quote(export_id, safe=""))
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return 0 < len(export_id) <= LONGEST_ID and plain not in {".", ".."} and not _SEPARATOR.search(plain)


def check_request(
    method: str, path: str, query: str, headers: Headers, *, owns: Callable[[str], bool], host: str
) -> None:
    """Let a request pass if it can change nothing but exports that this run `owns`.

    Raises:
        RequestBlockedError: it could change or remove something else, or reach another host.
    """
    what = f"{method} {path}"
    for name, value in headers:
        plain = name.lower().replace("_", "-")  # CGI, and so Rack, makes no difference between the two
        if plain in OVERRIDES:
            raise RequestBlockedError(f"{what}: the header {name} would change the method; remove it")
        if plain in REWRITES:
            raise RequestBlockedError(f"{what}: the header {name} would change the path; remove it")
        if name.lower() == "host" and value.lower() != host:
            raise RequestBlockedError(f"{what}: the header Host names another host than the API's; remove it")
    if any(part.startswith("_method") for part in unquote(query).replace(";", "&").split("&")):
        raise RequestBlockedError(f"{what}: _method in the query would change the method; remove it")
    if any(_SEPARATOR.search(_plain(segment)) for segment in path.split("/")):
        raise RequestBlockedError(f"{what}: a slash within a segment would change the path; remove it")
    if method.upper() not in READING:
        _check_writing(method, path, owns)


def _check_writing(method: str, path: str, owns: Callable[[str], bool]) -> None:
    what = f"{method} {path}"
    resource, *rest = [unquote(segment) for segment in path.split("/") if segment] or [""]
    if resource != "exports":
        raise RequestBlockedError(f"{what}: only exports may be written to; use /exports")
    if not rest and method == "DELETE":
        raise RequestBlockedError(f"{what}: could remove every export of the organisation; delete one by its id")
    if rest and not owns(rest[0]):
        raise RequestBlockedError(
            f"{what}: {rest[0]} is not known to be an export of this run; only its own exports may be changed"
        )
    if method in {"PATCH", "DELETE"} and (len(rest) > 1 or "//" in path):
        raise RequestBlockedError(f"{what}: the path has more than exports and an id; remove the rest")


def _plain(path: str) -> str:
    """Unquote a path until there is nothing left to unquote; each time it becomes shorter."""
    while (plain := unquote(path)) != path:
        path = plain
    return path


EXAMPLE = "https://yourdomain.commercelayer.io/api"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = Literal["public", "private", "link-local", "loopback"]

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*", re.ASCII | re.IGNORECASE)
_INTERNAL = (".localhost", ".internal", ".local", ".localdomain", ".home.arpa", ".intranet", ".lan", ".corp", ".home")


def base_url_of(text: str, *, allow_http: bool = False) -> str:
    """Return an API's base URL without a slash at its end; plain http away from loopback only with `allow_http`.

    Raises:
        ValueError: the text is not such a URL; the message says why, and never shows the text itself.
    """
    parts = _parts(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"is not a URL; write it as {EXAMPLE}")
    if "@" in parts.netloc:
        raise ValueError("has a user or password in it; put the token into COMMERCELAYER_ACCESS_TOKEN and remove them")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError(f"has a query or fragment; it ends with /api, as in {EXAMPLE}")
    path = parts.path.rstrip("/")
    if "//" in path or "/./" in path or "/../" in path:
        raise ValueError(f"has a slash or a dot too many in its path; write it as {EXAMPLE}")
    if not path.endswith("/api"):
        raise ValueError(f"has no /api at its end; write it as {EXAMPLE}")
    if parts.scheme == "http" and not is_loopback(text) and not allow_http:
        raise ValueError("is http, which shows the token to everybody on the way; write https (a mock: --allow-http)")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def check_token_endpoint(text: str) -> None:
    """Raise unless a text is the URL of a token endpoint, to which a client's secret may be sent.

    Raises:
        ValueError: the text is not such a URL; the message says why, and never shows the text itself.
    """
    parts = _parts(text, "https://auth.commercelayer.io/oauth/token")
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(text))
    if not secure or not parts.hostname:
        raise ValueError("is not an https URL")
    if "@" in parts.netloc:
        raise ValueError("has a user or password in it")


def is_loopback(url: str) -> bool:
    """Return True if a URL leads back to this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_endpoint_of(base_url: str) -> str:
    """Return the token endpoint that belongs to an API: `https://auth.<base domain>/oauth/token`.

    On loopback, which has no domains, it is `/oauth/token` of the same server.
    """
    parts = urlsplit(base_url)
    if is_loopback(base_url):
        return f"{parts.scheme}://{parts.netloc}/oauth/token"
    _, _, domain = parts.netloc.partition(".")
    return f"{parts.scheme}://auth.{domain}/oauth/token"


def network_of(address: Address) -> Network:
    """Return the kind of network that an address belongs to, or that the IPv4 address embedded in it belongs to."""
    address = _embedded(address)
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    is_site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return "public" if address.is_global and not address.is_multicast and not is_site_local else "private"


def is_internal_name(host: str) -> bool:
    """Return True if a host has no public name.

    Such a host has no dot, is a number that some resolvers read as an address, or is below a domain for internal use.
    """
    host = host.rstrip(".").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_INTERNAL) or _NUMERIC.fullmatch(host) is not None
    return False


def _embedded(address: Address) -> Address:
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    is_compatible = address in _IPV4_COMPATIBLE and int(address) > 1  # neither :: nor ::1
    if is_compatible or any(address in each for each in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _parts(text: str, example: str = EXAMPLE) -> SplitResult:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"has a space, a line break or a character that no URL has; write it as {example}")
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number, or none that a port can have
    except ValueError:
        raise ValueError(f"is not a URL; write it as {example}") from None
    return parts
