"""Servers whose files are not what their exports say."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import breaks

Change = Callable[[bytes], bytes]


def mutant_of_files(
    requirement: str,
    name: str,
    form: str = "",
    *,
    served: Change = bytes,
    content: Change = bytes,
    options: tuple[str, ...] = (),
) -> None:
    """Register a server that serves the files of a format otherwise, as a whole or unpacked."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not request.path.startswith("/files/") or response.status != 200 or form not in request.path:
            return response
        packed = gzip.compress(content(gzip.decompress(response.body)), compresslevel=1)
        return replace(response, raw=served(packed))

    breaks(requirement, name, options=options)(middleware)


def records(change: Callable[[list[dict[str, Json]]], Json]) -> Change:
    return lambda plain: json.dumps(change(json.loads(plain))).encode()


def _as_json(plain: bytes) -> bytes:
    return json.dumps([*csv.DictReader(io.StringIO(plain.decode()))]).encode()


def _as_csv(plain: bytes) -> bytes:
    records = json.loads(plain)
    text = io.StringIO()
    writer = csv.DictWriter(text, [*records[0]])
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


mutant_of_files("file-gzip", "file-plain", served=gzip.decompress)
mutant_of_files("file-gzip", "file-gzipped-twice", served=gzip.compress)
mutant_of_files("file-gzip", "file-cut-short", served=lambda packed: packed[:-12])
mutant_of_files("file-json", "json-that-is-csv", ".json", content=_as_csv)
mutant_of_files(
    "file-json", "json-of-lists", ".json", content=records(lambda records: [[*each.values()] for each in records])
)
mutant_of_files("file-json", "json-unended", ".json", content=lambda plain: plain[:-1])
mutant_of_files("file-csv", "csv-that-is-json", ".csv", content=_as_json)
mutant_of_files("file-csv", "csv-unquoted", ".csv", content=lambda plain: plain.replace(b'"', b""))
mutant_of_files("file-csv", "csv-with-a-cell-too-many", ".csv", content=lambda plain: plain[:-1] + b",more\n")
mutant_of_files("file-csv", "csv-stored-twice", ".csv", served=lambda packed: packed * 2)
mutant_of_files("file-json", "json-with-a-byte-order-mark", ".json", content=lambda plain: b"\xef\xbb\xbf" + plain)
mutant_of_files(
    "file-csv-readable", "csv-with-a-byte-order-mark", ".csv", content=lambda plain: b"\xef\xbb\xbf" + plain
)
mutant_of_files(
    "file-csv-readable", "csv-with-two-line-ends", ".csv", content=lambda plain: plain.replace(b"\n", b"\r\n", 1)
)
mutant_of_files("file-count", "json-a-record-short", ".json", content=records(lambda records: records[1:]))
mutant_of_files(
    "file-count", "csv-a-record-short", ".csv", content=lambda plain: plain[: plain.rstrip().rfind(b"\n") + 1]
)
mutant_of_files("file-count", "json-a-record-twice", ".json", content=records(lambda records: [*records, records[-1]]))
mutant_of_files(
    "file-fields",
    "json-without-a-field",
    ".json",
    content=records(
        lambda records: [{name: value for name, value in each.items() if name != "id"} for each in records]
    ),
)


def _renamed(plain: bytes) -> bytes:
    header, _, rows = plain.partition(b"\n")
    return header.replace(b"name", b"id", 1) + b"\n" + rows


def _widened(plain: bytes) -> bytes:
    rows = [*csv.reader(io.StringIO(plain.decode(), newline=""))]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [[*row, "weight" if not at else "1"] for at, row in enumerate(rows)]
    )
    return text.getvalue().encode()


def _with_more(record: dict[str, Json]) -> dict[str, Json]:
    """Return a record of a few requested fields with another one; one of all fields has it already."""
    return record if "description" in record or "id" not in record else {**record, "weight": 1.5}


def _as_strings(record: dict[str, Json]) -> dict[str, Json]:
    return {name: str(value) if isinstance(value, bool) else value for name, value in record.items()}


mutant_of_files("file-fields", "csv-column-renamed", ".csv", content=_renamed)
mutant_of_files("file-no-other-fields", "csv-column-more", ".csv", content=_widened)
mutant_of_files(
    "file-no-other-fields",
    "json-field-more",
    ".json",
    content=records(lambda found: [_with_more(each) for each in found]),
)
mutant_of_files(
    "file-no-duplicates", "json-first-in-place-of-last", ".json", content=records(lambda found: [*found[:-1], found[0]])
)
mutant_of_files(
    "file-value-types",
    "json-booleans-as-strings",
    ".json",
    content=records(lambda found: [_as_strings(each) for each in found]),
)


@breaks("file-served")
def file_is_denied(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Gives attachment URLs that answer 403."""
    if request.path.startswith("/files/"):
        return replace(respond(request), status=403, raw=b"<Error><Code>AccessDenied</Code></Error>")
    return respond(request)


@breaks("file-served")
def file_asks_for_a_token(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Serves files only with the API's token."""
    if request.path.startswith("/files/") and "authorization" not in request.headers:
        return replace(respond(request), status=401, raw=b"")
    return respond(request)
