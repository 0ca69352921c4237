"""The address of a file leads nowhere that the API could not reach itself: into no network of the run's machine."""

import ipaddress
from contextlib import closing

import httpx
import pytest

from exports_conformance.client.guards import is_internal_name, network_of
from exports_conformance.client.storage import Storage

API = "https://shared.commercelayer.io/api"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("93.184.216.34", "public"),
        ("2606:2800:220:1::1", "public"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b:1::a9fe:a9fe", "link-local"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "link-local"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "private"),
        ("169.254.169.254", "link-local"),
        ("::169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fec0::1", "private"),
        ("fd00::1", "private"),
        ("10.0.0.1", "private"),
        ("::10.0.0.1", "private"),
        ("64:ff9b::a00:1", "private"),
        ("100.64.0.1", "private"),
        ("0.0.0.1", "private"),
        ("::", "private"),
        ("224.0.0.1", "private"),
        ("64:ff9b::5db8:d822", "public"),
    ],
)
def test_embedded_addresses_count(address: str, network: str) -> None:
    assert network_of(ipaddress.ip_address(address)) == network


INTERNAL = (
    "intranet",
    "2130706433",
    "0x7f000001",
    "127.1",
    "0177.0.0.1",
    "a.localhost",
    "metadata.google.internal",
    "x.local.",
)
PUBLIC = ("s3.amazonaws.com", "1.example.com", "cl-exports.s3.eu-west-1.amazonaws.com", "internal.example.com")


def test_internal_names_are_distinguished_from_public_ones() -> None:
    assert [host for host in (*INTERNAL, *PUBLIC) if is_internal_name(host)] == [*INTERNAL]


ADDRESSES = ("169.254.169.254", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::")


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
@pytest.mark.parametrize("host", [*INTERNAL, *ADDRESSES])
def test_file_at_an_internal_address_is_not_requested(host: str, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file at an internal address is requested neither by name, which a proxy would resolve, nor by address."""
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy)
    requested: list[str] = []
    target = f"http://[{host}]/x" if ":" in host else f"http://{host}/x"

    def respond(request: httpx.Request) -> httpx.Response:
        requested.append(request.url.host)
        return httpx.Response(302, headers={"Location": target}, stream=httpx.ByteStream(b""))

    def resolve(name: str) -> list[str]:
        bare = name.strip("[]")
        return [bare if bare in ADDRESSES else "169.254.169.254" if bare in INTERNAL else "93.184.216.34"]

    transport = httpx.MockTransport(respond)
    with closing(Storage(API, user_agent="x", transport=transport, resolve=resolve)) as storage:
        for url in (target, "https://s3.amazonaws.com/redirecting"):
            response, file, trouble = storage.fetch(url)
            assert (response, file) == (None, None)
            assert trouble.startswith(("not sent: the file's ", "not HTTP: its Location is no URL"))
            assert host not in trouble
    assert requested == ["s3.amazonaws.com"]
