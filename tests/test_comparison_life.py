"""Comparison of an export's life: its states on the way mean nothing; how long it takes, its end and its file do."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from exports_conformance.exchange.exports import as_created, as_exported, as_followed
from exports_conformance.exchange.model import Exchange, Expectation, File, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.pairing import counting, questions
from exports_conformance.upgrade.usage import Uses
from tests.exchanges import HEADERS, NOON, created, error_object, put, refused, with_answer
from tests.replays import said

STATUS = "/data/attributes/status"
CREATED = created()
FILE = File(size=90, sha256="0" * 64, layers=1, form="csv", records=3, names=("code", "name"))

BELONGING: Mapping[str, Mapping[str, Json]] = {
    "in_progress": {"started_at": NOON},
    "interrupted": {"started_at": NOON, "interrupted_at": NOON},
    "completed": {"started_at": NOON, "completed_at": NOON, "attachment_url": "https://s3.example/1.csv.gz"},
    "failed": {"errors_log": {"RuntimeError": "query timeout"}},
}
"""What an export shows with its status."""


def shown(status: str, last: str = "pending", number: int = 1, **expectation: Json) -> Exchange:
    """Return a retrieval that shows the export with `status`, after it was `last`."""
    meant = Expectation("life/followed", "retrieve", expected=as_followed(CREATED, put(CREATED, STATUS, last)))
    asked = Request("GET", "/exports/XAyRWNUzyN", "", (("Accept", "application/vnd.api+json"),))
    answered = put(with_answer(CREATED, status=200), STATUS, status)
    for name, value in BELONGING.get(status, {}).items():
        answered = put(answered, f"/data/attributes/{name}", value)
    return replace(answered, id=f"r-{number}", request=asked, expectation=replace(meant, **expectation))


def fetched(file: File | None = FILE, *, status: int = 200, at: str = "https://s3.example/1.csv.gz") -> Exchange:
    """Return the download of the export's file."""
    expectation = Expectation(
        "life/file", "download", expected=as_exported(CREATED, put(CREATED, "/data/attributes/format", "csv"))
    )
    response = Response(status, (("Content-Type", "application/gzip"),))
    return replace(CREATED, request=Request("GET", at), expectation=expectation, response=response, file=file)


def test_looks_at_an_export_on_its_way_are_no_questions() -> None:
    way = [shown("pending", number=1), shown("in_progress", number=2), shown("completed", "in_progress", 3)]
    assert [each.id for each in counting([CREATED, *way])] == ["x-1", "r-3"]
    twice = [*way, shown("completed", "completed", 4)]
    compared = compare_exchanges([CREATED, *twice], [CREATED, *twice[2:]])
    assert (compared.pairs, compared.same, compared.undecided) == (3, 3, ())


def test_export_that_never_ended_is_one_question() -> None:
    assert [each.id for each in counting([shown("pending", number=1), shown("pending", number=2)])] == ["r-2"]


def test_two_exports_are_followed_apart() -> None:
    other = replace(CREATED, expectation=replace(CREATED.expectation, case="creation/other"))
    other = with_answer(
        other, body=other.response.body.replace(b"XAyRWNUzyN", b"YYYYYYYYYY") if other.response else b""
    )
    its = replace(shown("completed", number=2), request=Request("GET", "/exports/YYYYYYYYYY"))
    its = with_answer(its, body=its.response.body.replace(b"XAyRWNUzyN", b"YYYYYYYYYY") if its.response else b"")
    never = shown("pending", number=1)
    assert [each.id for each in counting([CREATED, other, never, its])][2:] == ["r-1", "r-2"]


@pytest.mark.parametrize("status", ["pending", "in_progress", "interrupted"])
def test_how_far_an_export_is_means_nothing(status: str) -> None:
    compared = compare_exchanges([CREATED, shown("completed")], [CREATED, shown(status)])
    assert (compared.differences, compared.undecided) == ((), ())


