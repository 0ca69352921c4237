"""JUnit XML of a run: a test case for each requirement, so that any CI shows which promise is broken.

What counts as a failure: docs/decisions/0023-failures-in-junit-and-on-github.md.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports import phrases
from exports_conformance.reports.phrases import FaultCard, fault_cards, owner_line
from exports_conformance.results.result import RequirementResult, RunResult

_TEXT_LIMIT = 4_000


def junit_xml(result: RunResult) -> bytes:
    """Return the XML document of a result, in UTF-8.

    The time of a case is that of the responses in which its requirement was judged, the suite's that of the run.
    A violated promise is a failure. Violated advice and requirements that are intermittent, waived, unverified or
    not seen are skipped with the reason, since they do not fail a run. An error of the suite or an endpoint that
    could not be judged is an error.
    """
    result = phrases.bounded(result)
    suite = TestSuite(_text(f"create an export, {result['endpoint']['kind']} endpoint"))
    suite.timestamp = _text(result["started"])
    for name in ("verdict", "run_id", "profile", "repeat"):
        suite.add_property(name, _text(result[name]))
    suite.add_property("edition", result["endpoint"]["edition"])
    cards = fault_cards(result)
    for card in cards:
        facts = {"when": card.when, "whose": owner_line(result, card), "violates": ", ".join(card.others)}
        for name, value in {**facts, "script": card.file}.items():
            if value:
                suite.add_property(f"fault {card.name} {name}", _text(value))
    suite.add_testcases(list(_cases(result, {name: card for card in cards for name in (card.name, *card.others)})))
    document = JUnitXml("exports-conformance")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    suite.time = document.time = phrases.duration(result)  # a response may count for several cases
    written = BytesIO()
    document.write(written, pretty=True)
    return written.getvalue()


def _cases(result: RunResult, cards: Mapping[str, FaultCard]) -> Iterator[TestCase]:
    for entry in result["requirements"]:
        case = TestCase(_text(entry["id"]), classname=_text(f"contract.{entry['topic']}"), time=entry.get("seconds", 0))
        if entry["verdict"] == "violated" and entry["weight"] == "promise":
            outcome = Failure(_text(_first_line(entry)), "violated")
            outcome.text = _details(entry, cards.get(entry["id"]))
            case.result = [outcome]
        elif entry["verdict"] != "verified":
            case.result = [Skipped(_text(_first_line(entry)))]
        yield case
    for number, error in enumerate(result["errors"], start=1):
        yield _error(f"error {number}", f"{error['where']}: {error['what']}", "error")
    if result["verdict"] == "inconclusive":
        yield _error("endpoint", "; ".join(result["reasons"]), "inconclusive")


def _error(name: str, message: str, kind: str) -> TestCase:
    case = TestCase(name, classname="suite", time=0)
    case.result = [Error(_text(message), kind)]
    return case


def _first_line(entry: RequirementResult) -> str:
    weight = " (advice)" if entry["weight"] == "advice" else ""
    reason = f": {entry['reason']}" if entry["reason"] else ""
    return f"{entry['verdict']}{weight}{reason}: {entry['statement'].replace('`', '')}"


def _details(entry: RequirementResult, card: FaultCard | None) -> str:
    witness = entry["witness"]
    rows = [("source", phrases.source_line(entry)), ("broken in", phrases.broken_line(entry))]
    if card:
        rows += [("fault", card.name), ("when", card.when), ("script", card.file)]
    if witness:
        rows += [(name, witness[name]) for name in ("expected", "actual")]
        rows += [
            ("at", witness["pointer"]),
            ("trace_id", witness["trace_id"]),
            ("repeat", "" if card and card.file else witness["curl"]),
        ]
    return "\n".join(f"{label}: {_text(str(value))}" for label, value in rows if value)


def _text(text: str) -> str:
    """Return a text that XML can hold: it has no place for most control characters, not even escaped."""
    return harmless(shortened(text, _TEXT_LIMIT))
