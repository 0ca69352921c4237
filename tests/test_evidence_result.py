"""The result: built from a journal alone, always what its schema says, and the witnesses' bodies beside it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from exports_conformance.contract.requirements import digest, requirements
from exports_conformance.exchange.model import Request, Response
from exports_conformance.exchange.tags import PREFIX
from exports_conformance.results.building import ENVIRONMENT, WITNESS_BODY_LIMIT, RunFacts, build_result
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.result import RESULT_SCHEMA_FILE, RequirementResult, RunResult, body_file, write_result
from tests.exchanges import HEADERS, NOON_SECONDS, TRACE, created, journal_line, put, refused, with_answer

SCHEMA = Draft202012Validator(json.loads(RESULT_SCHEMA_FILE.read_text(encoding="utf-8")))
FACTS = RunFacts("run-1", "live", "https://shop.commercelayer.io/api", "quick", "7", NOON_SECONDS, versions={"x": "1"})
ID = "create-status-201"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)


def _built(*lines: JournalLine, facts: RunFacts = FACTS, trouble: str = "") -> RunResult:
    result = build_result(lines, facts, finished=NOON_SECONDS + 90.5, trouble=trouble)
    SCHEMA.validate(result)
    return result


def _entry(result: RunResult, name: str = ID) -> RequirementResult:
    return next(each for each in result["requirements"] if each["id"] == name)


def test_schema_is_a_schema_that_can_say_no() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)
    assert not SCHEMA.is_valid({**_built(), "more": 1})


def test_run_without_a_line_is_a_result() -> None:
    result = _built()
    assert (result["verdict"], result["seed"], result["profile"]) == ("inconclusive", "7", "quick")
    assert [each["id"] for each in result["requirements"]] == list(requirements())
    assert (result["started"], result["finished"]) == ("2026-03-01T12:00:00.000Z", "2026-03-01T12:01:30.500Z")
    assert result["contract"] == {"edition": "page", "sha256": digest()}
    assert result["endpoint"]["edition_because"] == "no export was created that shows whether it applies"
    assert result["limits"] == {"limit": None, "share": None}
    assert _built(trouble="nobody there")["reasons"] == ["nobody there"]


def test_lines_are_counted() -> None:
    result = _built(
        {"line": "run", "base_url": "", "mode": "test"},
        {"line": "intended", "mark": "m", "case": "c"},
        {"line": "created", "id": "1", "mark": "m"},
        {"line": "created", "id": "2", "mark": "n"},
        {"line": "gone", "id": "1"},
        {"line": "left", "id": "2", "mark": "n"},
        {"line": "error", "where": "suites/test_x.py::test_y", "what": "KeyError: 'data'"},
        journal_line(id="x-1"),
        journal_line(id="x-2", confirms="x-1"),
        journal_line(id="x-3", response=Response(429)),
    )
    assert result["counts"] == {
        "exchanges": 3,
        "created": 2,
        "deleted": 1,
        "left": 1,
        "retried": 2,
        "duplicates": 0,
    }
    assert result["cleanup"]["left"] == [{"id": "2", "mark": "n"}]
    assert result["errors"] == [{"where": "suites/test_x.py::test_y", "what": "KeyError: 'data'"}]
    assert result["verdict"] == "error"


def test_environment_errors_are_counted_by_reason() -> None:
    unavailable = [journal_line(response=Response(status)) for status in (502, 503)]
    result = _built(
        journal_line(response=None, trouble="timed out"), journal_line(response=Response(429)), *unavailable
    )
    assert result["environment"] == {**dict.fromkeys(ENVIRONMENT, 0), "no-answer": 1, "throttled": 1, "unavailable": 2}


def test_application_without_the_right_to_create_is_named_as_the_reason() -> None:
    refusal = refused(401, {"title": "no", "detail": "no", "code": "UNAUTHORIZED", "status": "401"})
    result = _built(journal_line(response=refusal.response))
    assert result["verdict"] == "inconclusive"
    assert "may not create exports" in result["reasons"][0]


def _marked(number: int, text: str = "") -> bytes:
    return f'{{"data": {{"reference": "{PREFIX}0a1b2c3d-{number:05d}{text}"}}}}'.encode()


@pytest.mark.parametrize(
    ("lines", "duplicates"),
    [
        ([journal_line(body=_marked(1)), journal_line(body=_marked(2))], 1),
        ([journal_line(body=_marked(at)) for at in range(4)], 3),
        ([journal_line(body=_marked(1)), journal_line(body=_marked(2, " "))], 0),
        ([journal_line(body=_marked(1)), journal_line(body=_marked(2), confirms="x-1")], 0),
        ([journal_line(body=_marked(1)), journal_line(body=_marked(2), response=Response(422, (), b"{}"))], 0),
        ([journal_line(body=_marked(1)), journal_line(request=Request("POST", "/exports", body=_marked(2)))], 0),
    ],
    ids=["twice", "four-times", "another-body", "repetition", "refused", "other-headers"],
)
def test_creation_that_was_sent_twice_but_for_its_tag_is_a_duplicate(lines: list[JournalLine], duplicates: int) -> None:
    assert _built(*lines)["counts"]["duplicates"] == duplicates


def _at(seconds: float, limit: str | None = "100") -> JournalLine:
    headers = (*HEADERS[:2], *([("x-ratelimit-LIMIT", limit)] if limit else []))
    return journal_line(started=NOON_SECONDS + seconds, response=Response(201, headers, b"{}"))


@pytest.mark.parametrize(
    ("lines", "limit", "share"),
    [
        ([_at(0), _at(5), _at(9.9)], 100, 0.12),  # of 25
        ([_at(0), _at(5), _at(10)], 100, 0.06),  # of 50
        ([_at(0), _at(30), _at(60)], 100, 0.024),  # of 125
        ([_at(0), _at(59)], 100, 0.02),  # of 100
        ([_at(0), _at(60, "200")], 200, 0.008),  # of 250
        ([_at(0, "50"), _at(60, None)], 50, 0.032),  # of 62
        ([_at(0, "2"), _at(1, "2")], 2, 2.0),  # of 1
        ([_at(0)], 100, None),
        ([_at(0, None), _at(60, None)], None, None),
        ([_at(0, "many"), _at(60, "-1")], None, None),
        ([_at(0, "9" * 400), _at(60, "9" * 5000)], None, None),
        ([_at(0, "0"), _at(60, "0")], 0, None),
    ],
)
def test_share_of_the_rate_limit_is_computed(lines: list[JournalLine], limit: int | None, share: float | None) -> None:
    assert _built(*lines)["limits"] == {"limit": limit, "share": share}


@pytest.mark.parametrize("mode", ["test", "live", None, ["live"], {}])
def test_mode_is_the_first_that_an_export_shows(mode: object) -> None:
    shown = put(created(), "/data/meta/mode", mode)
    facts = replace(FACTS, mode="unknown")
    expected = mode if mode in ("test", "live") else "unknown"
    assert _built(journal_line(response=shown.response), facts=facts)["endpoint"]["mode"] == expected


@pytest.mark.parametrize(
    ("lines", "facts", "edition", "because"),
    [
        ([{"line": "edition", "edition": "7.10", "because": "it has progress"}], FACTS, "7.10", "it has progress"),
        ([], replace(FACTS, edition="7.10"), "7.10", "chosen with --edition"),
        ([], FACTS, "page", "no export was created that shows whether it applies"),
    ],
)
def test_edition_is_the_one_shown_or_chosen(
    lines: list[JournalLine], facts: RunFacts, edition: str, because: str
) -> None:
    result = _built(*lines, facts=facts)
    assert (result["endpoint"]["edition"], result["endpoint"]["edition_because"]) == (edition, because)
    expected = "not seen" if edition == "7.10" else "unverified"
    assert _entry(result, "relationship-versions")["verdict"] == expected


def test_entry_shows_the_evidence_and_the_smallest_witness() -> None:
    small = journal_line("refusal/x", id="small", body=b'{"small": 1}', broken=[ID])
    entry = _entry(_built(journal_line(id="large", broken=[ID]), small, journal_line(id="good", held=[ID])))
    assert (entry["verdict"], entry["exchanges"], entry["violations"]) == ("violated", 3, 2)
    assert entry["cases"] == {"creation": 2, "refusal": 1}
    assert [each["exchange"] for each in entry["samples"]] == ["large", "small", "good"]
    witness = entry["witness"]
    assert witness
    assert (witness["exchange"], witness["intent"], witness["pointer"]) == ("small", "refusal/x", "/data")
    assert (witness["expected"], witness["actual"], witness["trace_id"]) == ("e", f"a {ID}", TRACE)
    assert witness["request"]["body"] == '{"small": 1}'
    assert witness["response"]["status"] == 201
    assert witness["curl"].endswith(f"--data-binary @{body_file(ID)}")


def test_long_and_broken_bodies_are_shown_in_part() -> None:
    body = b"\xff\xfe" + b"x" * WITNESS_BODY_LIMIT
    witness = _entry(_built(journal_line(body=body, response=Response(200, (), b"\xff"), broken=[ID])))["witness"]
    assert witness
    assert witness["request"]["body"]
    assert witness["request"]["body"].startswith("\\xff\\xfexxx")
    assert witness["request"]["body"].endswith("x … 2 more bytes")
    assert witness["response"]["body"] == "\\xff"


def test_exchange_without_a_response_can_be_a_witness() -> None:
    witness = _entry(_built(journal_line(response=None, body=None, broken=[ID])))["witness"]
    assert witness
    assert witness["response"] == {"status": 0, "headers": [], "body": None}
    assert (witness["request"]["body"], witness["trace_id"]) == (None, None)
    assert "--data-binary" not in witness["curl"]


def test_result_and_the_bodies_of_its_witnesses_are_written(tmp_path: Path) -> None:
    bodies = {ID: b'{"half": "\\ud83e"', "answer-type": b"\xff\x00raw", "answer-id": b""}
    lines = [journal_line(id=f"x-{name}", body=body, broken=[name]) for name, body in bodies.items()]
    lines += [journal_line(id="bare", body=None, broken=["answer-data"]), journal_line(held=["answer-json"])]
    result = _built(*lines)
    file = write_result(result, lines, tmp_path / "deep" / "report")
    assert file == tmp_path / "deep" / "report" / "result.json"
    assert file.read_bytes().isascii()
    assert json.loads(file.read_text(encoding="ascii")) == result
    written = {place.name: place.read_bytes() for place in (file.parent / "witnesses").iterdir()}
    assert written == {f"{name}.body": body for name, body in bodies.items()}


def test_result_that_violates_its_schema_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        write_result({**_built(), "verdict": "great"}, [], tmp_path)  # type: ignore[typeddict-item]  # what is tested
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(text=ANY_TEXT, raw=st.binary(max_size=20), status=st.integers(100, 599))
def test_any_response_yields_a_result(
    tmp_path_factory: pytest.TempPathFactory, text: str, raw: bytes, status: int
) -> None:
    odd = with_answer(put(created(), "/data/meta/trace_id", text), status=status)
    assert odd.response
    headers = ((text, text), ("X-Ratelimit-Limit", text))
    lines = [
        journal_line(text or "x", id="x-1", body=raw, broken=[ID], response=replace(odd.response, headers=headers)),
        journal_line(id="x-2", trouble=text, response=Response(status, headers, raw), held=[ID]),
        {"line": "error", "where": text, "what": text},
        {"line": "left", "id": text, "mark": text},
    ]
    file = write_result(_built(*lines), lines, tmp_path_factory.mktemp("report"))
    assert file.read_bytes().isascii()
