"""Reported faults of CSV files."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace

from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation
from tests.outside.server import creating, is_about_one, on_files, reported, restored

Table = list[list[str]]


def _written(rows: Table) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _table(source: str, name: str, summary: str, change: Callable[[Table], Table], missed: str = "") -> None:
    """Register a server that serves other rows of CSV, the header first."""

    def changed(plain: bytes) -> bytes:
        return _written(change([*csv.reader(io.StringIO(plain.decode()))]))

    reported(source, family=2, name=name, summary=summary, missed=missed)(on_files(".csv", changed))


def _without_columns_empty_at_first(rows: Table) -> Table:
    if len(rows) < 2:
        return rows
    kept = [index for index, cell in enumerate(rows[1]) if cell]
    return [[row[index] for index in kept] for row in rows]


_table(
    "mia-platform/crud-service#303",
    "columns-of-the-first-record",
    "Has only the columns for which the first record has a value.",
    _without_columns_empty_at_first,
)
_table(
    "geopython/GeoHealthCheck#249",
    "more-columns-than-cells",
    "Has a column more in its header than its records have cells.",
    lambda rows: [rows[0], *(row[:-1] for row in rows[1:])],
)
_table(
    "tbar0970/jethro-pmm#456",
    "empty-cells-left-out",
    "Leaves out the empty cells of a record, so that the others move to the left.",
    lambda rows: [rows[0], *([cell for cell in row if cell] for row in rows[1:])],
)
_table(
    "directus/directus#22298",
    "columns-shift-after-a-batch",
    "Leaves out columns that are empty in the first three records, from the header and from those records only.",
    lambda rows: [*_without_columns_empty_at_first(rows[:4]), *rows[4:]],
)
_table(
    "crits/crits#924",
    "objects-by-their-class",
    "Writes the class of a related record into its cell.",
    lambda rows: [["[object Object]" if cell.startswith(("{", "[{")) else cell for cell in row] for row in rows],
    missed="the documentation does not say how CSV shows related records, so that a class in a cell is advice",
)
reported(
    "medialab/artoo#150",
    family=2,
    name="line-breaks-unquoted",
    summary="Does not quote a cell for its line breaks.",
    missed="no record of the reference has a line break: the vendor's own client counts lines",
)(on_files(".csv", lambda plain: plain))
reported(
    "OpenCTI-Platform/connectors#7365",
    family=2,
    name="byte-order-mark-before-the-header",
    summary="Begins with a byte order mark, which readers take for a part of the first column's name.",
    missed="a byte order mark may be read as a part of UTF-8, so that it is advice",
)(on_files(".csv", lambda plain: b"\xef\xbb\xbf" + plain))


@reported("uvacw/inca#358", family=2)
def csv_of_every_field(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Exports all fields to CSV instead of those that were selected."""
    return _ALL_FIELDS(request, respond) if is_creation(request) else restored(respond(request))


_ALL_FIELDS = creating(
    lambda asked, *_: {**asked, "fields": ["*"]} if asked.get("format") == "csv" and asked.get("fields") else asked
)


@reported("ushahidi/platform#2838", family=2)
def csv_of_the_first_fields(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Exports only some of the selected fields to CSV."""
    return _FEW_FIELDS(request, respond) if is_creation(request) else restored(respond(request))


_FEW_FIELDS = creating(
    lambda asked, *_: (
        {**asked, "fields": asked["fields"][:1]} if asked.get("format") == "csv" and asked.get("fields") else asked
    )
)


@reported("reapit/foundations#11086", family=2)
def address_that_has_expired(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Signs the address of a file with credentials that have expired."""
    response = respond(request)
    if not request.path.startswith("/files/") or response.status != 200:
        return response
    return replace(response, status=403, raw=b"<Error><Code>ExpiredToken</Code></Error>")


@reported("langfuse/langfuse#15536", family=2)
def address_signed_once(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Signs the address of a file when its export completes, and shows it from then on."""
    response = respond(request)
    address = _address(request, response)
    if not address:
        return response
    kept = _SIGNED.setdefault(request.path, address)
    return response.edited(lambda document: document["data"]["attributes"].update(attachment_url=kept))


_SIGNED: dict[str, str] = {}  # the address that each export, of whatever server, showed first


def _address(request: ServerRequest, response: ServerResponse) -> str:
    """Return the address of the file that a retrieval shows; empty if it shows none."""
    if not is_about_one(request, "GET") or response.status != 200:
        return ""
    return str(response.document["data"]["attributes"].get("attachment_url") or "")


reported(
    "Top-Q/difido-reports#200",
    family=2,
    name="stream-not-closed",
    summary="Stores a gzip stream before it is closed, so that its end is missing.",
)(on_files("", lambda packed: packed[:-8], packed=True))
