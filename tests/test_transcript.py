"""The transcript: an exchange survives the disk to the byte, and the journal and the ledger survive a crash."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports_conformance.contract.edition import editions
from exports_conformance.exchange.model import (
    Exchange,
    Expectation,
    File,
    Lookups,
    Operation,
    Provenance,
    Request,
    Response,
)
from exports_conformance.results.har import from_json, to_json
from exports_conformance.results.journal import Journal, JournalLedger, read_journal
from exports_conformance.rules import judge
from tests.exchanges import created, put

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
LATIN_1 = st.text(st.characters(codec="latin-1"), max_size=12)
BODIES = st.binary(max_size=60) | ANY_TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
HEADERS = st.lists(st.tuples(LATIN_1, LATIN_1), max_size=4).map(tuple)
NUMBERS = st.none() | st.integers(0, 600)
SECONDS = st.floats(0, 4e9)
EXCHANGES = st.builds(
    Exchange,
    id=ANY_TEXT,
    expectation=st.builds(
        Expectation,
        case=ANY_TEXT,
        operation=st.sampled_from(get_args(Operation)),
        at=ANY_TEXT,
        answers=st.frozensets(st.integers(100, 599), max_size=4),
        tag=ANY_TEXT,
        confirms=ANY_TEXT,
        certain=st.booleans(),
    ),
    request=st.builds(
        Request, method=ANY_TEXT, path=ANY_TEXT, query=ANY_TEXT, headers=HEADERS, body=st.none() | BODIES
    ),
    response=st.none() | st.builds(Response, status=st.integers(100, 599), headers=HEADERS, body=BODIES),
    base_url=ANY_TEXT,
    provenance=st.sampled_from(get_args(Provenance)),
    started=SECONDS,
    elapsed=SECONDS,
    trouble=ANY_TEXT,
    edition=st.sampled_from([*editions()]),
    lookups=st.builds(Lookups, control_status=NUMBERS, running=NUMBERS, known_id=st.booleans()),
    file=st.none()
    | st.builds(
        File,
        size=st.integers(0, 99),
        sha256=ANY_TEXT,
        layers=st.integers(0, 2),
        problem=ANY_TEXT,
        records=st.integers(0, 99),
        names=st.lists(ANY_TEXT, max_size=3).map(tuple),
    ),
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(exchange=EXCHANGES)
def test_exchange_comes_back_from_json_as_it_was(exchange: Exchange) -> None:
    text = json.dumps(to_json(exchange), ensure_ascii=True)
    assert from_json(json.loads(text)) == exchange


def test_no_body_is_not_an_empty_one() -> None:
    for body in (None, b"", b"\xff", b"\xef\xbb\xbf{}"):
        request = Request("POST", "/exports", body=body)
        again = from_json(json.loads(json.dumps(to_json(replace(created(), request=request)))))
        assert again.request.body == body


def test_bodies_stay_readable_where_they_are_text() -> None:
    written = to_json(created())
    assert "ANY-EXTERNAL-REFEFERNCE" in written["request"]["body"]["text"]
    assert set(to_json(replace(created(), response=Response(200, (), b"\xff")))["answer"]["body"]) == {"base64"}


def test_journal_is_ascii_on_the_disk_before_the_next_thing_happens(tmp_path: Path) -> None:
    exchange = put(created(reference="half \ud83e pair"), "/data/type", "größer")
    journal = Journal(tmp_path / "deep" / "journal", "main")
    journal.exchanged(exchange, judge(exchange))
    (line,) = read_journal(tmp_path / "deep" / "journal")  # the file is still open
    journal.close()
    assert (tmp_path / "deep" / "journal" / "main.jsonl").read_bytes().isascii()
    assert line["line"] == "exchange"
    assert from_json(line["exchange"]) == exchange
    assert {each["requirement"]: each["at"] for each in line["violations"]} == {
        "answer-type": "/data/type",
        "create-echoes-reference": "/data/attributes/reference",
    }
    assert line["held"] == list(judge(exchange).held)


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(text=ANY_TEXT, other=ANY_TEXT)
def test_any_text_is_one_line_of_the_journal(tmp_path_factory: pytest.TempPathFactory, text: str, other: str) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, "main")
    journal.write("error", where=text, what=other)
    journal.write("intended", mark=other, case=text)
    journal.close()
    assert [line["line"] for line in read_journal(folder)] == ["error", "intended"]
    assert next(read_journal(folder)) == {"line": "error", "where": text, "what": other}


def test_line_that_a_crash_tore_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    for number in range(3):
        journal.write("intended", mark=f"mark-{number}", case="creation/x")
    journal.close()
    file = tmp_path / "main.jsonl"
    whole = file.read_bytes()
    last = len(whole.splitlines()[-1]) + 1
    for cut in range(2, last + 1):
        file.write_bytes(whole[:-cut])
        assert [line["mark"] for line in read_journal(tmp_path)] == ["mark-0", "mark-1"]
    file.write_bytes(whole + b"7\n[]\nnull\n\n")
    assert len(list(read_journal(tmp_path))) == 3


def test_journals_of_all_processes_are_read_and_appended_to(tmp_path: Path) -> None:
    for process, tag in (("gw1", "b"), ("gw0", "a"), ("gw1", "c")):
        journal = Journal(tmp_path, process)
        journal.write("intended", mark=tag, case="")
        journal.close()
    (tmp_path / "notes.txt").write_text("no journal", encoding="ascii")
    assert [line["mark"] for line in read_journal(tmp_path)] == ["a", "b", "c"]
    assert list(read_journal(tmp_path / "nowhere")) == []


def test_ledger_is_written_ahead_in_the_order_of_events(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    ledger = JournalLedger(journal)
    ledger.intend("mark-1", "creation/one")
    assert [line["line"] for line in read_journal(tmp_path)] == ["intended"]
    ledger.created("id-1", "mark-1")
    ledger.gone("id-1")
    journal.close()
    assert list(read_journal(tmp_path)) == [
        {"line": "intended", "mark": "mark-1", "case": "creation/one"},
        {"line": "created", "id": "id-1", "mark": "mark-1"},
        {"line": "gone", "id": "id-1"},
    ]


def test_ledger_knows_what_is_outstanding_and_what_is_ours(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "main")
    ledger = JournalLedger(journal)
    assert list(ledger.outstanding()) == []
    for number in (1, 2, 3):
        ledger.intend(f"mark-{number}", "creation/x")
    ledger.created("id-2", "mark-2")
    ledger.created("id-0", "")  # created without a mark
    assert list(ledger.outstanding()) == [("id-2", "mark-2"), ("id-0", ""), ("", "mark-1"), ("", "mark-3")]
    ledger.gone("id-2")
    ledger.gone("someone-else-s")
    assert list(ledger.outstanding()) == [("id-0", ""), ("", "mark-1"), ("", "mark-3")]
    assert ledger.owns("id-2")
    assert not ledger.owns("someone-else-s")
    assert not ledger.owns("")
    journal.close()
