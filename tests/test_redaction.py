"""Redaction: no secret and nobody else's data is kept, and nothing else is touched."""

import json
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports_conformance.client.redaction import REDACTED, Redactor
from exports_conformance.exchange.model import UNSEEN, Request, Response
from exports_conformance.exchange.strict_json import read_json
from exports_conformance.exchange.tags import OWN_TOKEN

SECRET = "canary/secret+token=="
JWT = "eyJhbGciOiJIUzUxMiJ9.eyJjYW5hcnkiOnRydWV9.canarycanary"
OURS, THEIRS = "AAAAAAAAAA", "canaryXIDs"
LIST = Request("GET", "/exports")


def _redactor() -> Redactor:
    redactor = Redactor(lambda export_id: export_id == OURS)
    redactor.learn(SECRET, OWN_TOKEN)
    return redactor


def _resource(export_id: str, **attributes: Any) -> dict[str, Any]:
    link = f"https://shop.commercelayer.io/api/exports/{export_id}"
    return {
        "id": export_id,
        "type": "exports",
        "links": {"self": link},
        "attributes": attributes,
        "relationships": {"events": {"links": {"self": f"{link}/relationships/events"}}},
        "meta": {"mode": "test", "organization_id": "xRRkjFdeaD"},
    }


def _kept(document: Any, request: Request = LIST) -> Any:
    body = json.dumps(document).encode()
    return json.loads(_redactor().response(Response(200, (), body), request).body)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"token": "{SECRET}"}}'.encode(),
        json.dumps({"token": f"x{SECRET}y"}).replace("/", "\\/").encode(),
        json.dumps({"token": SECRET}).replace("canary", "\\u0063anary").encode(),
        f"<html>{SECRET}</html>".encode(),
        f"no json {{ {SECRET}".encode(),
        b"\xff\xfe" + SECRET.encode("utf-16-le"),
        SECRET.encode("utf-16-be"),
        f"https://x.io/?a={quote(SECRET, safe='')}".encode(),
        f'{{"jwt": "{JWT}"}}'.encode(),
        f"Bearer {JWT} was refused".encode(),
        b'{"attachment_url": "https://s3.amazonaws.com/b/f.gz?opaque=canary&b=canary%20"}',
        b'{"attachment_url":"https:\\/\\/s3.amazonaws.com\\/f.gz?X=canary\\u0026Y=canary"}',
        b'{"attachment_url":"https://s3.amazonaws.com/f.gz\\u003fX\\u003dcanary"}',
        b' {"attachment_url": "\\u00zz?a=canary',
        b'{"other": "https://s3.amazonaws.com/f.gz?X-Amz-Signature=canary&X-Amz-Date=canary"}',
        b'{"other": ["https://cdn.io/f.gz?Expires=canary\\u0026Signature=canary"]}',
        b'<a href="https://cdn.io/f.gz?se=canary&amp;sig=canary">',
        b'{"other": "https://user:canary@storage.example.com/bucket/f.gz"}',
        b'{"other": "https:\\/\\/user:can@canary@storage.example.com\\/f.gz"}',
        b'{"other": "https\\u003a//canary@storage.example.com/bucket/f.gz"}',
        b'{"other": "https://storage.example.com/bucket/f.gz;se=1;sig=canary/canary"}',
        b'{"other": "https://storage.example.com/f.gz\\u003bsig=canary?page=1&size=2"}',
        b'{"other": "//storage.example.com/bucket/f.gz?X-Amz-Signature=canary"}',
        b'{"other": "\\/\\/storage.example.com\\/bucket\\/f.gz?X-Amz-Signature=canary"}',
    ],
)
def test_a_secret_is_found_in_every_form(body: bytes) -> None:
    """Escaped, encoded, in JSON or not, a secret is not kept, and JSON stays JSON of the same shape."""
    kept = _redactor().body(body)
    assert b"canary" not in kept.replace(b"\0", b"")
    assert _redactor().body(kept) == kept
    if body.startswith(b"{"):
        assert json.loads(kept).keys() == json.loads(body).keys()


def test_a_signed_url_stays_a_url() -> None:
    """Host, path and the names of parameters are kept."""
    body = b'{"attachment_url": "https://s3.eu.amazonaws.com/bucket/f.csv.gz?A=1%3D=&B=2;C#top", "n": 1}'
    kept = b'{"attachment_url": "https://s3.eu.amazonaws.com/bucket/f.csv.gz?A=redacted&B=redacted;C#top", "n": 1}'
    assert _redactor().body(body) == kept


