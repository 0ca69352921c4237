"""The evidence for each requirement: how often it was judged, in which cases, and the smallest witness against it.

Decision: docs/decisions/0004-one-report-per-violated-promise.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.journal import JournalLine, read_judged
from exports_conformance.rules import Judgement, Violation

SAMPLES = 3
NEVER_SERVER_ERROR = "never-server-error"
"""The requirement that a server error breaks unless a known flaw explains it."""


@dataclass(frozen=True, slots=True)
class Witness:
    """An exchange that broke a requirement, and how."""

    exchange: Exchange
    violation: Violation

    @property
    def size(self) -> tuple[int, str]:
        """Sort key: the length of the request's body, then the exchange's id."""
        return len(self.exchange.request.body or b""), self.exchange.id


@dataclass(slots=True)
class Evidence:
    """The evidence for one requirement.

    `judged_cases` are the cases that showed it to hold or not, `broken_at` those that broke it, each with the JSON
    pointer to the place in the response. `repetitions` counts how often an exchange that broke it was repeated,
    `confirmations` how often the repetition broke it again. `cited` is True if a test for it was begun, and `skips`
    counts why tests for it were not run, or not to their end. `seconds` is how long the responses took that it was
    judged by.
    """

    exchanges: int = 0
    violations: int = 0
    seconds: float = 0.0
    repetitions: int = 0
    confirmations: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    samples: list[Json] = field(default_factory=list)
    witness: Witness | None = None
    judged_cases: set[str] = field(default_factory=set)
    broken_at: set[tuple[str, str]] = field(default_factory=set)
    cited: bool = False
    skips: Counter[str] = field(default_factory=Counter)

    @property
    def intermittent(self) -> bool:
        """True if it was broken and repeated, but no repetition broke it again; an unrepeated violation counts."""
        return self.violations > 0 and self.repetitions > 0 and self.confirmations == 0


class Gathering:
    """The evidence for every requirement of the contract, gathered exchange by exchange.

    `known_broken` are requirements that other exchanges break: a server error that one of them explains is left out,
    so that one fault is reported once. A request with several flaws may meet the server error of one of them.
    """

    def __init__(self, known_broken: Iterable[str] = ()) -> None:
        self.evidence: Mapping[str, Evidence] = {name: Evidence() for name in requirements()}
        self._known_broken = set(known_broken)
        self._broken_by: dict[str, set[str]] = {}  # exchange id -> requirements it broke

    def cite(self, names: Iterable[str]) -> None:
        """Note that a test for these requirements is run."""
        for name in names:
            self.evidence[name].cited = True

    def skip(self, names: Iterable[str], reason: str) -> None:
        """Note why a test for these requirements was not run."""
        for name in names:
            self.evidence[name].skips[reason] += 1

    def unexplained(self, exchange: Exchange, violations: Iterable[Violation]) -> tuple[Violation, ...]:
        """Return the violations of an exchange that no other violation explains."""
        explained = bool(self._known_broken & set(exchange.expectation.may_break))
        return tuple(each for each in violations if not (explained and each.requirement == NEVER_SERVER_ERROR))

    def take(self, exchange: Exchange, judgement: Judgement) -> None:
        """Add what an exchange shows."""
        violations = self.unexplained(exchange, judgement.violations)
        violated = {each.requirement for each in violations}
        self._known_broken |= violated
        self._broken_by[exchange.id] = violated
        for name in [*judgement.held, *sorted(violated)]:
            self._judged(name, exchange, held=name not in violated)
        for name in self._broken_by.get(exchange.expectation.confirms, ()):
            self.evidence[name].repetitions += 1
            self.evidence[name].confirmations += name in violated
        for violation in violations:
            evidence = self.evidence[violation.requirement]
            evidence.broken_at.add((exchange.expectation.case, violation.at))
            found = Witness(exchange, violation)
            if evidence.witness is None or found.size < evidence.witness.size:
                evidence.witness = found
        for name in violated:
            self.evidence[name].violations += 1

    def _judged(self, name: str, exchange: Exchange, *, held: bool) -> None:
        evidence, case = self.evidence[name], exchange.expectation.case
        evidence.exchanges += 1
        evidence.seconds += exchange.elapsed
        evidence.cases[case.partition("/")[0]] += 1
        evidence.judged_cases.add(case)
        if len(evidence.samples) < SAMPLES:
            evidence.samples.append({"exchange": exchange.id, "case": case, "status": exchange.status, "held": held})


def judged_lines(lines: Iterable[JournalLine]) -> list[tuple[Exchange, Judgement]]:
    """Return the exchanges in the lines of a journal, and what each shows."""
    return [read_judged(line) for line in lines if line["line"] == "exchange"]


def gather(
    lines: Sequence[JournalLine], judged: Sequence[tuple[Exchange, Judgement]] | None = None
) -> Mapping[str, Evidence]:
    """Return the evidence for every requirement of the contract from the lines of a journal.

    `judged` are the exchanges in them, if they have been read already.
    """
    judged = judged_lines(lines) if judged is None else judged
    skipped = [(line["verifies"], line["reason"]) for line in lines if line["line"] == "skipped"]
    cited = [name for line in lines if line["line"] == "item" for name in line["verifies"]]
    return gather_judged(judged, cited=cited, skipped=skipped)


def gather_judged(
    judged: Sequence[tuple[Exchange, Judgement]],
    *,
    cited: Iterable[str] = (),
    skipped: Iterable[tuple[Iterable[str], str]] = (),
) -> Mapping[str, Evidence]:
    """Return the evidence for every requirement of the contract from judged exchanges, the earliest first.

    `cited` are the requirements of the tests that were begun, `skipped` those of tests that were not run, with why.
    """
    gathering = Gathering(each.requirement for _, judgement in judged for each in judgement.violations)
    gathering.cite(cited)
    for names, reason in skipped:
        gathering.skip(names, reason)
    for exchange, judgement in judged:
        gathering.take(exchange, judgement)
    return gathering.evidence
