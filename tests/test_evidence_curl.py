"""The command that repeats a request: every part of it one word of the shell, the token never in it."""

import shlex

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exports_conformance.exchange.model import JSON_API, Headers, Request
from exports_conformance.exchange.tags import OWN_TOKEN
from exports_conformance.results.reproduction import TOKEN_VARIABLE, curl

ENDPOINT = "$COMMERCELAYER_API_ENDPOINT"
HOSTILE = ("it's", '"quoted"', "$(id)", "`id`", "a b", "two\nlines", "$HOME", "\\", "; rm -rf /", "*", "&", "ö🧦", "!!")
USUAL: Headers = (("Accept", JSON_API), ("Authorization", f"Bearer {OWN_TOKEN}"), ("Content-Type", JSON_API))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def _words(request: Request, body_file: str = "") -> list[str]:
    return shlex.split(curl(request, body_file=body_file))


def test_usual_creation_is_one_readable_command() -> None:
    command = curl(Request("POST", "/exports", "", USUAL, b"{}"), body_file="witnesses/create-status-201.body")
    assert command == (
        'curl -g -i -X POST "$COMMERCELAYER_API_ENDPOINT"/exports '
        "-H 'Accept: application/vnd.api+json' "
        '-H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" '
        "-H 'Content-Type: application/vnd.api+json' "
        "--data-binary @witnesses/create-status-201.body"
    )


def test_token_is_that_of_the_environment() -> None:
    """The shell replaces what the client writes in a token's place by the token."""
    assert f"Bearer {OWN_TOKEN}" == TOKEN_VARIABLE
    assert shlex.split('"Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN"') == [f"Authorization: {TOKEN_VARIABLE}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_path_query_or_header_is_one_word_and_expands_to_nothing(text: str) -> None:
    request = Request("GET", f"/exports/{text}", f"q={text}", (("Accept", text), ("authorization", f"Basic {text}")))
    address = f"{ENDPOINT}/exports/{text}?q={text}"
    sent = ["-H", f"Accept: {text}", "-H", f"authorization: Basic {text}"]
    assert _words(request) == ["curl", "-g", "-i", "-X", "GET", address, *sent]
    assert _expanded(curl(request)) == {ENDPOINT}


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(method=TEXT, path=TEXT, query=TEXT, accept=TEXT, authorization=TEXT, body_file=TEXT)
@example(method="$(id)", path="'\"'", query="\n", accept="'$x'", authorization="`id`", body_file="a'b $(c)")
def test_every_part_is_one_word(
    method: str, path: str, query: str, accept: str, authorization: str, body_file: str
) -> None:
    headers = (("ACCEPT", accept), ("Authorization", authorization), ("Content-Type", ""), ("X-Other", "left out"))
    words = _words(Request(method, path, query, headers, b"{}"), body_file)
    address = f"{ENDPOINT}{path}?{query}" if query else f"{ENDPOINT}{path}"
    sent = [
        "-H",
        f"ACCEPT: {accept}" if accept else "ACCEPT;",
        "-H",
        f"Authorization: {authorization}" if authorization else "Authorization;",
        "-H",
        "Content-Type;",
    ]
    data = ["--data-binary", f"@{body_file}"] if body_file else []
    assert words == ["curl", "-g", "-i", "-X", method, address, *sent, *data]
    assert _expanded(curl(Request(method, path, query, headers))) == {ENDPOINT}


def _expanded(command: str) -> set[str]:
    """Return what a shell would expand: every `$` or backtick outside single quotes."""
    outside, quoted = "", False
    for letter in command.replace("'\"'\"'", ""):
        quoted = quoted is not (letter == "'")
        outside += "" if quoted or letter == "'" else letter
    assert not quoted
    assert "`" not in outside
    return {word for word in outside.replace('"', " ").split() if "$" in word}


def test_headers_that_curl_would_add_are_taken_away_where_none_was_sent() -> None:
    """A creation without Accept is repeated without it: curl's own `*/*` was not sent."""
    words = _words(Request("POST", "/exports", body=b"{}"), "b")
    assert words[6:] == ["-H", "Accept:", "-H", "Content-Type:", "--data-binary", "@b"]
    assert _words(Request("GET", "/exports"))[6:] == ["-H", "Accept:"]


@pytest.mark.parametrize("body", [None, b""])
def test_request_without_a_body_reads_no_file(body: bytes | None) -> None:
    assert "--data-binary" not in _words(Request("DELETE", "/exports/x", body=body), "")
    assert "--data-binary" not in _words(Request("DELETE", "/exports/x", body=None), "b")
