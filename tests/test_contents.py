"""The contents of a file: what it is, how often it was gzipped, how many records it has, and none of them kept."""

import csv
import gzip
import io
import json
import time
import tracemalloc
import zlib
from dataclasses import asdict, fields
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports_conformance.client.storage import MAX_INFLATED, TooLarge, file_of
from exports_conformance.exchange.model import UNSEEN, File

JSON = b'[{"code": "A", "name": "canary"}, {"code": "B", "at": null}]'
EXPIRED = b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
CSV = b'code,name\nA,"can""ary"\nB,\n'


def _of(plain: bytes) -> File:
    return file_of(gzip.compress(plain))


def test_size_and_digest_are_those_of_the_file_as_served() -> None:
    packed = gzip.compress(JSON)
    file = file_of(packed)
    assert (file.size, file.sha256) == (len(packed), sha256(packed).hexdigest())


@pytest.mark.parametrize(
    ("packed", "layers", "problem"),
    [
        pytest.param(gzip.compress(JSON), 1, "", id="once"),
        pytest.param(gzip.compress(b"[{},") + gzip.compress(b"") + gzip.compress(b"{}]"), 1, "", id="members"),
        pytest.param(gzip.compress(JSON) + bytes(512), 1, "", id="padded"),
        pytest.param(gzip.compress(JSON) + b"trailing", 1, "", id="trailing"),
        pytest.param(gzip.compress(gzip.compress(JSON)), 2, "compressed twice", id="twice"),
        pytest.param(JSON, 0, "JSON that is not compressed", id="none"),
        pytest.param(b"", 0, "an empty file", id="empty"),
        pytest.param(zlib.compress(JSON), 0, "not gzip: the first bytes are not 1f 8b", id="deflate"),
        pytest.param(b"code,name\nA,B\n", 0, "text that is not compressed", id="plain text"),
        pytest.param(b"<!DOCTYPE html><html></html>", 0, "an HTML page", id="page"),
        pytest.param(gzip.compress(b"\n<html></html>"), 1, "an HTML page", id="page within"),
        pytest.param(EXPIRED, 0, "an XML error document of the storage", id="error document"),
        pytest.param(b"<?xml version='1.0'?><records/>", 0, "an XML document", id="document"),
        pytest.param(gzip.compress(JSON)[:-1], 0, "the gzip stream ends too early", id="truncated"),
        pytest.param(gzip.compress(JSON)[:2], 0, "the gzip stream ends too early", id="head only"),
        pytest.param(
            gzip.compress(JSON) + gzip.compress(JSON)[:9], 0, "the gzip stream ends too early", id="member cut"
        ),
        pytest.param(gzip.compress(JSON)[:-8] + bytes(8), 0, "the gzip stream is damaged (", id="wrong digest"),
        pytest.param(b"\x1f\x8bno gzip at all", 0, "the gzip stream is damaged (", id="wrong head"),
    ],
)
def test_layers_of_gzip_are_counted(packed: bytes, layers: int, problem: str) -> None:
    """A layer that is broken is none."""
    file = file_of(packed)
    assert file.layers == layers
    assert file.problem.startswith(problem)
    assert (file.form == "json") is (file.problem == "") is (file.records == 2)


