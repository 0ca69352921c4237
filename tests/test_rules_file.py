"""The judge of files: served, gzipped once, and what their exports say that they are."""

from dataclasses import replace
from typing import Any

import pytest

from exports_conformance.client.sender import superseded
from exports_conformance.exchange.model import Exchange, Expectation, File, Form, Provenance, Request, Response
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules import judge
from exports_conformance.rules.file import file_is_gzipped_once, requested_fields
from tests.exchanges import BASE_URL, created, held, violated

FILE = File(99, "0" * 64, 1, form="json", records=2, names=("code",))
JSON: dict[str, Json] = {"format": "json", "fields": ["code"], "dry_data": False, "records_count": 2}
CSV: dict[str, Json] = {**JSON, "format": "csv"}
NEW = {"file-no-other-fields", "file-no-duplicates"}
OF_CSV = {"file-served", "file-gzip", "file-csv", "file-csv-readable", "file-count", "file-fields"}
OF_JSON = {"file-served", "file-gzip", "file-json", "file-count", "file-fields", *NEW}


def _asked(
    file: File | None = FILE,
    attributes: Json = JSON,
    *,
    status: int = 200,
    again: bool = False,
    media_type: str = "application/gzip",
    provenance: Provenance = "live",
) -> Exchange:
    """Return a storage's response; `again`: the number of records differed before."""
    return Exchange(
        id="x-1",
        expectation=Expectation("life/file", "download", certain=again, expected={"id": "a", "attributes": attributes}),
        request=Request("GET", "https://files.example/f.gz", "Signature=redacted"),
        response=Response(status, (("Content-Type", media_type),)),
        base_url=BASE_URL,
        provenance=provenance,
        file=file,
    )


def test_file_is_judged_by_its_export() -> None:
    """No rule about responses of the API applies to a file."""
    assert violated(_asked()) == set()
    assert held(_asked()) == OF_JSON
    csv = _asked(replace(FILE, form="csv"), CSV)
    assert violated(csv) == set()
    assert held(csv) == OF_CSV | {"file-no-other-fields"}


@pytest.mark.parametrize("status", [204, 206, 302, 304, 400, 401, 403, 404, 416, 500])
def test_file_is_served(status: int) -> None:
    """What refuses it may say so in words of its own."""
    exchange = _asked(None, status=status, media_type="application/xml")
    assert violated(exchange) == {"file-served"}
    assert held(exchange) == set()


def test_response_without_a_file_serves_none() -> None:
    assert violated(_asked(None)) == {"file-served"}


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504, 522])
def test_missing_storage_is_an_environment_error(status: int) -> None:
    exchange = _asked(None, status=status)
    assert environment_error(exchange)
    assert violated(exchange) == held(exchange) == set()


@pytest.mark.parametrize("status", [200, 403, 404])
def test_html_instead_of_a_file_is_an_environment_error(status: int) -> None:
    exchange = _asked(None, status=status, media_type="text/html")
    assert environment_error(exchange) == "firewall"
    assert violated(exchange) == held(exchange) == set()


def test_file_without_a_response_is_an_environment_error() -> None:
    exchange = replace(_asked(None), response=None, trouble="timeout")
    assert environment_error(exchange) == "no-answer"
    assert violated(exchange) == held(exchange) == set()


def test_error_document_of_a_storage_is_called_so() -> None:
    (found,) = judge(_asked(None, status=403, media_type="application/xml")).violations
    assert (found.requirement, found.actual) == ("file-served", "403, an XML error document of the storage")


@pytest.mark.parametrize("layers", [0, 2])
def test_file_is_gzipped_once(layers: int) -> None:
    """What is within is not looked at otherwise."""
    exchange = _asked(replace(FILE, layers=layers, form="", problem="the gzip stream ends too early"))
    assert [each.actual for each in judge(exchange).violations] == ["the gzip stream ends too early"]
    assert violated(exchange) == {"file-gzip"}
    assert held(exchange) == {"file-served"}


@pytest.mark.parametrize(("form", "attributes"), [("json", JSON), ("csv", CSV)])
def test_file_has_the_form_of_its_export(form: str, attributes: Json) -> None:
    other = replace(FILE, form="csv" if form == "json" else "json")
    assert violated(_asked(other, attributes)) == {f"file-{form}"}
    broken = replace(FILE, form="json" if form == "json" else "csv", problem="it is broken", records=0)
    assert violated(_asked(broken, attributes, again=True)) == {f"file-{form}"}
    assert held(_asked(broken, attributes, again=True)) == {"file-served", "file-gzip"}


