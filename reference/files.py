"""The files of completed exports: gzipped JSON or CSV, behind a signed URL that expires."""

import csv
import gzip
import hashlib
import hmac
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from exports_conformance.contract.resources import resource_type
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.organisation import Arguments, Export, Organisation, Record
from exports_conformance.reference.policy import Policy
from exports_conformance.reference.values import is_field, is_include, texts_in

EXPIRES_IN = 300
UNDRIED = frozenset({"id", "created_at", "updated_at"})
Tree = dict[str, "Tree | None"]
Omission = Callable[[str, Json], bool]


def attachment_url(call: Call, export: Export) -> str:
    """Return the URL of an export's file, valid for five minutes."""
    fraction = 0 if call.policy.coarse_links else call.now.microsecond // 1000
    signed_at = f"{call.now:%Y%m%dT%H%M%S}.{fraction:03}Z"
    path = f"/files/{call.organisation.slug}/{export.id}.{export.arguments.format or 'json'}.gz"
    signature = _signature(call.organisation, path, signed_at)
    return (
        f"{call.request.base_url}{path}?X-Amz-Date={signed_at}&X-Amz-Expires={EXPIRES_IN}&X-Amz-Signature={signature}"
    )


def download(call: Call) -> ServerResponse:
    """Answer a request for a file; the signature in its URL takes the place of a token."""
    if call.request.method not in {"GET", "HEAD"}:
        return _storage_error(405, "MethodNotAllowed")
    query = {name: values[-1] for name, values in parse_qs(call.request.query).items()}
    signed_at, signature = query.get("X-Amz-Date", ""), query.get("X-Amz-Signature", "")
    expected = _signature(call.organisation, call.request.path, signed_at)
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return _storage_error(403, "SignatureDoesNotMatch")
    since = datetime.strptime(signed_at, "%Y%m%dT%H%M%S.%f%z")
    if call.now - since >= timedelta(seconds=EXPIRES_IN):
        return _storage_error(403, "AccessDenied")
    export = call.organisation.exports.get(call.request.path.rpartition("/")[2].partition(".")[0])
    stage = export.stage(call.now) if export else None
    if export is None or stage is None or stage.completed_at is None:
        return _storage_error(404, "NoSuchKey")
    if call.now - stage.completed_at < timedelta(seconds=call.policy.file_lag):
        return _storage_error(404, "NoSuchKey")
    text = content(call.organisation, export, call.policy)
    packed = gzip.compress(text, compresslevel=1, mtime=0)  # no timestamp, so that a file never changes
    return ServerResponse(200, (("content-type", "application/gzip"),), raw=packed)


def content(organisation: Organisation, export: Export, policy: Policy) -> bytes:
    """Return the content of a file before gzip: one JSON array, or CSV with a header row.

    How CSV nests included records is not documented: they are JSON in a cell, or one row each.
    """
    wanted = _tree(export)
    leaves_out = _omission(policy, dry=bool(export.arguments.dry_data))
    rows = [_shown(organisation, record, wanted, leaves_out) for record in export.records]
    if export.arguments.format != "csv":
        return json.dumps(rows, ensure_ascii=False).encode()
    return _csv([part for row in rows for part in _split(row, wanted)] if policy.splits_csv_rows else rows)


def rows(organisation: Organisation, export: Export) -> int:
    """Count the records in a file, related ones as often as they appear."""

    def below(record: Record, wanted: Tree) -> int:
        branches = [(name, branch) for name, branch in wanted.items() if branch is not None]
        return 1 + sum(
            below(other, branch) for name, branch in branches for other in organisation.related(record, name)
        )

    wanted = _tree(export)
    return sum(below(record, wanted) for record in export.records)


def _tree(export: Export) -> Tree:
    """Return the exported fields as a tree of names; `*` stands for every field.

    `includes` count only without `fields`, which name related resources themselves.
    """
    paths, within = _known_paths(export.arguments)
    tree: Tree = dict(within)
    for path in paths:
        *relationships, name = path.split(".")
        branch = tree
        for relationship in relationships:
            following = branch.setdefault(relationship, dict(within))
            assert following is not None, "no relationship has the name of a field"  # noqa: S101  for the type checker
            branch = following
        branch[name] = None
    return tree


def _known_paths(arguments: Arguments) -> tuple[list[str], Tree]:
    """Return the paths that are exported, and what is exported at each level besides; unknown paths are ignored."""
    if arguments.fields:
        return [path for path in texts_in(arguments.fields) if is_field(arguments.resource_type, path)], {}
    includes = [path for path in texts_in(arguments.includes) if is_include(arguments.resource_type, path)]
    return [f"{include}.*" for include in includes], {"*": None}


def _shown(organisation: Organisation, record: Record, wanted: Tree, leaves_out: Omission) -> dict[str, Json]:
    kind = resource_type(record.type)
    every = "*" in wanted
    values = {name: record.attributes[name] for name in kind.fields if every or name in wanted}
    if every:
        for link in kind.relationships.values():
            if not link.many and link.includable:
                values[f"{link.name}_id"] = next((other.id for other in organisation.related(record, link.name)), None)
    for name, branch in wanted.items():
        if branch is not None:
            others = [_shown(organisation, other, branch, leaves_out) for other in organisation.related(record, name)]
            values[name] = others if kind.relationships[name].many else next(iter(others), None)
    return {name: value for name, value in values.items() if not leaves_out(name, value)}


def _omission(policy: Policy, *, dry: bool) -> Omission:
    """Return what files leave out: of dry data ids, timestamps of the record, formatted amounts, and blanks."""

    def is_left_out(name: str, value: Json) -> bool:
        related = name.endswith("_id") and not policy.keeps_related_ids
        undried = dry and (name in UNDRIED or related or name.startswith("formatted_"))
        return undried or ((dry or policy.omits_blanks) and value in (None, "", [], {}))

    return is_left_out


def _csv(rows: list[dict[str, Json]]) -> bytes:
    """Return rows as CSV; nested values are JSON in their cell, so that a record is always one line."""
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _split(row: dict[str, Json], wanted: Tree) -> list[dict[str, Json]]:
    """Return a row for each included record in a row, or the row itself; their columns are `prices.code` and so on."""
    own = {name: value for name, value in row.items() if wanted.get(name) is None}
    parts = [
        own | {f"{name}.{key}": value for key, value in part.items()}
        for name, branch in wanted.items()
        if branch is not None
        for record in _as_list(row.get(name))
        if record is not None
        for part in _split(record, branch)
    ]
    return parts or [own]


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _cell(value: Json) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _signature(organisation: Organisation, path: str, signed_at: str) -> str:
    return hmac.digest(organisation.signing_key, f"{path}\n{signed_at}".encode(), hashlib.sha256).hex()


def _storage_error(status: int, code: str) -> ServerResponse:
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return ServerResponse(status, (("content-type", "application/xml"),), raw=document.encode())
