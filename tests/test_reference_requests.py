"""The reference checks a request's token, media types and method before its body."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Clock, Reference
from exports_conformance.reference.organisation import FIRST
from tests.reference_client import client_of, creation

JSON_API = "application/vnd.api+json"


class Served(NamedTuple):
    """A reference and a client of it."""

    reference: Reference
    client: httpx.Client

    def error(self, method: str = "POST", path: str = "/api/exports", **request: Json) -> tuple[int, str]:
        """Send a request, a creation unless said otherwise, and return the status and the error's code."""
        response = self.client.request(method, path, json=creation(resource_type="skus"), **request)
        return response.status_code, response.json()["errors"][0]["code"] if response.is_error else ""


@pytest.fixture
def served() -> Iterator[Served]:
    reference = Reference(clock=Clock(at=FIRST))
    with client_of(reference) as client:
        yield Served(reference, client)


@pytest.mark.parametrize(
    "credential", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic {token}", "{token}", "Bearer {token}x"]
)
def test_other_credentials_are_refused(served: Served, credential: str) -> None:
    planted = credential.format(token=served.reference.token)
    assert served.error(headers={"authorization": planted}) == (401, "INVALID_TOKEN")


def test_missing_credential_is_refused_before_anything_else(served: Served) -> None:
    del served.client.headers["authorization"]
    wrong = {"content-type": "text/plain", "accept": "text/html"}
    assert served.error(headers=wrong) == (401, "INVALID_TOKEN")
    assert served.error("GET", "/api/nonsense") == (401, "INVALID_TOKEN")


def test_scheme_is_read_in_any_case(served: Served) -> None:
    assert served.error(headers={"authorization": f"bearer {served.reference.token}"}) == (201, "")


def test_chosen_token_is_accepted() -> None:
    with client_of(Reference(token="chosen")) as client:
        assert client.headers["authorization"] == "Bearer chosen"
        assert client.get("/api/exports").status_code == 200


def test_application_that_may_not_export_is_unauthorized(served: Served) -> None:
    token = served.reference.issue(kind="sales_channel")
    assert served.error(headers={"authorization": f"Bearer {token}"}) == (401, "UNAUTHORIZED")


def test_issued_token_expires(served: Served) -> None:
    credential = {"authorization": f"Bearer {served.reference.issue(seconds=3)}"}
    assert served.error(headers=credential) == (201, "")
    served.reference.clock.advance(3)
    assert served.error(headers=credential) == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("declared", ["", "application/json", "text/plain", "application/vnd.api+jsonx", "*/*"])
def test_other_content_types_are_refused(served: Served, declared: str) -> None:
    assert served.error(headers={"content-type": declared}) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_missing_content_type_is_refused(served: Served) -> None:
    del served.client.headers["content-type"]
    response = served.client.post("/api/exports", content=b"{}")
    assert response.status_code == 415


@pytest.mark.parametrize("declared", [f"{JSON_API}; charset=utf-8", "Application/Vnd.API+JSON", f"{JSON_API};ext=x"])
def test_parametrised_content_types_are_tolerated(served: Served, declared: str) -> None:
    assert served.error(headers={"content-type": declared}) == (201, "")


@pytest.mark.parametrize(
    "accepted", ["application/json", "text/html", "nonsense", f"{JSON_API};q=0", f"*/*, {JSON_API};q=0"]
)
def test_other_accepted_types_are_refused(served: Served, accepted: str) -> None:
    assert served.error(headers={"accept": accepted}) == (406, "NOT_ACCEPTABLE")
    assert served.error("GET", headers={"accept": accepted}) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "accepted", ["", "*/*", "application/*", f"{JSON_API}; charset=utf-8", f"text/html, {JSON_API};q=0.1"]
)
def test_lenient_accepted_types_are_served(served: Served, accepted: str) -> None:
    assert served.error(headers={"accept": accepted}) == (201, "")


def test_content_type_is_checked_before_accept(served: Served) -> None:
    assert served.error(headers={"content-type": "text/plain", "accept": "text/html"})[0] == 415


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_collection_supports_get_and_post(served: Served, method: str) -> None:
    response = served.client.request(method, "/api/exports")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, HEAD, OPTIONS"
    assert response.json()["errors"][0]["status"] == "405"


def test_head_is_get_without_a_body(served: Served) -> None:
    head, get = served.client.head("/api/exports"), served.client.get("/api/exports")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_options_names_the_methods(served: Served) -> None:
    response = served.client.options("/api/exports/any")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, PATCH, DELETE, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/nonsense",
        "/api/events/a",
        "/api/exports/nonsense",
        "/api/exports/a/events",
        "/api/exports/a/b/c/d",
    ],
)
def test_unknown_paths_are_not_found(served: Served, path: str) -> None:
    assert served.error("GET", path) == (404, "RECORD_NOT_FOUND")


@pytest.mark.parametrize("as_form", [False, True])
def test_client_credentials_get_a_token(served: Served, as_form: bool) -> None:  # noqa: FBT001  parametrised
    reference = served.reference
    asked = {
        "grant_type": "client_credentials",
        "client_id": reference.client_id,
        "client_secret": reference.client_secret,
    }
    with httpx.Client(transport=httpx.WSGITransport(app=reference), base_url="http://auth.test") as plain:
        response = plain.post("/oauth/token", data=asked) if as_form else plain.post("/oauth/token", json=asked)
    granted = response.json()
    assert response.status_code == 200
    assert (granted["token_type"], granted["expires_in"]) == ("bearer", 7200)
    assert response.headers["cache-control"] == "no-store"
    assert served.error(headers={"authorization": f"Bearer {granted['access_token']}"}) == (201, "")


def test_token_without_a_secret_is_a_sales_channels(served: Served) -> None:
    asked = {"grant_type": "client_credentials", "client_id": served.reference.client_id}
    token = served.client.post("/oauth/token", json=asked).json()["access_token"]
    assert served.error(headers={"authorization": f"Bearer {token}"}) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_secret": []}, 401),
        ({"client_id": "other"}, 401),
        ({"grant_type": "password"}, 400),
    ],
)
def test_wrong_client_credentials_are_refused(served: Served, changed: Json, status: int) -> None:
    asked = {"grant_type": "client_credentials", "client_id": served.reference.client_id, **changed}
    response = served.client.post("/oauth/token", json=asked)
    assert response.status_code == status
    assert response.json()["errors"][0]["status"] == str(status)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("include=nonsense", "INVALID_INCLUDE"),
        ("include=event_stores", "INVALID_INCLUDE"),
        ("fields[exports]=nonsense", "INVALID_FIELD"),
        ("fields[skus]=code", "INVALID_RESOURCE"),
        ("fields=status", "INVALID_FIELD_FORMAT"),
        ("nonsense=1", "PARAM_NOT_ALLOWED"),
    ],
)
def test_invalid_query_is_refused_and_nothing_is_created(served: Served, query: str, code: str) -> None:
    assert served.error(path=f"/api/exports?{query}") == (400, code)
    assert not served.reference.organisation.exports


def test_token_endpoint_supports_only_post(served: Served) -> None:
    response = served.client.get("/oauth/token")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