def test_file_of_an_unknown_form_has_any() -> None:
    for attributes in ({}, {"format": None}, None, 7):
        assert violated(_asked(replace(FILE, form="csv"), attributes)) == set()
        assert held(_asked(replace(FILE, form="csv"), attributes)) == {"file-served", "file-gzip"}


@pytest.mark.parametrize("shown", [None, 7, {}, {"id": "a"}])
def test_file_of_an_export_of_which_nothing_is_known_is_served(shown: Json) -> None:
    exchange = replace(_asked(), expectation=Expectation("life/file", "download", expected=shown))
    assert held(exchange) == {"file-served", "file-gzip"}


@pytest.mark.parametrize(
    ("records", "again", "broken", "holds"),
    [
        (2, False, False, True),
        (2, True, False, True),
        (1, False, False, False),
        (3, False, False, False),
        (1, True, True, False),
        (3, True, True, False),
    ],
)
def test_count_that_differs_is_believed_when_it_differs_again(
    records: int, *, again: bool, broken: bool, holds: bool
) -> None:
    exchange = _asked(replace(FILE, records=records), again=again)
    assert violated(exchange) == ({"file-count"} if broken else set())
    assert ("file-count" in held(exchange)) is holds


@pytest.mark.parametrize("count", [None, "2", 2.5])
def test_count_that_is_not_known_is_not_judged(count: Json) -> None:
    exchange = _asked(attributes={**JSON, "records_count": count}, again=True)
    assert violated(exchange) == set()
    assert "file-count" not in held(exchange)


def test_nothing_is_a_number_of_records() -> None:
    empty = replace(FILE, records=0, names=())
    assert "file-count" in held(_asked(empty, {**JSON, "records_count": 0}))
    assert violated(_asked(empty, {**JSON, "records_count": 1}, again=True)) == {"file-count"}


def test_every_record_has_the_requested_fields() -> None:
    assert violated(_asked(replace(FILE, names=("id",)))) == {"file-fields"}
    both = replace(FILE, names=("code", "name"))
    assert violated(_asked(both, {**JSON, "fields": ["code", "name"]})) == set()
    assert violated(_asked(attributes={**JSON, "fields": ["code", "weight"]})) == {"file-fields"}


@pytest.mark.parametrize(
    ("attributes", "file"),
    [
        ({"fields": []}, FILE),
        ({"fields": None}, FILE),
        ({"fields": "weight"}, FILE),
        ({"fields": ["*"]}, FILE),
        ({"fields": ["prices.amount_cents", "prices.*", 7]}, FILE),
        ({"fields": ["weight"], "dry_data": True}, FILE),
        ({"fields": ["weight"], "dry_data": None}, FILE),
        ({"fields": ["weight"]}, replace(FILE, records=0, names=())),
        ({"fields": ["id"], "format": "csv", "dry_data": True}, replace(FILE, form="csv")),
    ],
)
def test_fields_are_judged_where_they_are_promised(attributes: dict[str, Json], file: File) -> None:
    """Fields are judged if they are named, belong to the exported resource, and the file has a record."""
    exchange = _asked(file, {**JSON, **attributes})
    assert violated(exchange) <= {"file-no-other-fields"}
    assert "file-fields" not in held(exchange)


def test_requested_fields_are_those_of_the_resource_itself() -> None:
    asked = ["code", "*", "prices.*", 7, "name"]
    assert requested_fields(_asked(attributes={**JSON, "fields": asked})) == ("code", "name")


def test_download_that_does_not_count_is_not_judged() -> None:
    """A picture, an attempt that was repeated, and everything that the API answers."""
    wrong = _asked(replace(FILE, layers=0))
    for exchange in (
        replace(wrong, provenance="documentation"),
        replace(wrong, expectation=superseded(wrong.expectation)),
    ):
        assert violated(exchange) == held(exchange) == set()
    served = replace(created(), file=replace(FILE, layers=0))
    assert violated(served) == set()
    assert not held(served) & {"file-served", *OF_JSON}


def test_rules_that_need_a_file_say_so() -> None:
    with pytest.raises(ValueError, match="no file was served"):
        list(file_is_gzipped_once(_asked(None)))


