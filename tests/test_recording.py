"""A recording keeps exchanges to the byte, and any other file is refused in one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exports_conformance.exchange.model import Exchange, Expectation, Lookups, Request, Response
from exports_conformance.results.har import HAR_SCHEMA_FILE, seconds, to_json
from exports_conformance.results.recording import (
    DAY,
    LARGEST_RECORDING,
    RecordedRun,
    Recording,
    RecordingError,
    of_journal,
    read_recording,
    write_recording,
)
from tests.exchanges import created

RUN = RecordedRun(
    "live",
    "https://yourdomain.commercelayer.io/api",
    mode="test",
    edition="page",
    started=1_750_000_000.125,
    contract="c" * 64,
    profile="quick",
    seed="7",
    versions={"hypothesis": "6"},
)
INTENT = Expectation(
    "refusal/x",
    "create",
    outcome="either",
    certain=False,
    breaks="request-json",
    flaw="x",
    at="/data",
    answers=frozenset({422, 400}),
    tag="exports-conformance-0a0a0a0a-00001",
    confirms="main-00001",
    may_break=("text-nul",),
    expected={"id": "a", "attributes": {"metadata": [1, None]}},
    matches=1,
)
ASKED = Request("POST", "/exports", "a=%20b&a=", (("Content-Type", "application/vnd.api+json"), ("X-Ö", "\xff")), b"{}")
ANSWERED = Response(
    201, (("Set-Cookie", "[redacted]"), ("Set-Cookie", "[redacted]"), ("Location", "/x")), b'{"data":1}'
)
EXCHANGE = Exchange(
    "main-00002",
    INTENT,
    ASKED,
    ANSWERED,
    RUN.base_url,
    "live",
    started=1_750_000_001.987654,
    elapsed=0.0123456789,
    edition="7.10",
    lookups=Lookups(control_status=201, running=10),
)

BODIES = {
    "none": None,
    "empty": b"",
    "truncated-character": '{"a": "Größe 🧦'.encode()[:-2],
    "mark-of-order": b"\xef\xbb\xbf{}",
    "nul": b'{"a": "\0"}',
    "escaped-surrogate": b'{"a": "\\ud83e"}',
    "raw-surrogate": b'{"a": "\xed\xa0\xbe"}',
    "utf-16": '{"a": "Größe"}'.encode("utf-16"),
    "line-ends": b"{\r\n\t\x85\x0c}\r",
    "any": bytes(range(256)),
}


def again(recording: Recording, folder: Path) -> Recording:
    """Write a recording, validate it against the HAR schema, and return it as read again."""
    write_recording(folder / "x.har", recording)
    assert (folder / "x.har").read_bytes().isascii()
    Draft202012Validator(json.loads(HAR_SCHEMA_FILE.read_text())).validate(json.loads((folder / "x.har").read_text()))
    return read_recording(folder / "x.har")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_every_byte_survives(body: bytes | None, tmp_path: Path) -> None:
    asked, answered = replace(ASKED, body=body), replace(ANSWERED, body=body or b"")
    recording = Recording(RUN, (replace(EXCHANGE, request=asked, response=answered),))
    assert again(recording, tmp_path) == recording


@pytest.mark.parametrize(
    "exchange",
    [
        replace(EXCHANGE, response=None, trouble="timeout"),
        replace(EXCHANGE, base_url="http://127.0.0.1:1/api"),
        replace(EXCHANGE, expectation=Expectation("life/x", "list"), lookups=Lookups()),
        replace(EXCHANGE, response=replace(ANSWERED, status=799)),
    ],
    ids=["no-answer", "another-process", "plain", "status-of-nobody"],
)
def test_everything_else_survives(exchange: Exchange, tmp_path: Path) -> None:
    recording = Recording(RUN, (exchange,))
    assert again(recording, tmp_path) == recording


def test_entry_is_what_browsers_show(tmp_path: Path) -> None:
    write_recording(tmp_path / "x.har", Recording(RUN, (EXCHANGE,)))
    entry = json.loads((tmp_path / "x.har").read_text())["log"]["entries"][0]
    assert entry["request"]["url"] == f"{RUN.base_url}/exports?a=%20b&a="
    assert entry["request"]["queryString"] == [{"name": "a", "value": " b"}, {"name": "a", "value": ""}]
    assert entry["request"]["postData"] == {"mimeType": "application/vnd.api+json", "text": "{}"}
    assert entry["response"]["statusText"] == "Created"
    assert entry["response"]["redirectURL"] == "/x"
    assert (entry["startedDateTime"], entry["time"]) == ("2025-06-15T15:06:41.987Z", 12.346)


@pytest.mark.parametrize(("days", "age"), [(0.5, 0), (90.5, 90), (-3, 0)])
def test_age_is_in_days(days: float, age: int) -> None:
    assert RUN.age_days(now=RUN.started + days * DAY) == age
    assert replace(RUN, started=0.0).age_days() is None


def journal_of(*exchanges: Exchange) -> list[dict[str, Any]]:
    """Return the journal lines of a run with these exchanges."""
    run = {name: getattr(RUN, name) for name in RecordedRun.__dataclass_fields__}
    return [
        {"line": "run", **run},
        *({"line": "exchange", "exchange": to_json(each), "held": [], "violations": []} for each in exchanges),
    ]


def test_journal_becomes_a_recording_in_the_order_of_time() -> None:
    later = replace(EXCHANGE, id="gw0-00001", started=EXCHANGE.started + 1)
    made = of_journal(journal_of(later, EXCHANGE, EXCHANGE))
    assert made == Recording(RUN, (EXCHANGE, later))


@pytest.mark.parametrize("lines", [[], journal_of()[:1], journal_of(EXCHANGE)[1:]], ids=["empty", "nothing", "nobody"])
def test_journal_without_exchanges_is_none(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(RecordingError, match="give the journal of a run that sent requests"):
        of_journal(lines)


def har(edit: Callable[[dict[str, Any]], object], folder: Path) -> bytes:
    """Return the bytes of a recording whose log was edited."""
    write_recording(folder / "good.har", Recording(RUN, (EXCHANGE,)))
    written = json.loads((folder / "good.har").read_text())
    edit(written["log"])
    return json.dumps(written).encode()


BAD: dict[str, tuple[bytes | Callable[[dict[str, Any]], object], str]] = {
    "empty": (b"", "is not JSON (line 1, column 1: Expecting value)"),
    "cut-off": (b'{"log": {"entries": [', "it may be cut off"),
    "binary": (b"\x1f\x8b\x08\xff", "is not UTF-8"),
    "number": (b"1" * 5000, "is not JSON"),
    "deep": (b"[" * 100_000, "nested deeper"),
    "array": (b"[]", "neither a HAR (an object `log` with entries) nor WireMock mappings"),
    "no-har": (b'{"log": []}', "neither a HAR"),
    "no-entries": (b'{"log": {"version": "1.2"}}', "without log.entries"),
    "no-entry": (b'{"log": {"entries": []}}', "none of its 0 entries is of this API"),
    "entry-of-text": (b'{"log": {"entries": ["x"]}}', "log.entries[0]: has no request with a method and a URL"),
    "nobody": (lambda log: log["_recording"].pop("kind"), "lacks the provenance of the recording"),
    "kind": (lambda log: log["_recording"].update(kind="dream"), "log._recording.kind is 'dream'"),
    "started": (lambda log: log["_recording"].update(started="noon"), "log._recording.started is 'noon'"),
    "versions": (lambda log: log["_recording"].update(versions=[]), "log._recording.versions is []"),
    "mode": (lambda log: log["_recording"].update(mode=1), "log._recording.mode is 1"),
    "no-own": (lambda log: log["entries"][0].pop("_exchange"), "log.entries[0] has no '_exchange'"),
    "elsewhere": (lambda log: log["entries"][0]["request"].update(url="http://x/"), "url does not begin with https://"),
    "base64": (
        lambda log: log["entries"][0]["request"]["postData"].update(_base64="é"),
        "log.entries[0] is not an exchange",
    ),
    "intent": (lambda log: log["entries"][0]["_exchange"]["intent"].update(dream=1), "unexpected keyword argument"),
    "escapes": (
        lambda log: log["entries"][0]["_exchange"]["intent"].update({"\x1b[31m": 1}),
        r"keyword argument '\x1b[31m'",
    ),
    "entries": (lambda log: log.update(entries=[None]), "log.entries[0] is not an exchange"),
}


@pytest.mark.parametrize(("content", "hint"), BAD.values(), ids=BAD.keys())
def test_bad_file_is_one_line(content: Any, hint: str, tmp_path: Path) -> None:
    file = tmp_path / "x.har"
    file.write_bytes(content if isinstance(content, bytes) else har(content, tmp_path))
    with pytest.raises(RecordingError) as caught:
        read_recording(file)
    said = str(caught.value)
    assert said.startswith(f"{file}: ")
    assert hint in said
    assert said.isprintable()
    assert ";" in said


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file or directory; give a HAR"):
        read_recording(tmp_path / "x.har")
    with pytest.raises(RecordingError, match=r"this folder has no \.json file"):
        read_recording(tmp_path)
    with pytest.raises(RecordingError, match="No such file or directory; give another file"):
        write_recording(tmp_path / "none" / "x.har", Recording(RUN, (EXCHANGE,)))


def test_file_too_large_to_be_read_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x.har").open("wb") as file:
        file.truncate(LARGEST_RECORDING + 1)
    with pytest.raises(RecordingError, match="it is larger than 512 MB; give a HAR"):
        read_recording(tmp_path / "x.har")


def test_fifty_megabytes_are_read(tmp_path: Path) -> None:
    large = replace(EXCHANGE, response=replace(ANSWERED, body=b'{"a": "' + b"x" * 50_000_000 + b'"}'))
    recording = Recording(RUN, (large,))
    write_recording(tmp_path / "x.har", recording)
    assert read_recording(tmp_path / "x.har") == recording


def browsers(*entries: dict[str, Any]) -> bytes:
    """Return a HAR as a browser's developer tools save it."""
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "b", "version": "1"}, "entries": entries}}
    ).encode()


