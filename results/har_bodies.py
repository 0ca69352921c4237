"""Bodies in HAR files of other tools: as text, JSON, base64, hexadecimal, in chunks, still compressed, or not kept."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping

from exports_conformance.exchange.model import Headers, header_of
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json

_GZIP = b"\x1f\x8b"
LARGEST_BODY = 64 * 1024 * 1024
UNREADABLE_CODINGS = frozenset({"br", "zstd"})


class BodyNotKeptError(Exception):
    """A HAR does not hold the whole body; the message is the reason, in the reader's words."""


def response_body(content: Mapping[str, Json], status: int, headers: Headers) -> bytes:
    """Return the body of a response, as its recipient saw it, decompressed.

    Firefox writes `"text": ""` with a comment for bodies that it leaves out, Chrome no `text` at all: an empty body is
    believed only if the status has none or `Content-Length` is 0.

    Raises:
        BodyNotKeptError: the file does not hold it, or not the whole of it.
    """
    body = _bytes(content)
    if not body:
        if status in {204, 205, 304} or status < 200 or header_of(headers, "content-length") == "0":  # noqa: PLR2004  HTTP's own
            return b""
        raise BodyNotKeptError("its response body was not saved; save the HAR with content")
    size = content.get("size")
    if isinstance(size, int) and size > len(body) and not _is_json(body):
        raise BodyNotKeptError(
            f"only {len(body)} of {size} bytes of its response body were saved; raise the tool's limit"
        )
    if not _is_utf8(body) and (coding := (header_of(headers, "content-encoding") or "").lower()) in UNREADABLE_CODINGS:
        raise BodyNotKeptError(
            f"its response body is still compressed ({coding}); record it with `Accept-Encoding: gzip`"
        )
    return body


def request_body(data: Mapping[str, Json] | None) -> bytes | None:
    """Return the body of a request; None if it had none, or the file does not hold it.

    Raises:
        BodyNotKeptError: it is compressed beyond the size that is read.
    """
    return _bytes(data or {}) or None


def _bytes(kept: Mapping[str, Json]) -> bytes:
    """Return the bytes that a `content` or a `postData` holds; empty if it holds none."""
    text = kept.get("text")
    if not isinstance(text, str):  # Polly.js can keep the JSON itself
        return b"" if text is None else json.dumps(text).encode()
    body = _from_chunks(text, kept) if text.startswith("[") else None
    if body is None and kept.get("encoding") == "base64":
        body = _from_base64(text)
    if body is None:
        body = text.encode("utf-8", "surrogatepass")
    return _inflated(body) if body.startswith(_GZIP) else body


def _from_chunks(text: str, kept: Mapping[str, Json]) -> bytes | None:
    """Return the body of which Polly.js keeps a JSON array of chunks, in base64 or, before 5.0, in hexadecimal."""
    try:
        chunks = parse_json(text)
    except ValueError:
        return None
    if not chunks or not all(isinstance(chunk, str) for chunk in chunks):
        return None
    if kept.get("encoding") == "base64":
        parts = [_from_base64(chunk) for chunk in chunks]
    elif kept.get("_isBinary") or chunks[0].startswith(_GZIP.hex()):
        parts = [_from_hexadecimal(chunk) for chunk in chunks]
    else:
        return None
    return b"".join(part for part in parts if part) if all(part is not None for part in parts) else None


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):  # says base64 and is plain
        return None


def _from_hexadecimal(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _inflated(packed: bytes) -> bytes:
    member = zlib.decompressobj(wbits=31)
    try:
        plain = member.decompress(packed, LARGEST_BODY)
    except zlib.error:
        raise BodyNotKeptError("its gzip body is damaged; record it again") from None
    if member.unconsumed_tail:
        raise BodyNotKeptError(f"its body has more than {LARGEST_BODY // 2**20} MB; leave this entry out")
    if not member.eof:
        raise BodyNotKeptError("its gzip body is cut off; record it again")
    return plain


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
