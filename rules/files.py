"""Rules of an export's file: it is served, gzipped once, and what its export says that it is."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange, File
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.applies import demands
from exports_conformance.rules.engine import Applies, Finding, every, rule

OK = 200


_is_asked = demands("download")


def _exported(exchange: Exchange) -> dict[str, Json]:
    """Give the attributes that the export showed when its file was asked for."""
    before = exchange.expectation.expected if isinstance(exchange.expectation.expected, dict) else {}
    attributes = before.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _file(exchange: Exchange) -> File:
    if exchange.file is None:  # which the needs of these rules exclude
        raise ValueError("no file was served")
    return exchange.file


@rule("file-served", applies=_is_asked)
def file_is_served(exchange: Exchange) -> Iterator[Finding]:
    """The address of the file answers 200, with the file."""
    if exchange.status != OK or exchange.file is None:
        yield Finding("200, and a file", str(exchange.status))


@rule("file-gzip", applies=_is_asked, needs=("file-served",))
def file_is_gzipped_once(exchange: Exchange) -> Iterator[Finding]:
    """There is one layer of gzip around the content."""
    if _file(exchange).layers != 1:
        yield Finding("gzip, once", f"gzip, {_file(exchange).layers} times")


def _is(form: str) -> Applies:
    def applies(exchange: Exchange) -> bool:
        return _exported(exchange).get("format") == form

    return applies


def _has_form(form: str) -> None:
    def file_has_its_form(exchange: Exchange) -> Iterator[Finding]:
        file = _file(exchange)
        if file.form != form or file.problem:
            yield Finding(form, file.problem or file.form)

    rule(f"file-{form}", applies=every(_is_asked, _is(form)), needs=("file-gzip",))(file_has_its_form)


for _form in ("json", "csv"):
    _has_form(_form)


def _count_is_known(exchange: Exchange) -> bool:
    """A count that differs is believed when it differs again: records come and go while an export is on its way."""
    count = _exported(exchange).get("records_count")
    known = isinstance(count, int) and exchange.file is not None and not exchange.file.problem
    return known and (exchange.expectation.certain or count == _file(exchange).records)


@rule("file-count", applies=every(_is_asked, _count_is_known), needs=("file-gzip",))
def file_has_as_many_records(exchange: Exchange) -> Iterator[Finding]:
    """There are as many records as the export said."""
    count = _exported(exchange)["records_count"]
    if _file(exchange).records != count:
        yield Finding(f"{count} records", f"{_file(exchange).records} records")


def fields_asked(exchange: Exchange) -> tuple[str, ...]:
    """Give the fields of its own resource that an export was asked for by name."""
    fields = _exported(exchange).get("fields")
    named = [field for field in fields if isinstance(field, str)] if isinstance(fields, list) else []
    return tuple(field for field in named if "." not in field and field != "*")


def _names_fields(exchange: Exchange) -> bool:
    asked = bool(fields_asked(exchange)) and _exported(exchange).get("dry_data") is False
    return asked and exchange.file is not None and exchange.file.records > 0


@rule("file-fields", applies=every(_is_asked, _is("json"), _names_fields), needs=("file-json",))
def records_have_the_fields(exchange: Exchange) -> Iterator[Finding]:
    """Every record has each field that was asked for."""
    missing = [field for field in fields_asked(exchange) if field not in _file(exchange).names]
    if missing:
        yield Finding(f"in every record: {', '.join(fields_asked(exchange))}", f"without {one_line(missing)}")
