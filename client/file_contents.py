"""The content of an export's file: inflated, its records counted, its columns named; nothing of it is kept."""

import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice

from exports_conformance.exchange.model import UNSEEN, File, Form
from exports_conformance.exchange.strict_json import read_json

GZIP = b"\x1f\x8b"
MAX_INFLATED = 16 * 1024 * 1024
VALUES = 1_000_000  # of JSON; each takes up to a quarter of a kilobyte of memory
Content = tuple[Form, str, int, tuple[str, ...]]  # form, problem, number of records, column names
CELL = 4 * 1024 * 1024
WINDOW = 4096
NAMES = 1000
_NAME = re.compile(r"[a-z_][\w.]{0,63}", re.ASCII | re.IGNORECASE)


class TooLarge(Exception):  # noqa: N818  it names what happened
    """A file is too large to be read, inflated or as values."""


def file_of(packed: bytes, *, largest: int = MAX_INFLATED) -> File:
    """Describe the file that was served as these bytes; `largest` bounds its inflated size, in bytes.

    Raises:
        TooLarge: the file inflates beyond that, or has more than `VALUES` values.
    """
    size, digest = len(packed), sha256(packed).hexdigest()
    if not packed.startswith(GZIP):
        return File(size, digest, 0, problem="no gzip: its first bytes are not those of gzip")
    try:
        plain = _inflated(packed, largest)
    except zlib.error as error:
        return File(size, digest, 0, problem=f"no gzip: {error}")
    if plain.startswith(GZIP):
        return File(size, digest, 2, problem="gzip within gzip")
    if plain.lstrip()[:1] == b"[":
        form, problem, records, names, nested, simple = _json(plain)
        return File(size, digest, 1, form, problem, records, names, nested, simple)
    form, problem, records, names = _csv(plain)
    return File(size, digest, 1, form, problem, records, names)


def _inflated(packed: bytes, largest: int) -> bytes:
    plain, at = bytearray(), 0
    while packed.startswith(GZIP, at):  # a gzip file may have several members
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            part = packed[at : at + WINDOW]  # what follows a member is copied, so a part is small
            if not part:
                raise zlib.error("it ends too early")
            plain += member.decompress(part, largest + 1 - len(plain))
            if len(plain) > largest:
                raise TooLarge(f"file inflates to over {largest} bytes")
            at += len(part) - len(member.unused_data)
    return bytes(plain)


def _json(plain: bytes) -> tuple[Form, str, int, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the content, and which of the names have an object or an array, and which another value."""
    if sum(map(plain.count, (b"{", b"[", b","))) > VALUES:  # one of them precedes each value
        raise TooLarge(f"file has over {VALUES} values")
    reading = read_json(plain)
    records = reading.value
    if reading.problem:
        return "json", f"no JSON: {reading.problem}", 0, (), (), ()
    if not all(isinstance(record, dict) for record in records):
        return "json", "a record is no object", len(records), (), (), ()
    shared = sorted(set.intersection(*(set(record) for record in records))) if records else []
    nested = [name for name in shared if any(isinstance(record[name], (dict, list)) for record in records)]
    simple = [
        name for name in shared if any(not isinstance(record[name], (dict, list, type(None))) for record in records)
    ]
    return "json", "", len(records), _names(shared), _names(nested), _names(simple)


def _csv(plain: bytes) -> Content:
    records, problem = 0, ""
    try:
        rows = _rows(plain.decode("utf-8").removeprefix("\ufeff"))
        header = next(rows, None)
        if header is None:
            return "csv", "no CSV: it has no header line", 0, ()
        for records, row in enumerate(rows, start=1):
            if not problem and len(row) != len(header):
                problem = f"record {records} has {len(row)} cells, and the header {len(header)}"
    except UnicodeDecodeError as error:
        return "csv", f"not UTF-8: byte {error.start} is {plain[error.start]:#04x}", 0, ()
    except csv.Error as error:
        return "csv", f"no CSV: {error}", 0, ()
    return "csv", problem, records, _names(header)


def _names(found: Iterable[str]) -> tuple[str, ...]:
    """Return the names that look like column names, and hide the others, which may be content."""
    return tuple(name if _NAME.fullmatch(name) else UNSEEN for name in islice(found, NAMES))


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(CELL)
    yield from (row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row)
