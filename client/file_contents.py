"""The content of an export's file: inflated, its records counted, its columns named; nothing of it is kept."""

import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import islice

from exports_conformance.contract.resources import known_relationships
from exports_conformance.exchange.jsonapi import objects_in
from exports_conformance.exchange.model import UNSEEN, File
from exports_conformance.exchange.strict_json import Json, is_empty, read_json

GZIP = b"\x1f\x8b"
MAX_INFLATED = 16 * 1024 * 1024
VALUES = 1_000_000  # of JSON; each takes up to a quarter of a kilobyte of memory
CELL = 4 * 1024 * 1024
WINDOW = 4096
NAMES = 1000
IDS = 3
DEPTH = 4  # of related records
_NAME = re.compile(r"[a-z_][\w.]{0,63}", re.ASCII | re.IGNORECASE)
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


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
    content = _json if plain.lstrip()[:1] == b"[" else _csv
    return content(plain, File(size, digest, 1))


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


def _json(plain: bytes, served: File) -> File:
    if sum(map(plain.count, (b"{", b"[", b","))) > VALUES:  # one of them precedes each value
        raise TooLarge(f"file has over {VALUES} values")
    reading = read_json(plain)
    records = reading.value
    if reading.problem:
        return replace(served, form="json", problem=f"no JSON: {reading.problem}")
    if not all(isinstance(record, dict) for record in records):
        return replace(served, form="json", problem="a record is no object", records=len(records))
    shared = set.intersection(*(set(record) for record in records)) if records else set()
    keys = _Keys()
    for record in records:
        keys.read(record)
    ids = (record.get("id") for record in islice(records, IDS))
    return replace(
        served,
        form="json",
        records=len(records),
        names=_names(sorted(shared)),
        paths=_names(sorted(keys.paths)),
        flat=_names(sorted(keys.flat)),
        shows_empty=keys.shows_empty,
        ids=tuple(each for each in ids if isinstance(each, str) and _ID.fullmatch(each)),
    )


class _Keys:
    """The keys of records, and of the records that they nest, which stand below the name of a relationship."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.flat: set[str] = set()
        self.shows_empty = False

    def read(self, record: dict[str, Json], above: str = "", depth: int = 1) -> None:
        """Add the keys of a record."""
        for name, value in record.items():
            path = above + name
            self.paths.add(path)
            if is_empty(value):
                self.shows_empty = True
            elif name in known_relationships() and depth < DEPTH:
                nested = value if isinstance(value, list) else [value]
                if not all(isinstance(each, dict) for each in nested):
                    self.flat.add(path)
                for each in objects_in(nested):
                    self.read(each, f"{path}.", depth + 1)


def _csv(plain: bytes, served: File) -> File:
    served, records, problem = replace(served, form="csv"), 0, ""
    try:
        rows = _rows(plain.decode("utf-8").removeprefix("\ufeff"))
        header = next(rows, None)
        if header is None:
            return replace(served, problem="no CSV: it has no header line")
        for records, row in enumerate(rows, start=1):
            if not problem and len(row) != len(header):
                problem = f"record {records} has {len(row)} cells, and the header {len(header)}"
    except UnicodeDecodeError as error:
        return replace(served, problem=f"not UTF-8: byte {error.start} is {plain[error.start]:#04x}")
    except csv.Error as error:
        return replace(served, problem=f"no CSV: {error}")
    return replace(served, problem=problem, records=records, names=_names(header))


def _names(found: Iterable[str]) -> tuple[str, ...]:
    """Return the names that look like column names, and hide the others, which may be content."""
    return tuple(name if _NAME.fullmatch(name) else UNSEEN for name in islice(found, NAMES))


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(CELL)
    yield from (row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row)