@pytest.mark.parametrize(
    ("selected", "splits"),
    [
        ({"includes": ["prices"]}, True),
        ({"fields": ["code", "prices.id"]}, True),
        ({"fields": ["code"], "includes": ["prices"]}, False),
        ({"includes": []}, False),
    ],
)
@pytest.mark.parametrize(("form", "attributes"), [("csv", CSV), ("json", JSON)])
def test_only_csv_with_related_resources_may_have_more_rows_than_records(
    form: Form, attributes: dict[str, Json], selected: dict[str, Json], *, splits: bool
) -> None:
    shown = {**attributes, "fields": [], **selected, "records_count": 2}
    more = _asked(replace(FILE, form=form, records=3), shown, again=True)
    assert ("file-count" in violated(more)) is not (splits and form == "csv")
    fewer = _asked(replace(FILE, form=form, records=1), shown, again=True)
    assert "file-count" in violated(fewer)


NESTED = ("code", "id", "name", "prices", "prices.id", "prices.price_tiers", "shipping_category_id")
WHOLE = replace(FILE, names=("code", "id", "name"), paths=NESTED, shows_empty=True)
SKUS: dict[str, Json] = {**JSON, "resource_type": "skus", "fields": None, "includes": ["prices", "prices.price_tiers"]}
SURE = ("code", "created_at", "id", "metadata", "name", "reference", "reference_origin", "updated_at")


def _with(*paths: str, **facts: Any) -> File:
    return replace(WHOLE, paths=paths, **facts)


@pytest.mark.parametrize(
    ("file", "broken"),
    [
        (WHOLE, set()),
        (_with("id", "prices", "prices.id", "prices.price_tiers"), {"file-related-ids"}),
        (_with("id", "shipping_category_id"), {"file-includes-nested"}),
        (_with("id", "shipping_category_id", shows_empty=False), {"file-includes-nested"}),
        (_with("prices", "shipping_category_id"), set()),
        (_with("prices", "prices.id", "shipping_category_id"), {"file-includes-nested"}),
        (_with("prices", "prices.id", "shipping_category_id", shows_empty=False), set()),
        (_with("prices", "shipping_category_id", flat=("prices",)), {"file-includes-nested"}),
    ],
)
def test_related_resources_are_nested_or_named_by_id(file: File, broken: set[str]) -> None:
    """A relationship that is empty in all records may be left out, unless other empty values are shown."""
    assert violated(_asked(file, SKUS)) == broken


def test_id_of_an_included_resource_is_not_promised() -> None:
    included = {**SKUS, "includes": ["shipping_category"]}
    exchange = _asked(_with("id", "shipping_category", "shipping_category.id"), included)
    assert violated(exchange) == set()
    assert "file-related-ids" not in held(exchange)


@pytest.mark.parametrize(
    ("fields", "paths", "broken"),
    [
        (["*"], SURE, set()),
        (["*"], SURE[1:], {"file-star"}),
        (["code", "prices.*"], ("code", "prices", *(f"prices.{name}" for name in SURE)), set()),
        (["code", "prices.*"], ("code", "prices", *(f"prices.{name}" for name in SURE if name != "id")), {"file-star"}),
        (["code", "shipping_category.*"], ("code", "shipping_category"), set()),
        (["code", "shipping_category.*"], ("code",), {"file-includes-nested"}),
    ],
)
def test_star_stands_for_every_certain_field(fields: list[str], paths: tuple[str, ...], broken: set[str]) -> None:
    file = replace(WHOLE, names=("code",), paths=paths)
    assert violated(_asked(file, {**SKUS, "includes": None, "fields": fields})) == broken


@pytest.mark.parametrize(
    ("file", "fields", "broken"),
    [
        (_with("code", "name", "shipping_category_id", names=("code", "name")), None, set()),
        (_with("code", "name", "created_at", names=("code", "name")), None, {"file-dry-data"}),
        (_with("code", "id", "name", names=("code", "name")), None, {"file-dry-data"}),
        (_with("code", "id", names=("code", "id")), ["id", "code"], set()),
        (_with("name", names=("name",)), None, {"file-dry-data"}),
    ],
)
def test_dry_data_has_no_ids_and_times(file: File, fields: Json, broken: set[str]) -> None:
    dry = {**SKUS, "includes": None, "fields": fields, "dry_data": True}
    assert violated(_asked(file, dry)) == broken


