"""Rules of the topic `file`: the file of a completed export is served, and contains what the export states."""

from collections.abc import Iterable, Iterator

from exports_conformance.contract.resources import (
    related_type,
    resource_type,
    resource_types,
    sure_fields,
    sure_includes,
)
from exports_conformance.exchange.exports import has_record_count
from exports_conformance.exchange.model import UNSEEN, Exchange, File, Form
from exports_conformance.exchange.strict_json import Json, as_array, as_object, member, one_line
from exports_conformance.rules.engine import AppliesTo, Check, Finding, demands, every, rule

OK = 200

DRY = ("id", "created_at", "updated_at")
"""The fields that `dry_data` leaves out, whatever else it does."""


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
        yield Finding("200, and a file", f"{exchange.status}{_document(exchange)}")


def _document(exchange: Exchange) -> str:
    """Return what a storage answered in place of a file, as far as its media type tells it."""
    media_type = exchange.response.media_type if exchange.response else ""
    is_xml = media_type in {"application/xml", "text/xml"}
    return ", an XML error document of the storage" if is_xml and exchange.file is None else ""


@rule("file-gzip", applies=_is_requested, needs=("file-served",))
def file_is_gzipped_once(exchange: Exchange) -> Iterator[Finding]:
    """The content is compressed once."""
    if _file(exchange).layers != 1:
        file = _file(exchange)
        yield Finding("a file compressed once with gzip", file.problem or f"compressed {file.layers} times")


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


@rule("file-csv-readable", applies=every(_is_requested, _is("csv")), needs=("file-csv",))
def csv_has_nothing_to_stumble_over(exchange: Exchange) -> Iterator[Finding]:
    """The file has none of the marks that readers of CSV take for content."""
    if marks := _file(exchange).marks:
        yield Finding("a header row first, lines that end alike, and values in the cells", ", ".join(marks))


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


def _is_readable(exchange: Exchange) -> bool:
    """Return True if the file has records, and the form that was requested."""
    file = exchange.file
    return file is not None and not file.problem and file.form == _exported(exchange).get("format") and file.records > 0


def _promised_fields(exchange: Exchange) -> tuple[str, ...]:
    """Return the requested fields that a file must have; dry data leaves out some, and in JSON all that are blank."""
    exported = _exported(exchange)
    if exported.get("dry_data") is False:
        return requested_fields(exchange)
    return tuple(name for name in requested_fields(exchange) if name not in DRY and exported.get("format") == "csv")


@rule(
    "file-fields",
    applies=every(_is_requested, _is_readable, lambda exchange: bool(_promised_fields(exchange))),
    needs=("file-gzip",),
)
def records_have_the_fields(exchange: Exchange) -> Iterator[Finding]:
    """Every record has each of the named fields; in CSV, the header has them."""
    wanted = _promised_fields(exchange)
    if missing := [field for field in wanted if field not in _file(exchange).names]:
        yield Finding(f"in every record: {', '.join(wanted)}", f"without {one_line(missing)}")


def _names_every_field(exchange: Exchange) -> bool:
    """Return True if `fields` names what to export of the resource itself, and not by `*`."""
    return bool(requested_fields(exchange)) and "*" not in _texts(exchange, "fields") and _is_readable(exchange)


@rule("file-no-other-fields", applies=every(_is_requested, _names_every_field), needs=("file-gzip",))
def records_have_no_other_fields(exchange: Exchange) -> Iterator[Finding]:
    """Records have no field that `fields` does not name, but `id`, `type` and what leads to related resources."""
    file = _file(exchange)
    known = {"id", "type", *(path.partition(".")[0] for path in _texts(exchange, "fields"))}
    known |= {path.partition(".")[0] for path in _texts(exchange, "includes")}
    shown = {name.partition(".")[0] for name in (*file.names, *file.paths)} - {UNSEEN}
    if others := sorted(name for name in shown - known if not name.endswith(("_id", "_ids"))):
        yield Finding(f"only {', '.join(_texts(exchange, 'fields'))}", f"also {one_line(others)}")


@rule("file-no-duplicates", applies=every(_is_requested, _is("json"), _is_readable), needs=("file-json", "file-count"))
def no_record_is_twice_in_a_file(exchange: Exchange) -> Iterator[Finding]:
    """No two records have the same id."""
    if _file(exchange).repeated:
        yield Finding("each record once", f"{_file(exchange).repeated} records with the id of an earlier one")


def _typed_fields(exchange: Exchange) -> tuple[str, ...]:
    """Return the fields in the file that are booleans, integers or objects in the resource."""
    types = resource_type(_kind(exchange)).fields if _kind(exchange) else {}
    shown = exchange.file.plain + exchange.file.nested if exchange.file else ()
    return tuple(name for name in dict.fromkeys(shown) if types.get(name) in {"boolean", "integer", "object"})


