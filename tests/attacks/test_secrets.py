"""No secret is kept, in whatever spelling, from the server, a recording, or a library's log."""

import base64
import json
import logging
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from exports_conformance.client.client import Client
from exports_conformance.client.redaction import REDACTED, Redactor
from exports_conformance.client.storage import Storage
from exports_conformance.exchange.model import Expectation, Request, Response
from exports_conformance.exchange.tags import OWN_TOKEN
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from tests.attacks.organisation import TOKEN, Open, bent
from tests.sockets import serving

SECRET = "s3cr/et+tök~en-7f3a"
CREATION, READ = Request("POST", "/exports"), Request("GET", "/exports/ours")


def _forms() -> Mapping[str, str]:
    octets = SECRET.encode()
    return {
        "plain": SECRET,
        "percent": quote(SECRET, safe=""),
        "percent, lower case": quote(SECRET, safe="").lower(),
        "percent, twice": quote(quote(SECRET, safe=""), safe=""),
        "percent, every byte": "".join(f"%{byte:02X}" for byte in octets),
        "hex": octets.hex(),
        "HEX": octets.hex().upper(),
        "hex with colons": octets.hex(":"),
        "base64": base64.b64encode(octets).decode(),
        "base64 of a client and it": base64.b64encode(b"id:" + octets + b":more").decode(),
        "base64 at another place": base64.b64encode(b"cl:" + b"x" + octets + b"yz").decode(),
        "base64, third place": base64.b64encode(b"cl:xy" + octets + b"z").decode(),
        "urlsafe base64": base64.urlsafe_b64encode(b"id:" + octets).decode(),
        "JSON in ASCII": json.dumps(SECRET)[1:-1],
        "JSON in JSON": json.dumps(json.dumps({"a": SECRET}))[1:-1],
    }


