"""One thing in which two responses to the same request differ; those between files, as far as clients read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from exports_conformance.exchange.exports import has_record_count
from exports_conformance.exchange.model import Exchange, File
from exports_conformance.exchange.strict_json import ABSENT, Json, as_object, member
from exports_conformance.exchange.untrusted import shortened

DiscrepancyKind = Literal[
    "status",
    "media type",
    "header",
    "header added",
    "header removed",
    "document",
    "member added",
    "member removed",
    "retyped",
    "newly null",
    "no longer null",
    "enum value",
    "value",
    "order",
    "code",
    "pointer",
    "prose",
    "promise",
    "timing",
]
HEADER_KINDS = frozenset({"header", "header added", "header removed"})


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing in which two responses differ.

    `at` is a JSON pointer into the responses, with `*` for any error, and for a list into one of its exports; for a
    header it is its name. It is empty where the discrepancy has no place. `before` and `after` describe what is there,
    `was` and `is_now` are the values.
    """

    what: DiscrepancyKind
    at: str
    before: str
    after: str
    was: Json = None
    is_now: Json = None


FILE = "/file"
FILE_COLUMNS = f"{FILE}/*"
_LONGEST_LIST = 300


def file_discrepancies(was: File, is_now: File) -> Iterator[Discrepancy]:
    """Yield the differences of two files, except which and how many records they have.

    The order of columns is compared; of JSON, whether a key has an object or an array, as included resources do.
    """
    if (was.form, was.layers, bool(was.problem)) != (is_now.form, is_now.layers, bool(is_now.problem)):
        yield Discrepancy("document", "", _file_in_words(was), _file_in_words(is_now))
        return
    if not (was.records and is_now.records):
        return  # without a record there are no keys
    if was.form == "csv" and was.names and not set(was.names) & set(is_now.names):
        named = f"a csv file with the header line {', '.join(was.names)}"
        yield Discrepancy("document", "", shortened(named, _LONGEST_LIST), "a csv file with none of these columns")
        return
    for name in dict.fromkeys((*was.names, *is_now.names)):
        if name not in was.names:
            yield Discrepancy("member added", _key_pointer(name), ABSENT, "in every record")
        elif name not in is_now.names:
            yield Discrepancy("member removed", _key_pointer(name), "in every record", ABSENT)
        elif (before := _nesting(was, name)) and (after := _nesting(is_now, name)) and before != after:
            yield Discrepancy("retyped", _key_pointer(name), before, after)
    yield from _related_records(was, is_now)
    if was.names != is_now.names and sorted(was.names) == sorted(is_now.names):
        orders = (shortened(", ".join(each.names), _LONGEST_LIST) for each in (was, is_now))
        yield Discrepancy("order", FILE_COLUMNS, *orders)


def record_count_discrepancies(before: Exchange, after: Exchange) -> Iterator[Discrepancy]:
    """Yield a discrepancy if only one file has as many records as its export stated; how many there are is free."""
    was, is_now = _record_count(before), _record_count(after)
    if was and is_now and was != is_now:
        yield Discrepancy("value", FILE, was, is_now)


def _record_count(exchange: Exchange) -> str:
    """Return how a file's number of records compares with `records_count`; empty if either is unknown."""
    attributes, file = as_object(member(exchange.expectation.expected, "attributes")), exchange.file
    stated = attributes.get("records_count")
    if file is None or file.problem or not isinstance(stated, int):
        return ""
    if has_record_count(attributes, file.records):
        return "as many records as records_count"
    return f"{'fewer' if file.records < stated else 'more'} records than records_count"


def _related_records(was: File, is_now: File) -> Iterator[Discrepancy]:
    """Yield the keys of related records that only one file has, if both files show related records of that kind.

    A file that omits empty values may lack a key by chance, so both must show some.
    """
    for name in sorted({*was.flat, *is_now.flat}):
        if (name in was.flat) is not (name in is_now.flat) and all(_shows_below(each, name) for each in (was, is_now)):
            values = ("other values" if name in each.flat else "records" for each in (was, is_now))
            yield Discrepancy("retyped", _key_pointer(name), *values)
    if not (was.shows_empty and is_now.shows_empty):
        return
    old, new = _keys_of_related(was), _keys_of_related(is_now)
    for parent in sorted(old.keys() & new.keys()):
        at = f"{_key_pointer(parent)}/*"
        if gone := old[parent] - new[parent]:
            yield Discrepancy("member removed", at, _listed(gone), ABSENT)
        if added := new[parent] - old[parent]:
            yield Discrepancy("member added", at, ABSENT, _listed(added))


def _keys_of_related(file: File) -> Mapping[str, set[str]]:
    """Return the keys of related records, by the path of their relationship."""
    found: dict[str, set[str]] = {}
    for path in file.paths:
        parent, _, key = path.rpartition(".")
        if parent:
            found.setdefault(parent, set()).add(key)
    return found


def _listed(keys: set[str]) -> str:
    return shortened(", ".join(sorted(keys)), _LONGEST_LIST)


def _shows_below(file: File, name: str) -> bool:
    """Return whether a file shows of what the values of a relationship are made."""
    return name in file.flat or any(each.startswith(f"{name}.") for each in file.paths)


def _nesting(file: File, name: str) -> str:
    """Return what the records have by a name, as far as all of them agree; empty if unknown or mixed."""
    nested, plain = name in file.nested, name in file.plain
    return "" if nested == plain else "nested" if nested else "not nested"


def _key_pointer(name: str) -> str:
    """Return the pointer of a key of every record; the path of a relationship stays one step."""
    return f"{FILE_COLUMNS}/" + name.replace("~", "~0").replace("/", "~1")


def _file_in_words(file: File) -> str:
    packed = {0: "not gzipped", 1: "gzipped once"}.get(file.layers, f"gzipped {file.layers} times")
    return f"not a file of records: {file.problem}" if file.problem else f"a {file.form} file, {packed}"