def test_a_url_keeps_its_host_and_path() -> None:
    """Names of the requester and signed values are hidden."""
    body = b'["https://u:p@x.example.com/a;v=1/b?c=d@e", "//x.example.com/a;v=1;sig=canary?b=1"]'
    kept = b'["https://[redacted]@x.example.com/a;v=1/b?c=d@e", "//x.example.com/a;v=redacted;sig=redacted?b=1"]'
    assert _redactor().body(body) == kept


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "client_secret", "id_token"])
@pytest.mark.parametrize("value", ["canary", 'a"canary\\', "ü canary", -7357, "", None])
def test_a_credential_is_known_by_its_name(name: str, value: Any) -> None:
    """A credential is recognised by its name, whatever its value, anywhere in a response."""
    document = {"data": _resource(OURS, metadata={"a": [{name: value, "token_type": "Bearer"}]})}
    kept = _kept(document)
    attributes = kept["data"]["attributes"]
    assert attributes == {"metadata": {"a": [{name: REDACTED if value else value, "token_type": "Bearer"}]}}
    assert _kept(kept) == kept


def test_a_credential_that_was_cut_off_stays_so() -> None:
    body = f'{{"token_type": "Bearer", "access_token" :\n"{"canary" * 9}'.encode()
    kept = _redactor().response(Response(200, (), body), Request("POST", "/exports")).body
    assert kept == b'{"token_type": "Bearer", "access_token" :\n"[redacted]'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"attachment_url": null}',
        b'{"attachment_url": "https://s3.amazonaws.com/file.gz"}',
        b'{"links": {"next": "https://x.io/api/exports?page[size]=1&filter[q][a_eq]=b"}}',
        '{"reference": "Größe \\u00e9 \\ud800 \\" \\\\ eyJ ?", "a" : 1.0}'.encode(),
        b'{"a": 1, "a": 1} trailing \x00 \xff \x85 \xa0',
    ],
)
def test_what_has_no_secret_stays_as_it_is(body: bytes) -> None:
    """Byte for byte, whether it is JSON or not."""
    assert _redactor().body(body) is body
    assert _redactor().response(Response(200, (), body), Request("POST", "/exports")).body == body


@given(st.binary() | st.text().map(str.encode) | st.text().map(json.dumps).map(str.encode))
def test_any_body_without_a_secret_stays_as_it_is(body: bytes) -> None:
    """Nothing is read into what has nothing."""
    assert _redactor().body(body) == body