@pytest.mark.parametrize("form", _forms().values(), ids=_forms())
def test_token_is_found_in_every_form(form: str) -> None:
    """Whichever bytes stand around it, no eight characters of that form are kept."""
    redactor = Redactor()
    redactor.learn(SECRET, OWN_TOKEN)
    kept = redactor.body(f'{{"detail": "before {form} behind"}}'.encode()).decode()
    assert json.loads(kept).keys() == {"detail"}
    middle = form[len(form) // 2 - 4 : len(form) // 2 + 4]
    assert middle not in kept
    assert "before " in kept
    assert " behind" in kept


def test_token_in_the_name_of_a_header_is_hidden() -> None:
    redactor = Redactor()
    redactor.learn("opaque-token.of~ours")
    for name in ("X-opaque-token.of~ours", "X-opaque%2Dtoken%2Eof%7Eours", "X-opaque%2dtoken%2eof%7eours"):
        assert redactor.headers(((name, "1"),)) == ((f"X-{REDACTED}", "1"),)


def test_token_as_an_id_is_not_kept(shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The export that was created is found by its tag and removed."""

    def named_by_token(_: ServerRequest, response: ServerResponse) -> ServerResponse:
        if response.status != HTTPStatus.CREATED:
            return response
        return response.edited(lambda document: document["data"].update(id=TOKEN))

    organisation = shared(bent("create", named_by_token))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") != 0
    assert organisation.left == []
    assert TOKEN not in "".join(capfd.readouterr())
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and TOKEN.encode() in each.read_bytes()]


CREDENTIALS = (
    "password",
    "authorization",
    "Proxy-Authorization",
    "db_password",
    "passphrase",
    "secret",
    "shared_secret",
    "clientSecret",
    "api_key",
    "apiKey",
    "x-api-key",
    "private_key",
    "access_key",
    "access_token",
    "refresh_token",
    "accessToken",
    "csrf-token",
)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_member_of_a_credential_is_hidden_at_any_depth(name: str) -> None:
    """A credential is hidden as text, number or array, in objects, and in JSON within texts within texts."""
    redactor = Redactor()
    inner: dict[str, Any] = {name: "canary", "kept": 1}
    documents: list[Any] = [
        {"data": {"attributes": {"metadata": [{"deep": [inner]}]}}},
        {"data": {name: ["canary", "canary"], "kept": 1}},
        {"detail": json.dumps(inner)},
        {"detail": json.dumps({"more": json.dumps(inner)})},
        {"detail": f"before {inner} behind"},
        {"detail": f"https://x.example/callback?{name}=canary&kept=1"},
        {"detail": f"grant_type=client_credentials&{name}=canary"},
    ]
    for document in documents:
        body = json.dumps(document).encode()
        for kept in (redactor.body(body), redactor.response(Response(200, (), body), CREATION).body):
            assert b"canary" not in kept, kept
            assert json.loads(kept).keys() == document.keys()
            assert redactor.body(kept) == kept
    assert json.loads(redactor.body(json.dumps(documents[0]).encode()))["data"]["attributes"]["metadata"] == [
        {"deep": [{name: REDACTED, "kept": 1}]}
    ]


@pytest.mark.parametrize(
    "name", ["password_changed", "secretary", "token_type", "passwords_count", "key", "api", "tag"]
)
def test_member_of_another_name_is_kept(name: str) -> None:
    body = json.dumps({name: "canary"}).encode()
    assert Redactor().body(body) is body


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "X-Auth-Token",
        "X-Api-Key",
        "X-Amz-Security-Token",
        "X-Csrf-Token",
        "Set-Cookie",
        "Cookie",
        "X-Access-Token",
        "Api-Key",
        "X-Shared-Secret",
    ],
)
def test_header_of_a_credential_is_hidden_in_responses(name: str) -> None:
    kept = Redactor().response(Response(200, ((name, "canary"), ("X-Ratelimit-Limit", "100"))), CREATION).headers
    assert kept == ((name, REDACTED), ("X-Ratelimit-Limit", "100"))


def test_private_key_and_foreign_tokens_are_hidden() -> None:
    pem = "-----BEGIN RSA PRIVATE KEY-----\nY2FuYXJ5Y2FuYXJ5\nY2FuYXJ5\n-----END RSA PRIVATE KEY-----"
    for text in (json.dumps({"detail": pem}), pem):
        kept = Redactor().body(text.encode())
        assert b"Y2FuYXJ5" not in kept
        assert b"END RSA PRIVATE KEY" in kept


def test_no_log_level_shows_what_was_sent_or_received(caplog: pytest.LogCaptureFixture) -> None:
    """No log level shows the token, a cookie or the signature of a file's address, redirected or not."""
    caplog.set_level(logging.DEBUG)

    def behave(connection: Any, request: bytes) -> None:
        location = b"" if b"canary2" in request else b"Location: /file?X-Amz-Signature=canary2\r\n"
        status = b"302 Found" if location else b"200 OK"
        connection.sendall(
            b"HTTP/1.1 " + status + b"\r\nSet-Cookie: canary\r\n" + location + b"Content-Length: 0\r\n\r\n"
        )

    with serving(behave) as origin:
        with closing(Storage(f"{origin}/api", user_agent="x")) as storage:
            response, _, _ = storage.fetch(f"{origin}/file?X-Amz-Signature=canary1")
        with closing(Client(f"{origin}/api", token="canary-token")) as client:
            client.send("GET", "/exports", expectation=Expectation("case", "list"))
    assert response is not None
    assert response.status == 200
    assert "canary" not in caplog.text
    logging.getLogger("httpx").info("somebody else's request")
    assert "somebody else's request" in caplog.text


FOREIGN = {"id": "canaryXIDs", "type": "exports", "attributes": {"reference": "canary", "records_count": 12}}
ODD: Mapping[str, Any] = {
    "array": [FOREIGN],
    "of another member": {"exports": [FOREIGN]},
    "beside the data": {"data": [], "exports": [FOREIGN]},
    "within the data": {"data": {"exports": [FOREIGN]}},
    "flat": {"data": [{"id": "canaryXIDs", "type": "exports", "reference": "canary"}]},
    "rows": {"data": [["canaryXIDs", "canary"], "canary"]},
    "text": {"data": "canary"},
    "in the meta": {"data": [], "meta": {"record_count": 1, "last": {"reference": "canary"}}},
    "in the meta of a resource": {"data": [{**FOREIGN, "meta": {"mode": "test", "owner": "canary"}}]},
    "in a relationship": {"data": [{**FOREIGN, "relationships": {"events": {"meta": {"by": "canary"}}}}]},
    "text of JSON": json.dumps([FOREIGN]),
}


@pytest.mark.parametrize("document", ODD.values(), ids=ODD)
def test_foreign_exports_in_a_list_of_another_shape_are_hidden(document: Any) -> None:
    """Its keys are kept, and whether it is JSON."""
    redactor = Redactor(lambda _: False)
    body = json.dumps(document).encode()
    kept = redactor.response(Response(200, (), body), Request("GET", "/exports", "page[size]=25")).body
    assert b"canary" not in kept
    assert type(json.loads(kept)) is type(document)
    if isinstance(document, dict):
        assert json.loads(kept).keys() == document.keys()
        assert json.loads(kept).get("meta", {}).get("record_count") in {None, 1}


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body title='canary'><td>canary</td><td>canary</td></body></html>",
        b"id,reference\r\ncanaryXIDs,canary nightly\r\n",
        b'{"data": [{"type": "exports", "attributes": {"reference": "canary"}}], "data": []}',
        b'{"data": [{"type": "exports", "attributes": {"reference": "canary',
        b"\xff\xfec\0a\0n\0a\0r\0y\0",
    ],
)
def test_foreign_exports_in_a_body_that_is_no_document_are_hidden(body: bytes) -> None:
    kept = Redactor(lambda _: False).response(Response(200, (), body), Request("GET", "/exports")).body
    assert b"canary" not in kept.replace(b"\0", b"")
    assert kept[:1] == body[:1] or not kept[:1].isascii()


def test_page_of_a_gateway_is_kept() -> None:
    """It is what explains the failure, and shows nobody's exports."""
    page = b"<html><h1>503 Service Unavailable</h1></html>"
    assert Redactor(lambda _: False).response(Response(503, (), page), Request("GET", "/exports")).body == page


def test_our_own_exports_are_kept_beside_foreign_ones() -> None:
    ours = {"id": "ours", "type": "exports", "attributes": {"reference": "mine"}, "extra": "mine"}
    body = json.dumps({"data": [ours, FOREIGN], "meta": {"record_count": 2}}).encode()
    kept = json.loads(Redactor(lambda one: one == "ours").response(Response(200, (), body), READ).body)
    assert kept["data"][0] == ours
    assert kept["meta"] == {"record_count": 2}
    assert "canary" not in json.dumps(kept["data"][1])