@rule(
    "file-value-types",
    applies=every(_is_requested, _is("json"), _is_readable, lambda exchange: bool(_typed_fields(exchange))),
    needs=("file-json",),
)
def values_have_the_types_of_the_resource(exchange: Exchange) -> Iterator[Finding]:
    """Booleans, integers and objects of the resource are not all strings in its records."""
    if strings := [name for name in _typed_fields(exchange) if name in _file(exchange).texts]:
        yield Finding("values of the types that the resource has", f"strings in {one_line(strings)}")


def _kind(exchange: Exchange) -> str:
    """Return the exported resource type; empty if it is none that the contract knows."""
    name = _exported(exchange).get("resource_type")
    return name if isinstance(name, str) and name in resource_types() else ""


def _has_records(exchange: Exchange) -> bool:
    return bool(_kind(exchange)) and exchange.file is not None and exchange.file.records > 0


def _texts(exchange: Exchange, argument: str) -> tuple[str, ...]:
    return tuple(text for text in as_array(_exported(exchange).get(argument)) if isinstance(text, str))


def related_resources(exchange: Exchange) -> tuple[str, ...]:
    """Return the certain include paths whose records the file should nest: those that `fields` names, or `includes`."""
    fields = _texts(exchange, "fields")
    named = (
        tuple(field.rpartition(".")[0] for field in fields if "." in field) if fields else _texts(exchange, "includes")
    )
    return tuple(path for path in dict.fromkeys(named) if path in sure_includes(_kind(exchange)))


def _missing(file: File, paths: Iterable[str]) -> list[str]:
    """Return the keys that no record has; none where they may be omitted for being null or empty in every record."""
    wanted = [*paths]
    missing = [path for path in wanted if path not in file.paths]
    return missing if file.shows_empty or len(missing) == len(wanted) else []


def _below(file: File, path: str) -> list[str]:
    """Return the keys of the records that a file nests below a relationship."""
    return [key for key in file.paths if key.startswith(f"{path}.")]


_of_json = every(_is_requested, _is("json"), _has_records)


def _without_dry_data(exchange: Exchange) -> bool:
    return _exported(exchange).get("dry_data") is False


def related_ids(exchange: Exchange) -> tuple[str, ...]:
    """Return the keys in which every record of a file without `fields` has the ids of single related resources."""
    kind = _kind(exchange)
    if not kind or _texts(exchange, "fields"):
        return ()
    links = [resource_type(kind).relationships[path] for path in sure_includes(kind) if "." not in path]
    included = {path.partition(".")[0] for path in _texts(exchange, "includes")}
    return tuple(f"{link.name}_id" for link in links if not link.many and link.name not in included)


@rule(
    "file-related-ids",
    applies=every(_of_json, _without_dry_data, lambda exchange: bool(related_ids(exchange))),
    needs=("file-json",),
)
def records_have_the_ids_of_related_resources(exchange: Exchange) -> Iterator[Finding]:
    """Records have the id of a related resource that is not included as `{name}_id`."""
    if missing := _missing(_file(exchange), related_ids(exchange)):
        yield Finding(f"in the records: {', '.join(related_ids(exchange))}", f"without {one_line(missing)}")


@rule(
    "file-includes-nested",
    applies=every(_of_json, lambda exchange: bool(related_resources(exchange))),
    needs=("file-json",),
)
def included_resources_are_nested(exchange: Exchange) -> Iterator[Finding]:
    """Included resources are objects within the records that they are related to."""
    file, paths = _file(exchange), related_resources(exchange)
    reached = [path for path in paths if "." not in path or _below(file, path.rpartition(".")[0])]
    if missing := _missing(file, reached):
        yield Finding(f"nested in the records: {', '.join(paths)}", f"without {one_line(missing)}")
    if flat := [path for path in paths if path in file.flat]:
        yield Finding(f"nested objects: {', '.join(paths)}", f"other values in {one_line(flat)}")
    known = as_array(member(exchange.expectation.expected, "related"))
    if bare := [path for path in paths if path in known and path not in {*missing, *flat} and not _below(file, path)]:
        yield Finding(f"related resources, which the records have: {', '.join(bare)}", f"none in {one_line(bare)}")


def deep_resources(exchange: Exchange) -> tuple[str, ...]:
    """Return the include paths of three segments that the schema has, where `fields` does not replace `includes`."""
    if _texts(exchange, "fields"):
        return ()
    deep = [path for path in _texts(exchange, "includes") if path.count(".") == 2]  # noqa: PLR2004  between three
    return tuple(path for path in deep if related_type(_kind(exchange), path))


