"""Addresses: what a base URL of the API looks like, and which addresses are this machine's own."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

EXAMPLE = "https://yourdomain.commercelayer.io/api"


def base_url_of(text: str) -> str:
    """Give an API's base URL without a slash at its end.

    Raises:
        ValueError: the text is no such URL; the message says why, and never shows the text itself.
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
    if parts.scheme == "http" and not is_loopback(text):
        raise ValueError("is http, which shows the token to everybody on the way; write https")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def check_token_endpoint(text: str) -> None:
    """Let the URL of a token endpoint pass, to which a client's secret is going to be sent.

    Raises:
        ValueError: the text is no such URL; the message says why, and never shows the text itself.
    """
    parts = _parts(text, "https://auth.commercelayer.io/oauth/token")
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(text))
    if not secure or not parts.hostname:
        raise ValueError("is not an https URL")
    if "@" in parts.netloc:
        raise ValueError("has a user or password in it")


def is_loopback(url: str) -> bool:
    """Say whether a URL leads back to this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_endpoint_of(base_url: str) -> str:
    """Give the token endpoint that belongs to an API: `https://auth.<base domain>/oauth/token`.

    On loopback, which has no domains, it is `/oauth/token` of the same server.
    """
    parts = urlsplit(base_url)
    if is_loopback(base_url):
        return f"{parts.scheme}://{parts.netloc}/oauth/token"
    _, _, domain = parts.netloc.partition(".")
    return f"{parts.scheme}://auth.{domain}/oauth/token"


def _parts(text: str, example: str = EXAMPLE) -> SplitResult:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"has a space, a line break or a character that no URL has; write it as {example}")
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number, or none that a port can have
    except ValueError:
        raise ValueError(f"is not a URL; write it as {example}") from None
    return parts
