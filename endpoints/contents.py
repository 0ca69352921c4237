"""The contents of an export's file: unpacked, counted and named, and not kept."""

import csv
import io
import zlib
from collections.abc import Iterator
from hashlib import sha256

from exports_conformance.contract.exchange import File, Form
from exports_conformance.contract.strict_json import read

GZIP = b"\x1f\x8b"
LARGEST = 64 * 1024 * 1024
Content = tuple[Form, str, int, tuple[str, ...]]  # its form, the problem with it, its records and their names
CELL = 16 * 1024 * 1024


class TooLarge(Exception):  # noqa: N818  it names what happened
    """A file that is larger, unpacked, than is looked at."""


def file_of(packed: bytes, *, largest: int = LARGEST) -> File:
    """Say what a file is that was served as these bytes; `largest` bounds its unpacked size, in bytes.

    Raises:
        TooLarge: it inflates beyond that.
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
    form, problem, records, names = _json(plain) if plain.lstrip()[:1] == b"[" else _csv(plain)
    return File(size, digest, 1, form=form, problem=problem, records=records, names=names)


def _inflated(packed: bytes, largest: int) -> bytes:
    plain = bytearray()
    while packed.startswith(GZIP):  # a file may be of several members, one behind the other
        member = zlib.decompressobj(wbits=31)
        plain += member.decompress(packed, largest + 1 - len(plain))
        if len(plain) > largest:
            raise TooLarge(f"file inflates to over {largest} bytes")
        if not member.eof:
            raise zlib.error("it ends too early")
        packed = member.unused_data
    return bytes(plain)


def _json(plain: bytes) -> Content:
    reading = read(plain)
    records = reading.value
    if reading.problem:
        return "json", f"no JSON: {reading.problem}", 0, ()
    if not all(isinstance(record, dict) for record in records):
        return "json", "a record is no object", len(records), ()
    shared = set.intersection(*(set(record) for record in records)) if records else set()
    return "json", "", len(records), tuple(sorted(shared))


def _csv(plain: bytes) -> Content:
    try:
        header, *rows = _rows(plain.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return "csv", f"not UTF-8: byte {error.start} is {plain[error.start]:#04x}", 0, ()
    except csv.Error as error:
        return "csv", f"no CSV: {error}", 0, ()
    except ValueError:
        return "csv", "no CSV: it has no header line", 0, ()
    uneven = next((number for number, row in enumerate(rows, start=1) if len(row) != len(header)), 0)
    problem = f"record {uneven} has {len(rows[uneven - 1])} cells, and the header {len(header)}" if uneven else ""
    return "csv", problem, len(rows), tuple(header)


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(CELL)
    yield from (row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row)
