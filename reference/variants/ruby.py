"""Documents and values as Ruby, Rails and PostgreSQL read and store them."""

import gzip
import re
from collections.abc import Callable
from decimal import Decimal

from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.reference.checks import RefusedError, crashed
from exports_conformance.reference.messages import ServerResponse

_MAX_NESTING = 100
_HTML = (("content-type", "text/html"),)
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*', re.DOTALL)
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_LITERAL = re.compile(r"\{(.*)\}", re.DOTALL)
_LARGE = 1e16  # from here on, Python and Ruby write floats with an exponent
_FALSE = (False, 0, "0", "f", "F", "false", "FALSE", "off", "OFF")
_COMPRESSED_OR_UTF_16 = (gzip.compress(b"")[:2], b"\xff\xfe", b"\xfe\xff")


def html_page(status: int) -> RefusedError:
    """Return the exception for a response without a document, as an exception in a Rails middleware ends."""
    return RefusedError(status, response=ServerResponse(status, _HTML, raw=b""))


def unreadable(detail: str) -> RefusedError:
    """Return the 400 of unreadable JSON, which has no `code` because the gem has no text for it."""
    return RefusedError(400, [{"title": "Bad Request", "detail": detail, "status": "400"}])


def parsed(body: bytes) -> Json:
    """Return a document as Ruby's parser reads it: with comments, but less deep than ours."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise html_page(500 if body.startswith(_COMPRESSED_OR_UTF_16) else 400) from None
    reading = read_json(_COMMENT.sub(lambda match: match[1] or " ", text).encode())
    if reading.problem or _is_deep(reading.value):
        raise unreadable("The request body is not valid JSON.")
    if any_text(reading.value, lambda text: bool(_HALF_PAIR.search(text))):
        raise unreadable("The request body is not valid UTF-8.")
    return reading.value


def boolean(value: Json) -> Json:
    """Return a value as a boolean column casts it."""
    return None if value in (None, "") else value not in _FALSE


def as_text_column(value: Json) -> Json:
    """Return a value as a text column casts it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    return _inspected(value)


def _inspected(value: Json) -> str:
    """Return a value as Ruby prints it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_inspected, value))}]"
    if isinstance(value, dict):
        members = ", ".join(f'"{key}"=>{_inspected(item)}' for key, item in value.items())
        return f"{{{members}}}"
    return str(value)


def as_text_array(value: Json) -> Json:
    """Return a value as a text[] column casts it: elements become texts, a string is a literal of the database."""
    if value is None:
        return None
    if isinstance(value, str):
        literal = _LITERAL.fullmatch(value)
        return literal[1].split(",") if literal and literal[1] else []
    if not isinstance(value, list):
        raise crashed()
    return [as_text_array(item) if isinstance(item, list) else as_text_column(item) for item in value]


def as_jsonb(value: Json) -> Json:
    """Return a value as a jsonb column keeps it: keys by length, large floats in full."""
    if isinstance(value, dict):
        return {key: as_jsonb(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key))}
    if isinstance(value, list):
        return [as_jsonb(item) for item in value]
    if isinstance(value, float) and abs(value) >= _LARGE:
        return int(Decimal(repr(value)))
    return value


def without_nulls_in_arrays(value: Json) -> Json:
    """Return a value without the nulls of its arrays, which Rails drops from every request body."""
    if isinstance(value, dict):
        return {key: without_nulls_in_arrays(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nulls_in_arrays(item) for item in value if item is not None]
    return value


def any_text(value: Json, test: Callable[[str], bool]) -> bool:
    """Return True if a key or string anywhere in a value passes a test."""
    if isinstance(value, dict):
        return any(test(key) or any_text(item, test) for key, item in value.items())
    if isinstance(value, list):
        return any(any_text(item, test) for item in value)
    return isinstance(value, str) and test(value)


def _is_deep(value: Json, levels: int = _MAX_NESTING) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (levels == 0 or any(_is_deep(item, levels - 1) for item in inner))