@pytest.mark.parametrize(
    ("filters", "records", "ids", "broken"),
    [
        ({"id_in": ["a", "b"]}, 2, ("b", "a"), set()),
        ({"id_in": ["a", "b", "a"]}, 2, (), set()),
        ({"id_in": ["a", "b"]}, 2, ("a", "c"), {"file-filters"}),
        ({"id_in": ["a", "b"]}, 12, ("a", "b", "c"), {"file-filters"}),
        ({"id_eq": "a"}, 1, ("a",), set()),
        ({"id_eq": "a"}, 2, (), {"file-filters"}),
        ({"id_eq": "a", "code_eq": "b"}, 0, (), set()),
        ({"id_gt": "a"}, 7, (), set()),
    ],
)
def test_filters_by_id_select_known_records(
    filters: Json, records: int, ids: tuple[str, ...], broken: set[str]
) -> None:
    file = replace(FILE, records=records, ids=ids)
    for form in ("json", "csv"):
        shown: dict[str, Json] = {"format": form, "records_count": records, "filters": filters}
        assert violated(_asked(replace(file, form=form), shown)) == broken


@pytest.mark.parametrize(
    ("names", "broken"),
    [(("code", "id", "type", "sku_id"), False), (("code", "name"), True), (("code", "prices.code"), True)],
)
def test_file_has_no_fields_that_were_not_requested(names: tuple[str, ...], *, broken: bool) -> None:
    for form, attributes in (("json", JSON), ("csv", CSV)):
        file = replace(FILE, form=form, names=names, paths=names if form == "json" else ())  # type: ignore[arg-type]  # both are forms
        assert ("file-no-other-fields" in violated(_asked(file, attributes))) is broken


def test_star_and_includes_allow_other_fields() -> None:
    assert "file-no-other-fields" not in held(_asked(attributes={**JSON, "fields": ["code", "*"]}))
    included = {**JSON, "includes": ["prices"]}
    assert violated(_asked(replace(FILE, names=("code", "prices")), included)) == set()


def test_header_of_dry_data_lacks_ids_and_times_only() -> None:
    dry = {**CSV, "dry_data": True, "fields": ["id", "code"]}
    csv = replace(FILE, form="csv", names=("code",))
    assert violated(_asked(csv, dry)) == set()
    assert violated(_asked(replace(csv, names=("id",)), dry)) == {"file-fields"}


def test_record_is_in_a_file_once() -> None:
    assert violated(_asked(replace(FILE, names=("code",), repeated=1))) == {"file-no-duplicates"}


def test_values_have_types() -> None:
    exported = {**JSON, "resource_type": "skus", "fields": ["do_not_ship"]}
    file = replace(FILE, names=("do_not_ship",), plain=("do_not_ship",))
    assert "file-value-types" in held(_asked(file, exported))
    assert violated(_asked(replace(file, texts=("do_not_ship",)), exported)) == {"file-value-types"}
    assert "file-value-types" not in held(_asked(replace(file, plain=("weight",)), exported))


@pytest.mark.parametrize(
    ("form", "ids", "records", "broken"),
    [
        ("csv", ("a", "b"), 2, False),
        ("csv", ("a", "c"), 2, True),
        ("csv", ("a", "a"), 2, True),
        ("json", ("a", "a"), 2, False),  # `file-no-duplicates` says it
        ("json", ("a", "b", "c"), 3, True),  # whatever `records_count` is
        ("json", ("a",), 1, False),  # a record may have been deleted since it was counted
    ],
)
def test_file_has_each_selected_record(form: Form, ids: tuple[str, ...], records: int, *, broken: bool) -> None:
    shown: dict[str, Json] = {"format": form, "records_count": 2, "filters": {"id_in": ["a", "b"]}}
    repeated = len(ids) - len(set(ids))
    exchange = _asked(replace(FILE, form=form, ids=ids, records=records, repeated=repeated), shown)
    assert ("file-filters" in violated(exchange)) is broken


def test_known_ids_are_those_that_the_filters_select() -> None:
    filtered = {**JSON, "filters": {"id_in": ["a", "b", "c"], "created_at_gteq": "2026-03-01T12:00:00Z"}}
    exchange = _asked(replace(FILE, ids=("a", "b")), filtered)
    expectation = exchange.expectation
    for selects, broken in ((["a", "b"], set()), (["a", "c"], {"file-filters"}), (["a"], {"file-filters"})):
        known = replace(expectation, expected={**expectation.expected, "selects": selects})
        assert violated(replace(exchange, expectation=known)) == broken
    assert "file-filters" not in held(exchange)


