"""What is shown is bounded, and says how much it left out."""

from dataclasses import replace

from exports_conformance.exchange.model import File
from exports_conformance.reports import history
from exports_conformance.reports.kill_matrix import KillMatrix, Mutant
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.evidence_page import render_evidence, render_proof
from exports_conformance.reports.site.explorer_page import VALUES_SHOWN, render_explorer
from exports_conformance.reports.site.result_page import render_result
from exports_conformance.reports.text import markdown
from exports_conformance.results.evidence import judged_lines
from exports_conformance.results.examples import KINDS_SHOWN, NAME_SHOWN, choose_examples
from exports_conformance.results.har import to_json
from tests.exchanges import CERTAIN, created, refused
from tests.pages import Reader
from tests.results import Result, checked, conforming


def read(page: str) -> str:
    """Return a page's text in one line."""
    return " ".join(Reader(page).text.split())


def entry_of(result: Result, name: str) -> dict[str, object]:
    """Return the entry of a requirement in a result."""
    entry: dict[str, object] = next(entry for entry in result["requirements"] if entry["id"] == name)
    return entry


def test_flaws_beyond_those_shown_are_counted() -> None:
    result = conforming()
    answers = {f"4{number:02}": 1 for number in range(23)}
    entry_of(result, "argument-format-known")["flaws"] = {"many": answers} | {f"f-{each}": {} for each in range(62)}
    text = read(render_evidence(checked(result)))
    assert "419 and 3 more" in text
    assert "f-58 3 more, in result.json" in text


def test_cases_reasons_and_servers_beyond_what_is_shown_are_counted() -> None:
    result = conforming()
    entry_of(result, "create-status-201")["cases"] = {f"case-{number}": 1 for number in range(42)}
    result["reasons"] = [f"reason {number}" for number in range(53)]
    mutants = [Mutant(f"m-{number}", "create-status-201", "", ()) for number in range(64)]
    matrix = KillMatrix(mutants, ("quick",))
    text = read(render_evidence(checked(result), matrix=matrix) + render_result(result) + render_proof(matrix=matrix))
    assert "case-39 1 and 2 more kinds." in text
    assert "Reason 5 47 more, in result.json" in text
    assert "m-59 4 more" in text
    assert "m-7 and 56 more" in text
    assert "- `reason 19`\n- 33 more, in result.json\n" in markdown.step_summary(result)


def test_observations_beyond_what_is_kept_are_summed_up() -> None:
    result = conforming() | {"observed": {"shape-of-ids": {f"shape {number}": 2 for number in range(23)}}}
    values = history.extended({}, [checked(result)])["reference"]["observed"]["shape-of-ids"]["values"]
    assert len(values) == 21
    assert values["other"] == 6
    assert "shape 19 (2 times) and 1 more" in read(render_contract(result))


def test_list_of_accepted_bodies_says_that_there_may_be_more() -> None:
    result = conforming()
    result["accepted"]["skus"]["filters"] = [f"filter_{number}_eq" for number in range(VALUES_SHOWN)]
    text = read(render_explorer(checked(result)))
    assert "2 times: json; includes prices; filters filter_0_eq" in text
    assert "filter_39_eq and perhaps more" in text


def test_flaws_beyond_what_a_result_keeps_are_counted_together() -> None:
    intents = [replace(CERTAIN, flaw=f"flaw-{number}", breaks="request-json") for number in range(KINDS_SHOWN + 3)]
    lines = [
        {"line": "exchange", "exchange": to_json(replace(refused(422, expectation=each), id=each.flaw)), "held": []}
        | {"violations": list[object]()}
        for each in [*intents, intents[0]]
    ]
    flaws = choose_examples(judged_lines(lines)).flaws["request-json"]
    assert len(flaws) == KINDS_SHOWN + 1
    assert flaws["flaw-0"] == {"422 VALIDATION_ERROR": 2}
    assert flaws["other"] == {"422 VALIDATION_ERROR": 3}


def test_of_a_file_a_bounded_number_of_names_is_kept() -> None:
    names = tuple(f"{number:>03}{'n' * NAME_SHOWN}" for number in range(KINDS_SHOWN + 5))
    exchange = replace(created(), file=File(9, "0" * 64, 1, "json", "p" * 999, 2, names))
    line = {"line": "exchange", "exchange": to_json(exchange), "held": ["file-fields"], "violations": []}
    (kept,) = choose_examples(judged_lines([line])).exchanges.values()
    file = kept["response"]["file"]
    assert (file["size"], file["layers"], file["form"], file["records"]) == (9, 1, "json", 2)
    assert (len(file["names"]), len(file["names"][0]), len(file["problem"])) == (KINDS_SHOWN, NAME_SHOWN, NAME_SHOWN)