def entry(url: str, *, method: str = "GET", mime: str = "application/vnd.api+json", **content: Any) -> dict[str, Any]:
    """Return an entry of a browser's HAR."""
    return {
        "startedDateTime": "2026-03-01T12:00:00.000+01:00",
        "time": 120.5,
        "request": {"method": method, "url": url, "headers": [], "queryString": []},
        "response": {
            "status": 200,
            "headers": [{"name": "content-type", "value": mime}],
            "content": {"size": 2, "mimeType": mime, "text": "{}", **content},
        },
    }


API = "https://shop.commercelayer.io/api"


def test_entries_of_this_api_are_found_among_others(tmp_path: Path) -> None:
    silent = entry(f"{API}/exports")
    del silent["response"]["content"]["text"]
    blocked = entry(f"{API}/exports/a", method="PATCH")
    blocked["response"] |= {"status": 0, "_error": "net::ERR_BLOCKED", "content": {"size": 0, "mimeType": ""}}
    (tmp_path / "x.har").write_bytes(
        browsers(
            entry("https://cdn.example/app.js", mime="text/javascript"),
            entry("https://other.example/api/things", mime="application/json"),
            entry(f"{API}/exports?page[size]=1"),
            entry(
                f"{API}/exports/a#top",
                mime="application/json",
                text="/w==",
                encoding="base64",
                size=1,
            ),
            silent,
            blocked,
            entry(f"{API}/skus/b"),
            entry(f"{API}/exports/a/events"),
            entry(f"{API}/exports", method="OPTIONS"),
        )
    )
    found = read_recording(tmp_path / "x.har")
    assert found.provenance == RecordedRun("imported", API, started=seconds("2026-03-01T11:00:00Z"))
    assert found.left_out == (
        "3 of 9 entries are not requests to this API",
        "1 of 5 requests to this API are not about exports",
        "log.entries[4] (GET /api/exports): its response body was not saved; save the HAR with content",
    )
    requests = [
        (each.request.path, each.expectation.operation, each.expectation.outcome, each.status)
        for each in found.exchanges
    ]
    assert requests == [
        ("/exports", "list", "success", 200),
        ("/exports/a", "retrieve", "success", 200),
        ("/exports/a", "update", "either", 0),
        ("/skus/b", "foreign", "success", 200),
        ("/exports/a/events", "other", "success", 200),
    ]
    assert found.exchanges[1].response == Response(200, (("content-type", "application/json"),), b"\xff")
    assert found.exchanges[2].trouble == "net::ERR_BLOCKED"


def test_browser_har_without_this_api_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_bytes(browsers(entry("https://api.example/api/things", mime="application/json")))
    with pytest.raises(RecordingError, match="none of its 1 entries is of this API"):
        read_recording(tmp_path / "x.har")


def test_created_exchange_is_recorded_as_it_is(tmp_path: Path) -> None:
    recording = Recording(replace(RUN, base_url=created().base_url), (replace(created(), provenance="live"),))
    assert again(recording, tmp_path) == recording