@pytest.mark.parametrize(
    "part",
    [
        b'\\"',
        b"http://",
        b'"',
        b"eyJ",
        b'"attachment_url":"',
        b"https://x?a=&",
        b"//",
        b"//a@",
        b";sig=",
        b'"id_token":',
        b'"id_token":"',
    ],
)
def test_time_is_in_proportion_to_the_body(part: bytes) -> None:
    """A body made to be slow to search is not."""
    body = b"?" + part * (1_000_000 // len(part))
    started = time.process_time()
    _redactor().response(Response(200, (), body), Request("POST", "/exports"))
    assert time.process_time() - started < 2


def test_response_headers_have_no_cookies_and_no_secrets() -> None:
    """The names stay, and what is harmless."""
    headers = (("Set-Cookie", "id=canary"), ("X-Token", f"a {SECRET}"), ("Location", "https://x.io/exports/1"))
    assert _redactor().headers(headers) == (
        ("Set-Cookie", REDACTED),
        ("X-Token", f"a {OWN_TOKEN}"),
        ("Location", "https://x.io/exports/1"),
    )


def test_a_planted_credential_stays_in_the_request() -> None:
    """It is what the request was about; our own never stays, whatever scheme it is planted with."""
    planted = (("Authorization", f"Bearer {JWT}"), ("authorization", f"Basic {SECRET}"), ("Cookie", "canary"))
    kept = _redactor().request(Request("GET", "/exports", "", planted)).headers
    assert kept == (("Authorization", f"Bearer {JWT}"), ("authorization", f"Basic {OWN_TOKEN}"), ("Cookie", REDACTED))


def test_a_foreign_export_keeps_only_the_shape_of_its_keys() -> None:
    """Values go, types of values, keys and the organisation stay; the id becomes another one of its shape."""
    attributes: dict[str, Any] = {
        "reference": "canary",
        "metadata": {"k": ["canary", 7, True, None, 1.5]},
        "records_count": 12,
    }
    document: dict[str, Any] = {
        "data": [_resource(OURS, reference="mine"), _resource(THEIRS, **attributes)],
        "meta": {"record_count": 2},
    }
    kept = _kept(document)
    assert "canary" not in json.dumps(kept)
    assert kept["data"][0] == document["data"][0]
    other = kept["data"][1]
    assert other["attributes"] == {
        "reference": UNSEEN,
        "metadata": {"k": [UNSEEN, UNSEEN, UNSEEN, None, UNSEEN]},
        "records_count": UNSEEN,
    }
    assert len(other["id"]) == 10
    assert other["id"].isalpha()
    assert other["links"]["self"].endswith(f"/api/exports/{other['id']}")
    assert other["relationships"]["events"]["links"]["self"].endswith(f"/exports/{other['id']}/relationships/events")
    assert other["meta"] == document["data"][1]["meta"]
    assert kept["meta"] == {"record_count": 2}


def test_a_pseudonym_is_stable_within_a_run_only() -> None:
    """A foreign export has the same pseudonym in the next list, and another in the next run."""
    response = Response(200, (), json.dumps({"data": [_resource(THEIRS)]}).encode())
    redactor = _redactor()
    assert redactor.response(response, LIST) == redactor.response(response, LIST)
    assert redactor.response(response, LIST) != _redactor().response(response, LIST)


@pytest.mark.parametrize("export_id", ["0190a7c2-aaaa-4bbb-8ccc-0123456789ab", "x" * 80])
def test_a_pseudonym_has_the_shape_of_the_id(export_id: str) -> None:
    """A UUID stays one in form, a long id stays as long."""
    other = _kept({"data": [_resource(export_id)]})["data"][0]["id"]
    assert other != export_id
    assert [c if c == "-" else c.isdigit() for c in other] == [c if c == "-" else c.isdigit() for c in export_id]
    assert set(other) <= set("0123456789abcdef-") or "-" not in export_id


def test_foreign_exports_are_found_in_included_and_single_responses() -> None:
    """Wherever a read shows somebody else's export, or what hangs on it."""
    event = {"id": "canaryEVid", "type": "events", "attributes": {"name": "canary"}}
    foreign_export = _resource(THEIRS, reference="canary")
    foreign_export["relationships"]["events"]["data"] = [{"type": "events", "id": "canaryEVid"}]
    kept = _kept({"data": foreign_export, "included": [event]}, Request("GET", f"/exports/{THEIRS}", "include=events"))
    assert "canary" not in json.dumps(kept)
    assert kept["data"]["relationships"]["events"]["data"][0]["id"] == kept["included"][0]["id"]
    kept = _kept({"data": _resource(OURS, reference="mine"), "included": [_resource(THEIRS, reference="canary")]})
    assert "canary" not in json.dumps(kept)
    assert kept["data"]["attributes"] == {"reference": "mine"}


@pytest.mark.parametrize(
    "cut", [b'{"data": [{"type": "exports", "attributes": {"reference": "canary', b'[{"a": "canary"}']
)
def test_foreign_exports_are_hidden_in_broken_json(cut: bytes) -> None:
    """A list that cannot be read is kept as broken as it is, without its texts."""
    kept = _redactor().response(Response(200, (), cut), LIST).body
    assert b"canary" not in kept
    assert kept.startswith(cut[:3])
    with pytest.raises(ValueError, match="line 1"):
        json.loads(kept)


def test_export_in_a_creation_response_is_ours() -> None:
    """It is not in the ledger yet when its answer comes."""
    document = {"data": _resource("BBBBBBBBBB", reference="mine")}
    assert _kept(document, Request("POST", "/exports")) == document


def test_half_a_surrogate_pair_beside_a_foreign_export_stays_json_in_utf_8() -> None:
    """Lists are judged as they are kept: what was valid JSON must not become bytes that are not UTF-8."""
    document = {"data": [_resource(OURS, reference="half \ud83e pair"), _resource(THEIRS, reference="canary")]}
    body = _redactor().response(Response(200, (), json.dumps(document).encode()), LIST).body
    reading = read_json(body)
    assert not reading.problem
    assert reading.value["data"][0] == document["data"][0]
    assert reading.value["data"][1]["attributes"]["reference"] == UNSEEN


def test_search_for_names_of_credentials_finds_what_their_pattern_matches() -> None:
    """A text is searched for the ends of such names first, which must not miss one that would be hidden."""
    ends = ("passphrase", "passwd", "api-key", "private_key", "accesskey", "csrf-token", "id_token", "refreshToken")
    for end in ends:
        assert Redactor().text(f'{{"my_{end}": "canary-value"}}') == f'{{"my_{end}": "[redacted]"}}'
    for far in (65_530, 65_540):  # a large text is searched in parts
        assert Redactor().text(f"{' ' * far}?api_key=canary").endswith("?api_key=redacted")