@rule(
    "file-includes-deep", applies=every(_of_json, lambda exchange: bool(deep_resources(exchange))), needs=("file-json",)
)
def deeply_included_resources_are_nested(exchange: Exchange) -> Iterator[Finding]:
    """Resources that are included three levels deep are objects within those of the second level, if there are any."""
    file = _file(exchange)
    for path in deep_resources(exchange):
        *above, _ = path.split(".")
        levels = [".".join(above[:1]), ".".join(above), path]
        missing = next((level for level in levels if level not in file.paths or level in file.flat), "")
        if missing and (missing in file.flat or file.shows_empty):
            yield Finding(f"nested in the records: {path}", f"without {missing} as an object")


def starred_fields(exchange: Exchange) -> dict[str, tuple[str, ...]]:
    """Return what `*` and `rel.*` in `fields` certainly stand for: the keys, by the path that they are below."""
    kind, stars = _kind(exchange), [field for field in _texts(exchange, "fields") if field.rpartition(".")[2] == "*"]
    known: dict[str, tuple[str, ...]] = {"": sure_fields(kind)} if kind and "*" in stars else {}
    for path in related_resources(exchange):
        related = related_type(kind, path)
        if related and f"{path}.*" in stars:
            known[path] = tuple(f"{path}.{field}" for field in sure_fields(related.name))
    return known


@rule(
    "file-star",
    applies=every(_of_json, _without_dry_data, lambda exchange: bool(starred_fields(exchange))),
    needs=("file-json",),
)
def star_stands_for_every_field(exchange: Exchange) -> Iterator[Finding]:
    """Records have all fields of a resource whose `fields` are `*`."""
    file = _file(exchange)
    for path, keys in starred_fields(exchange).items():
        missing = _missing(file, keys) if not path or _below(file, path) else []
        if missing:
            yield Finding(f"in the records: {', '.join(keys)}", f"without {one_line(missing)}")


@rule(
    "file-dry-data",
    applies=every(_of_json, lambda exchange: _exported(exchange).get("dry_data") is True),
    needs=("file-json",),
)
def dry_data_has_no_ids_and_times(exchange: Exchange) -> Iterator[Finding]:
    """Records have no id and no times, unless `fields` names them, but the fields that an import needs."""
    file, named = _file(exchange), _texts(exchange, "fields")
    if kept := [name for name in DRY if name in file.paths and name not in named]:
        yield Finding(f"records without {', '.join(DRY)}", f"with {one_line(kept)}")
    needed = [name for name in ("code", "name") if name in sure_fields(_kind(exchange))] if not named else []
    if missing := [name for name in needed if name not in file.names]:
        yield Finding(f"in every record: {', '.join(needed)}", f"without {one_line(missing)}")


def selected_ids(exchange: Exchange) -> tuple[str, ...]:
    """Return the ids of the records that `filters` select; empty if they are not known."""
    if known := as_array(member(exchange.expectation.expected, "selects")):
        return tuple(known)
    match as_object(_exported(exchange).get("filters")):
        case {"id_eq": str(one), **others} if not others:
            return (one,)
        case {"id_in": [*several], **others} if not others:
            return tuple(dict.fromkeys(text for text in several if isinstance(text, str)))
    return ()


def _has_form_and_selection(exchange: Exchange) -> bool:
    """Return True if the file can be compared with known ids; one without records only if its export has none."""
    file = exchange.file
    empty = file is not None and not file.problem and file.form == _exported(exchange).get("format")
    return bool(selected_ids(exchange)) and (_is_readable(exchange) or (empty and _count_is_known(exchange)))


@rule("file-filters", applies=every(_is_requested, _has_form_and_selection), needs=("file-gzip",))
def filters_select_the_records(exchange: Exchange) -> Iterator[Finding]:
    """The file has the records whose ids the filters name, and no other, even if it has not `records_count` records."""
    file, wanted = _file(exchange), selected_ids(exchange)
    others = [each for each in file.ids if each not in wanted]
    counted = has_record_count(_exported(exchange), file.records)  # else records may have been deleted meanwhile
    whole = len(file.ids) == file.records and not (file.repeated and file.form == "json")
    missing = [each for each in wanted if each not in file.ids] if counted and whole else []
    as_many = has_record_count({**_exported(exchange), "records_count": len(wanted)}, file.records)
    if others or missing or (counted and not as_many):
        found = [f"{file.records} records"]
        found += [f"among them {one_line(others)}"] if others else []
        found += [f"without {one_line(missing)}"] if missing else []
        found += [f"as without the filter {name}" for name in _ignored(exchange)]
        yield Finding(f"{len(wanted)} records: {one_line([*wanted])}", ", ".join(found))


def _ignored(exchange: Exchange) -> list[str]:
    """Return the filters without which the file would have its known records, or as many where it has no ids."""
    without, file = as_object(member(exchange.expectation.expected, "without")), _file(exchange)
    return [
        name
        for name, ids in without.items()
        if (set(as_array(ids)) == set(file.ids) if file.ids else len(as_array(ids)) == file.records)
    ]