def test_export_that_fails_now_breaks_clients() -> None:
    after: list[Exchange] = [replace(each, edition="7.10") for each in (CREATED, shown("failed"))]
    (difference,) = [
        each
        for each in compare_exchanges([CREATED, shown("completed")], after, uses=Uses(attributes=[])).differences
        if each.finding.at == STATUS
    ]
    assert (difference.ruling.rule, difference.ruling.severity) == ("export-fails", "breaking")
    assert difference.breaks_you


def test_status_that_cannot_follow_is_a_broken_promise() -> None:
    (difference,) = compare_exchanges(
        [CREATED, shown("completed")], [CREATED, shown("pending", "completed")]
    ).differences
    assert difference.requirements == ["status-moves-on"]


def test_promise_that_only_an_earlier_poll_breaks_is_shown() -> None:
    fine = [shown("pending", number=1), shown("completed", number=2)]
    back = [shown("completed", number=1), shown("in_progress", "completed", 2), shown("completed", "completed", 3)]
    assert compare_exchanges([CREATED, *fine], [CREATED, *fine]).differences == ()
    (difference,) = compare_exchanges([CREATED, *fine], [CREATED, *back]).differences
    assert (difference.finding.what, difference.requirements) == ("promise", ["status-moves-on"])
    assert compare_exchanges([CREATED, *back], [CREATED, *back]).differences == ()


def test_interruption_is_replayed_and_not_compared() -> None:
    stopping = replace(
        refused(422, error_object(422)),
        expectation=Expectation("life/told-to-interrupt", "update", outcome="either", certain=False),
        request=Request("PATCH", "/exports/XAyRWNUzyN", "", HEADERS[:1], b'{"data": {}}'),
    )
    assert [each.expectation.case for each in questions([CREATED, stopping])][1:] == ["life/told-to-interrupt"]
    assert compare_exchanges([CREATED, stopping], [CREATED, with_answer(stopping, status=200)]).pairs == 1


FILES = {
    "as many records more": (replace(FILE, size=99, sha256="1" * 64, records=4), None),
    "no records": (replace(FILE, records=0, names=()), None),
    "another form": (replace(FILE, form="json"), ("breaking", "document", "")),
    "not gzipped": (replace(FILE, layers=0), ("breaking", "document", "")),
    "no file of records": (replace(FILE, form="", problem="is no JSON"), ("breaking", "document", "")),
    "columns in another order": (replace(FILE, names=("name", "code")), ("compatible", "order", "/file/*")),
    "no header line": (replace(FILE, names=("AAA", "…")), ("breaking", "document", "")),
    "a column less": (replace(FILE, names=("code",)), ("breaking", "member removed", "/file/*/name")),
    "a column more": (replace(FILE, names=("code", "name", "a/b")), ("breaking", "member added", "/file/*/a~1b")),
}


@pytest.mark.parametrize(("after", "expected"), FILES.values(), ids=FILES)
def test_files_are_compared_by_what_a_client_reads_of_them(after: File, expected: tuple[str, str, str] | None) -> None:
    compared = compare_exchanges(
        [CREATED, fetched()], [CREATED, fetched(after, at="https://elsewhere.example/x?Signature=1")]
    )
    assert compared.pairs == 2
    assert [said(each)[:3] for each in compared.differences] == ([expected] if expected else [])


NESTED = replace(
    FILE,
    form="json",
    names=("code", "prices"),
    nested=("prices",),
    paths=("code", "prices", "prices.code", "prices.name"),
    shows_empty=True,
)
LESS = replace(NESTED, paths=("code", "prices", "prices.code"))
RELATED = {
    "a key of related records less": (LESS, [("breaking", "member removed", "/file/*/prices/*")]),
    "the same, of a file that may omit empty values": (replace(LESS, shows_empty=False), []),
    "no related records": (replace(NESTED, paths=("code", "prices")), []),
    "ids for related records": (
        replace(NESTED, paths=("code", "prices"), flat=("prices",)),
        [("breaking", "retyped", "/file/*/prices")],
    ),
}


