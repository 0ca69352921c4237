"""Rules of the topic `file`: the file of a completed export is served, and contains what the export states."""

from collections.abc import Iterator

from exports_conformance.exchange.exports import has_record_count
from exports_conformance.exchange.jsonapi import as_array, as_object, member
from exports_conformance.exchange.model import Exchange, File, Form
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.conditions import AppliesTo, demands, every
from exports_conformance.rules.engine import Check, Finding, rule

OK = 200


_is_requested = demands("download")


def _exported(exchange: Exchange) -> dict[str, Json]:
    """Return the attributes that the export showed when its file was requested."""
    return as_object(member(exchange.expectation.expected, "attributes"))


def _file(exchange: Exchange) -> File:
    if exchange.file is None:  # the needs of these rules exclude it
        raise ValueError("no file was served")
    return exchange.file


@rule("file-served", applies=_is_requested)
def file_is_served(exchange: Exchange) -> Iterator[Finding]:
    """The response is 200 with a file."""
    if exchange.status != OK or exchange.file is None:
        yield Finding("200, and a file", str(exchange.status))


@rule("file-gzip", applies=_is_requested, needs=("file-served",))
def file_is_gzipped_once(exchange: Exchange) -> Iterator[Finding]:
    """The content is compressed once."""
    if _file(exchange).layers != 1:
        yield Finding("gzip, once", f"gzip, {_file(exchange).layers} times")


def _is(form: Form) -> AppliesTo:
    return lambda exchange: _exported(exchange).get("format") == form


def _has_form(form: Form) -> Check:
    def file_has_its_form(exchange: Exchange) -> Iterator[Finding]:
        file = _file(exchange)
        if file.form != form or file.problem:
            yield Finding(form, file.problem or file.form)

    return file_has_its_form


rule("file-json", applies=every(_is_requested, _is("json")), needs=("file-gzip",))(_has_form("json"))
rule("file-csv", applies=every(_is_requested, _is("csv")), needs=("file-gzip",))(_has_form("csv"))


def _count_is_known(exchange: Exchange) -> bool:
    """Return True if a count can be compared; one that differs only when it differs again, since records change."""
    count = _exported(exchange).get("records_count")
    known = isinstance(count, int) and exchange.file is not None and not exchange.file.problem
    return known and (exchange.expectation.certain or has_record_count(_exported(exchange), _file(exchange).records))


@rule("file-count", applies=every(_is_requested, _count_is_known), needs=("file-gzip",))
def file_has_as_many_records(exchange: Exchange) -> Iterator[Finding]:
    """The file has `records_count` records; CSV may have more rows for related resources, which nothing defines."""
    count, found = _exported(exchange)["records_count"], _file(exchange).records
    if not has_record_count(_exported(exchange), found):
        yield Finding(f"{count} records", f"{found} records")


def requested_fields(exchange: Exchange) -> tuple[str, ...]:
    """Return the fields of the exported resource itself that the creation names."""
    fields = as_array(_exported(exchange).get("fields"))
    named = [field for field in fields if isinstance(field, str)]
    return tuple(field for field in named if "." not in field and field != "*")


def _names_fields(exchange: Exchange) -> bool:
    named = bool(requested_fields(exchange)) and _exported(exchange).get("dry_data") is False
    return named and exchange.file is not None and exchange.file.records > 0


@rule("file-fields", applies=every(_is_requested, _is("json"), _names_fields), needs=("file-json",))
def records_have_the_fields(exchange: Exchange) -> Iterator[Finding]:
    """Every record has each of the named fields."""
    missing = [field for field in requested_fields(exchange) if field not in _file(exchange).names]
    if missing:
        yield Finding(f"in every record: {', '.join(requested_fields(exchange))}", f"without {one_line(missing)}")