def test_members_are_read_in_one_go() -> None:
    """Time is in proportion to the file, however many members it has."""
    nothing = gzip.compress(b"")
    started = time.process_time()
    assert file_of(nothing * (4_000_000 // len(nothing)) + gzip.compress(b"[]")).form == "json"
    assert time.process_time() - started < 5


def test_inflation_is_bounded() -> None:
    """Inflation stops at the same byte, whatever the number of gzip members."""
    assert file_of(gzip.compress(b"[{}]") + gzip.compress(b" " * 6), largest=10).records == 1
    for packed in (gzip.compress(b" " * 11), gzip.compress(b"[{}]") + gzip.compress(b" " * 7)):
        with pytest.raises(TooLarge, match="file inflates to over 10 bytes"):
            file_of(packed, largest=10)
    assert MAX_INFLATED < 20_000_000


@pytest.mark.parametrize("record", [b'{"":0}', b"{}", b"[]", b"0", b'{"":{"":0}}'])
def test_reading_is_bounded(record: bytes) -> None:
    """A small file of many values, which would take a gigabyte once it is read, is not read."""
    packed = gzip.compress(b"[" + b",".join([record] * (12_000_000 // (len(record) + 1))) + b"]", compresslevel=1)
    assert len(packed) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="file has over 1000000 values"):
            file_of(packed)
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()


def test_large_file_is_read() -> None:
    """Ten thousand records, which is what was once the most, of thirty fields each."""
    record = {f"field_{number}": "x" * 20 for number in range(30)}
    file = _of(json.dumps([record] * 10_000).encode())
    assert (file.problem, file.records, len(file.names)) == ("", 10_000, 30)


@pytest.mark.parametrize(
    ("plain", "records", "names", "problem"),
    [
        (JSON, 2, ("code",), ""),
        (b"[]", 0, (), ""),
        (b" \r\n[ ]\t", 0, (), ""),
        (b'[{"b": 1, "a": [1]}]', 1, ("a", "b"), ""),
        (b'[{"a": 1}, {}]', 2, (), ""),
        (b'[{"a": 1, "a": 2}]', 1, ("a",), ""),
        (b"[1, 2, 3]", 3, (), "a record is not an object"),
        (b'[{"a": 1}, null]', 2, (), "a record is not an object"),
        (b'[{"a": 1}, [{}]]', 2, (), "a record is not an object"),
        (b'[{"a": "canary"}', 0, (), "not JSON: Expecting ',' delimiter: line 1 column 17 (char 16)"),
        (b'[{"a": "canary', 0, (), "not JSON: Unterminated string starting at: line 1 column 8 (char 7)"),
        (b'[{"a": 1}] []', 0, (), "not JSON: Extra data: line 1 column 12 (char 11)"),
        (b'[{"a": NaN}]', 0, (), "not JSON: NaN is not a JSON value"),
        (b'[{"a": "\xff"}]', 0, (), "not JSON: not UTF-8: byte 8 is 0xff"),
        (b"[" * 100_000, 0, (), "not JSON: nested too deep to be read"),
    ],
)
def test_json_is_one_array_of_objects(plain: bytes, records: int, names: tuple[str, ...], problem: str) -> None:
    """Its names are those that every record has; without a record, or with anything else, there is none."""
    file = _of(plain)
    assert (file.form, file.problem, file.records, file.names) == ("json", problem, records, names)


@pytest.mark.parametrize(
    ("plain", "records", "names", "problem"),
    [
        (CSV, 2, ("code", "name"), ""),
        (CSV.replace(b"\n", b"\r\n"), 2, ("code", "name"), ""),
        (CSV.rstrip(b"\n"), 2, ("code", "name"), ""),
        (b"\xef\xbb\xbf" + CSV, 2, ("code", "name"), ""),
        (b"code\n", 0, ("code",), ""),
        (b"code", 0, ("code",), ""),
        (b'"code","na""me"\n', 0, ("code", UNSEEN), ""),
        (b'code,name\nA,"two\nlines"\nB,"two\r\nlines"\n', 2, ("code", "name"), ""),
        (b'code,name\nA,"a, b"\n', 1, ("code", "name"), ""),
        (b'code,name\n"",""\n', 1, ("code", "name"), ""),
        (b"code,name\n\nA,B\n\n", 1, ("code", "name"), ""),
        ("code,name\nA,Größe 🧦\n".encode(), 1, ("code", "name"), ""),
        (b"code,name\nA,B\nA\nA,B,C\n", 3, ("code", "name"), "record 2 has 1 cells, and the header 2"),
        (b"code\nA,B\n", 1, ("code",), "record 1 has 2 cells, and the header 1"),
        (b'code,name\nA,"canary\n', 0, (), "not CSV: line 2: a quoted cell is never closed"),
        (b'code,name\nA,"can"ary\n', 0, (), "not CSV: line 2: a quotation mark within a quoted cell is not doubled"),
        (b"code\n" + b"x" * 5_000_000, 0, (), "not CSV: line 2: field larger than field limit (4194304)"),
        (b"code\n\xe9t\xe9\n", 0, (), "not UTF-8: byte 5 is 0xe9"),
        (b"\xef\xbb\xbfcode\n\xe9t\xe9\n", 0, (), "not UTF-8: byte 8 is 0xe9"),
        (CSV.decode().encode("utf-16"), 0, (), "not UTF-8: byte 0 is 0xff"),
        (CSV + CSV, 5, ("code", "name"), "record 3 is the header row once more"),
        (b"code\nA\ncode\n", 2, ("code",), ""),
        (b"", 0, (), "the CSV has no header row"),
        (b"\n\n", 0, (), "the CSV has no header row"),
    ],
)
def test_csv_has_a_header_and_records_as_wide(plain: bytes, records: int, names: tuple[str, ...], problem: str) -> None:
    """Quoted by RFC 4180; an empty line is not a record."""
    file = _of(plain)
    assert (file.form, file.problem, file.records, file.names) == ("csv", problem, records, names)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_record_that_is_written_is_counted(rows: list[list[str]], quoting: int, end: str) -> None:
    """Every record of a JSON or CSV file is counted, whatever its cells hold."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=end).writerows([["a", "b"], *rows])  # type: ignore[arg-type]
    file = _of(text.getvalue().encode())
    assert (file.form, file.problem, file.records, file.names) == ("csv", "", len(rows), ("a", "b"))
    file = _of(json.dumps([dict(zip("ab", row, strict=True)) for row in rows]).encode())
    assert (file.form, file.problem, file.records) == ("json", "", len(rows))


@pytest.mark.parametrize(
    "plain",
    [
        JSON,
        CSV,
        b'{"records": [{"email": "canary@example.com"}]}',
        b'{"email": "canary"}\n{"email": "canary"}\n',
        b"<html>canary</html>",
        b"canary in a sentence\n",
        b'[{"canary@example.com": 1}]',
        b"[" + b"7" * 300_000 + b"e400]",
        b",".join(b"a%d" % number for number in range(100_000)),
        b"x" * 100_000,
    ],
)
def test_nothing_of_the_content_is_kept(plain: bytes) -> None:
    """What should be a name, and does not look like one, is none that is shown."""
    file = _of(plain)
    assert {field.name for field in fields(file)} == {
        "size",
        "sha256",
        "layers",
        "form",
        "problem",
        "records",
        "paths",
        "flat",
        "shows_empty",
        "ids",
        "names",
        "nested",
        "plain",
        "repeated",
        "texts",
        "created",
        "codes",
        "known",
        "marks",
    }
    kept = repr(asdict(file))
    assert "canary" not in kept
    assert len(kept) < 20_000


def test_keys_of_nested_records_stand_below_their_relationship() -> None:
    """Those of other objects are content, and are not kept."""
    records = [
        {"id": "aBc", "metadata": {"canary": 1}, "prices": [{"id": "x", "price_tiers": []}, {"sku": {"code": "A"}}]},
        {"id": "not an id", "prices": [], "tags": ["a"], "sku": "x"},
    ]
    file = _of(json.dumps(records).encode())
    nested = {"prices.id", "prices.price_tiers", "prices.sku", "prices.sku.code"}
    assert set(file.paths) == {"id", "metadata", "prices", "tags", "sku", *nested}
    assert (file.flat, file.shows_empty, file.ids) == (("sku", "tags"), True, ("aBc",))
    assert not _of(b'[{"id": "aBc", "code": "A"}]').shows_empty


def test_records_that_nest_each_other_are_read_to_a_depth() -> None:
    deep: dict[str, Any] = {"id": "a"}
    for _ in range(50):
        deep = {"prices": deep}
    assert max(path.count(".") for path in _of(json.dumps([deep]).encode()).paths) == 3


def test_records_with_the_id_of_an_earlier_one_are_counted() -> None:
    records = [{"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": "a"}, {"code": "no id"}]
    assert _of(json.dumps(records).encode()).repeated == 2


def test_ids_of_a_csv_file_are_those_of_its_column() -> None:
    file = _of(b"code,id\nA,a\nB,b\nC,a\n")
    assert (file.ids, file.repeated) == (("a", "b", "a"), 1)
    assert (_of(b"code,name\nA,a\n").ids, _of(b"code,id\nA\n").ids) == ((), ())


def test_codes_are_known_if_every_record_has_one() -> None:
    assert _of(b'[{"id": "a", "code": "A-1"}, {"id": "b", "code": "B.2"}]').codes == ("A-1", "B.2")
    assert _of(b'[{"id": "a", "code": "A"}, {"id": "b", "code": "a, b"}]').codes == ()
    assert _of(b'[{"id": "a", "code": "A"}, {"id": "b"}]').codes == ()


def test_keys_with_strings_only_are_texts() -> None:
    records = [{"a": "1", "b": 1, "c": None, "d": "x"}, {"a": "2", "b": "1", "c": None, "d": None}]
    assert _of(json.dumps(records).encode()).texts == ("a", "d")


def test_what_filters_can_compare_is_known() -> None:
    """Ids of related records, words in metadata, and whether a reference is null: what else there is, is not kept."""
    first: dict[str, Any] = {
        "id": "a",
        "sku_id": "aBc",
        "prices": [{"id": "x", "amount": 7}, {"id": "y"}],
        "tags": [{"name": "no id"}],
        "sku_list": {"id": "z"},
        "metadata": {"season": "s1", "on": True, "of": 7, "text": "two words", "a@b.c": "A", "deep": {}, "ratio": 0.5},
        "reference": None,
    }
    second: dict[str, Any] = {"id": "b", "sku_id": None, "prices": [], "metadata": None, "reference": "canary"}
    third: dict[str, Any] = {"id": "c", "sku_id": "canary@example.com", "reference": " "}
    assert _of(json.dumps([first, second, third]).encode()).known == (
        {
            "sku_id": ["aBc"],
            "prices_id": ["x", "y"],
            "metadata": {"season": "s1", "on": True, "of": 7},
            "reference": False,
        },
        {"sku_id": [], "prices_id": [], "reference": True},
        {},
    )


@pytest.mark.parametrize(
    ("plain", "marks"),
    [
        (CSV, ()),
        (CSV.replace(b"\n", b"\r\n"), ()),
        (CSV.replace(b"\n", b"\r\n").rstrip(), ()),
        (b"\xef\xbb\xbf" + CSV, ("a byte order mark",)),
        (CSV.replace(b"\n", b"\r\n", 1), ("line ends of two kinds",)),
        (CSV + b"C,D\r\n", ("line ends of two kinds",)),
        (b"code,price\nA,[object Object]\n", ("a program's name for an object, such as [object Object], in a cell",)),
        (b"code,price\nA,#<Price:0x00007f>\n", ("a program's name for an object, such as [object Object], in a cell",)),
        (
            b"code,price\nA,<crm.Price object at 0x7f1c>\n",
            ("a program's name for an object, such as [object Object], in a cell",),
        ),
        (b"code,price\nA,#<3 and <b>\n", ()),
    ],
)
def test_csv_is_marked_with_what_readers_stumble_over(plain: bytes, marks: tuple[str, ...]) -> None:
    file = _of(plain)
    assert (file.form, file.problem, file.marks) == ("csv", "", marks)