def test_filter_that_was_ignored_is_named() -> None:
    """By the ids of the records that the others select, or by their number where a file has no ids."""
    exchange = _asked(replace(FILE, ids=("a", "b", "c"), records=3), {**JSON, "records_count": 3})
    known = {"selects": ["a", "b"], "without": {"code_eq": ["c", "b", "a"], "sku_id_in": ["a", "b", "d"]}}
    expectation = replace(exchange.expectation, expected={**exchange.expectation.expected, **known})
    ignored = replace(exchange, expectation=expectation)
    (found,) = judge(ignored).violations
    assert found.actual == '3 records, among them ["c"], as without the filter code_eq'
    (counted,) = judge(replace(ignored, file=replace(FILE, ids=(), records=3))).violations
    assert counted.actual == "3 records, as without the filter code_eq, as without the filter sku_id_in"


@pytest.mark.parametrize(("form", "count", "broken"), [("json", 0, True), ("json", 2, False), ("csv", 0, True)])
def test_file_without_records_lacks_the_selected_ones(form: Form, count: int, *, broken: bool) -> None:
    """Unless they may have been deleted since they were counted."""
    shown: dict[str, Json] = {"format": form, "records_count": count, "filters": {"id_in": ["a", "b"]}}
    empty = _asked(replace(FILE, form=form, records=0, names=()), shown)
    assert ("file-filters" in violated(empty)) is broken


def test_csv_has_nothing_to_stumble_over() -> None:
    marked = _asked(replace(FILE, form="csv", marks=("a byte order mark", "line ends of two kinds")), CSV)
    (found,) = judge(marked).violations
    assert (found.requirement, found.actual) == ("file-csv-readable", "a byte order mark, line ends of two kinds")


@pytest.mark.parametrize(
    ("selected", "more"),
    [
        ({"includes": ["shipping_category"]}, False),
        ({"includes": ["prices"]}, True),
        ({"includes": ["shipping_category", "prices.price_tiers"]}, True),
        ({"includes": ["unknown"]}, True),
        ({"fields": ["code", "shipping_category.name"], "includes": ["prices"]}, False),
        ({"fields": ["code", "prices.*"]}, True),
    ],
)
def test_only_several_related_resources_may_add_rows(selected: dict[str, Json], *, more: bool) -> None:
    """A record has no second row for a single related resource."""
    shown = {**CSV, "resource_type": "skus", "fields": [], **selected, "records_count": 2}
    exchange = _asked(replace(FILE, form="csv", records=3), shown, again=True)
    assert ("file-count" in violated(exchange)) is not more


DEEP = "stock_items.stock_location.address"


@pytest.mark.parametrize(
    ("paths", "facts", "broken"),
    [
        (("stock_items", "stock_items.stock_location", DEEP), {}, False),
        (("stock_items", "stock_items.stock_location"), {}, True),
        (("stock_items",), {}, True),
        (("stock_items", "stock_items.stock_location"), {"shows_empty": False}, False),
        (("stock_items", "stock_items.stock_location", DEEP), {"flat": (DEEP,), "shows_empty": False}, True),
    ],
)
def test_resources_are_nested_three_levels_deep(paths: tuple[str, ...], facts: dict[str, Any], *, broken: bool) -> None:
    """One that no record has may be left out, unless other empty values are shown."""
    included = {**SKUS, "includes": [DEEP]}
    file = _with("id", "shipping_category_id", *paths, **facts)
    assert violated(_asked(file, included)) == ({"file-includes-deep"} if broken else set())
    assert "file-includes-deep" not in held(_asked(file, {**SKUS, "includes": ["unknown.to.schema"]}))
    assert "file-includes-deep" not in held(_asked(file, {**included, "fields": ["id"]}))


@pytest.mark.parametrize(
    ("paths", "related", "broken"),
    [
        (("prices", "prices.id", "prices.price_tiers"), ["prices"], False),
        (("prices",), ["prices"], True),
        (("prices",), ["sku"], False),
        (("prices",), None, False),
    ],
)
def test_related_resources_that_records_have_are_not_null(
    paths: tuple[str, ...], related: Json, *, broken: bool
) -> None:
    exchange = _asked(_with("id", "shipping_category_id", *paths), SKUS)
    expected = {**exchange.expectation.expected, "related": related}
    known = replace(exchange, expectation=replace(exchange.expectation, expected=expected))
    assert violated(known) == ({"file-includes-nested"} if broken else set())
