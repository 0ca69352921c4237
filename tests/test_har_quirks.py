"""HAR files as their tools write them: each entry is read, or has one line; none becomes a violation."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.exchange.model import Exchange, Response
from exports_conformance.results.har_bodies import LARGEST_BODY
from exports_conformance.results.recording import Recording, RecordingError, read_recording
from tests.exchanges import BASE_URL, created, held, violated

CREATED = created()
assert CREATED.response is not None
assert CREATED.request.body is not None
BODY = CREATED.response.body
SENT = CREATED.request.body.decode()
PACKED = gzip.compress(BODY, mtime=0)
MEDIA_TYPE = "application/vnd.api+json"


def entry(*, headers: Any = None, sent: Any = None, url: str = f"{BASE_URL}/exports", **content: Any) -> dict[str, Any]:
    """Return the entry of the creation of an export, whose response has this content."""
    return {
        "startedDateTime": "2026-03-01T12:00:00.000Z",
        "time": 120.5,
        "request": {
            "method": "POST",
            "url": url,
            "headers": [{"name": ":authority", "value": "x"}, {"name": "content-type", "value": MEDIA_TYPE}],
            "postData": sent or {"mimeType": MEDIA_TYPE, "text": SENT},
        },
        "response": {
            "status": 201,
            "headers": [{"name": "content-type", "value": MEDIA_TYPE}] if headers is None else headers,
            "content": {"size": len(BODY), "mimeType": MEDIA_TYPE, **content},
        },
    }


def read(folder: Path, *entries: Any) -> Recording:
    """Return what is read of a HAR with these entries."""
    file = folder / "x.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return read_recording(file)


def based(raw: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(raw).decode()


PLAIN = BODY.decode()
HALF = len(PACKED) // 2
KEPT = {
    "text": entry(text=PLAIN),
    "base64": entry(text=based(BODY), encoding="base64"),
    "base64-in-lines": entry(text=base64.encodebytes(BODY).decode(), encoding="base64"),
    "base64-of-gzip": entry(text=based(PACKED), encoding="base64"),
    "says-base64-and-is-plain": entry(text=PLAIN, encoding="base64"),
    "chunks-of-base64": entry(
        text=json.dumps([based(PACKED[:HALF]), based(PACKED[HALF:])]), encoding="base64", _isBinary=True
    ),
    "chunks-of-hexadecimal": entry(text=json.dumps([PACKED[:HALF].hex(), PACKED[HALF:].hex()])),
    "json-not-text": entry(text=json.loads(BODY)),
    "headers-as-object": entry(text=PLAIN, headers={"content-type": MEDIA_TYPE, "set-cookie": ["a=1", "b=2"]}),
    "no-headers": entry(text=PLAIN, headers=[]),
    "size-of-what-was-sent": entry(text=PLAIN, size=10),
    "request-as-json": entry(text=PLAIN, sent={"mimeType": MEDIA_TYPE, "text": json.loads(SENT)}),
    "request-not-kept": entry(text=PLAIN, sent={"mimeType": MEDIA_TYPE, "text": ""}),
    "no-time": {**entry(text=PLAIN), "time": None, "startedDateTime": "noon"},
}


def only(found: Recording) -> Exchange:
    """Return the one exchange of a recording that left nothing out."""
    assert found.left_out == ()
    (exchange,) = found.exchanges
    return exchange


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT.keys())
def test_body_is_read_however_it_was_kept(kept: dict[str, Any], tmp_path: Path) -> None:
    exchange = only(read(tmp_path, kept))
    assert exchange.response is not None
    assert json.loads(exchange.response.body) == json.loads(BODY)
    assert violated(exchange) == set()
    assert {"create-status-201", "answer-media-type", "answer-id"} <= held(exchange)
    assert not [name for name, _ in exchange.request.headers if name.startswith(":")]


def test_array_of_texts_is_a_document_unless_it_is_binary(tmp_path: Path) -> None:
    exchange = only(read(tmp_path, entry(text='["ab", "cd"]')))
    assert exchange.response is not None
    assert exchange.response.body == b'["ab", "cd"]'


def test_empty_body_counts_only_if_a_header_declares_it(tmp_path: Path) -> None:
    stated = [{"name": "Content-Length", "value": "0"}, {"name": "Content-Type", "value": MEDIA_TYPE}]
    assert "answer-json" in violated(only(read(tmp_path, entry(text="", size=0, headers=stated))))
    deleted = entry()
    deleted["response"] |= {"status": 204, "content": {"size": 0, "mimeType": ""}, "headers": []}
    assert only(read(tmp_path, deleted)).response == Response(204)


LEFT_OUT = {
    "not-included": (entry(text="", comment="Response bodies are not included."), "its response body was not saved"),
    "no-text": (entry(), "its response body was not saved"),
    "no-text-nor-size": (entry(size=0), "its response body was not saved"),
    "cut-off": (entry(text=PLAIN[:100]), f"only 100 of {len(BODY)} bytes of its response body were saved"),
    "cut-off-gzip": (entry(text=based(PACKED[:HALF]), encoding="base64"), "its gzip body is cut off"),
    "damaged-gzip": (entry(text=based(PACKED[:20] + PACKED), encoding="base64"), "its gzip body is damaged"),
    "large-gzip": (
        entry(text=based(gzip.compress(bytes(LARGEST_BODY + 1), compresslevel=9)), encoding="base64"),
        "its body has more than 64 MB",
    ),
    "brotli": (
        entry(text=based(b"\x8b\xff"), encoding="base64", headers={"content-encoding": "br"}, size=0),
        "its response body is still compressed (br)",
    ),
    "status-of-text": ({**entry(), "response": {"status": "x"}}, "is not written as HAR 1.2"),
    "headers-of-numbers": (entry(text=PLAIN, headers=[1]), "is not written as HAR 1.2"),
}


@pytest.mark.parametrize(("one", "reason"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_entry_that_cannot_be_read_has_one_line_and_the_others_are_read(
    one: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    found = read(tmp_path, entry(text=PLAIN), one)
    assert [each.id for each in found.exchanges] == ["har-00000"]
    (line,) = found.left_out
    assert line.startswith(f"log.entries[1] (POST /api/exports): {reason}")
    assert line.isprintable()
    assert ";" in line


def test_entries_that_are_none_are_left_out(tmp_path: Path) -> None:
    other = entry(url="https://[/api")
    found = read(tmp_path, None, entry(url=f"{BASE_URL}/exports\x1b[31m"), entry(text=PLAIN), other)
    assert len(found.exchanges) == 1
    assert found.left_out == (
        "1 of 4 entries are not requests to this API",
        "log.entries[0]: has no request with a method and a URL; record it again",
        r"log.entries[1] (POST /api/exports\x1b[31m): its response body was not saved; save the HAR with content",
    )


def test_file_of_which_nothing_can_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as caught:
        read(tmp_path, entry(), entry(size=0))
    assert str(caught.value).partition(": ")[2] == (
        "has no request that can be judged: log.entries[0] (POST /api/exports): its response body was not saved; "
        "save the HAR with content (and 1 more like it)"
    )