@pytest.mark.parametrize(("after", "expected"), RELATED.values(), ids=RELATED)
def test_related_records_of_a_file_are_compared_where_both_show_some(
    after: File, expected: list[tuple[str, str, str]]
) -> None:
    compared = compare_exchanges([CREATED, fetched(NESTED)], [CREATED, fetched(after)])
    assert [said(each)[:3] for each in compared.differences] == expected


@pytest.mark.parametrize(("records", "now"), [(2, "fewer records than"), (4, "more records than"), (3, "")])
def test_number_of_records_is_compared_with_what_the_export_states(records: int, now: str) -> None:
    def stating(count: int, found: int) -> Exchange:
        exchange = fetched(replace(FILE, records=found))
        shown = as_exported(CREATED, put(CREATED, "/data/attributes/records_count", count))
        shown["attributes"] |= {"includes": None, "fields": None}
        return replace(exchange, expectation=replace(exchange.expectation, expected=shown))

    found = compare_exchanges([CREATED, stating(5, 5)], [CREATED, stating(3, records)]).differences
    assert [each.finding.after for each in found if each.finding.at == "/file"] == (
        [f"{now} records_count"] if now else []
    )


def test_file_that_is_no_longer_served_is_a_broken_promise() -> None:
    (difference,) = compare_exchanges([CREATED, fetched()], [CREATED, fetched(None, status=404)]).differences
    assert (difference.finding.what, difference.requirements) == ("status", ["file-served"])


def test_file_breaks_who_uses_its_format() -> None:
    runs = [CREATED, fetched()], [CREATED, fetched(replace(FILE, names=("code",)))]
    for formats, breaks in ((["csv"], True), (["json"], False)):
        (difference,) = compare_exchanges(*runs, uses=Uses(formats=formats)).differences
        assert difference.breaks_you is breaks


def related(name: str, status: int, *, edition: str = "page") -> Exchange:
    expectation = Expectation(
        f"life/{name}",
        "related",
        outcome="either",
        certain=False,
        breaks="related-collection",
        answers=frozenset({403, 404}),
    )
    answered = refused(404) if status == 404 else with_answer(CREATED, status=200, body=b'{"data": []}')
    asked = Request("GET", f"/exports/XAyRWNUzyN/{name}")
    return replace(answered, expectation=expectation, request=asked, edition="7.10" if edition == "7.10" else "page")


def test_relationship_that_an_add_on_may_lack_is_not_breaking() -> None:
    (difference,) = compare_exchanges([related("event_stores", 200)], [related("event_stores", 404)]).differences
    assert (difference.ruling.rule, difference.ruling.documented) == ("add-on-missing", None)


def test_relationship_that_is_dropped_breaks_who_follows_it() -> None:
    runs = [related("versions", 200)], [related("versions", 404, edition="7.10")]
    for uses, breaks in ((Uses(relationships=["versions"]), True), (Uses(relationships=["events"]), False)):
        (difference,) = compare_exchanges(*runs, uses=uses).differences
        assert (difference.ruling.rule, difference.breaks_you) == ("relationship-dropped", breaks)
        assert difference.ruling.documented
        assert difference.ruling.documented.how == "drops"


def test_expectations_are_of_what_was_created_and_shown() -> None:
    assert as_created(CREATED)["attributes"]["created_at"] == CREATED.attributes["created_at"]
    late = put(CREATED, "/data/attributes/created_at", "2020-03-01T12:00:00.000Z")
    assert "created_at" not in as_created(late)["attributes"]
    assert "status" not in as_followed(CREATED, refused(422))["attributes"]
    other = put(CREATED, "/data/attributes/format", "json")
    assert as_exported(other, CREATED)["attributes"]["format"] is None
