"""What was seen for each requirement: how often, in which cases, and the smallest witness against it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.journal import Line
from exports_conformance.results.transcript import from_json

SAMPLES = 3
GENERAL = "never-server-error"
"""The requirement that is broken by a server error of which no flaw is known to be the reason."""


@dataclass(frozen=True, slots=True)
class Witness:
    """An exchange that broke a requirement, and how."""

    exchange: Exchange
    expected: str
    actual: str
    at: str

    @property
    def size(self) -> tuple[int, str]:
        """How much a reader has to look at: the length of what was sent."""
        return len(self.exchange.request.body or b""), self.exchange.id


@dataclass(slots=True)
class Seen:
    """The evidence for one requirement.

    `asked_in` are the cases that showed it to hold or not, `broken_at` those that broke it, each with the JSON pointer
    to where the answer did. `asked_again` is how often what broke it was asked once
    more, `repeated` how often it was broken then, too.
    One that was never asked again counts as it is.
    """

    exchanges: int = 0
    violations: int = 0
    asked_again: int = 0
    repeated: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    samples: list[Json] = field(default_factory=list)
    witness: Witness | None = None
    asked_in: set[str] = field(default_factory=set)
    broken_at: set[tuple[str, str]] = field(default_factory=set)
    asked: bool = False

    @property
    def intermittent(self) -> bool:
        """It was broken, what broke it was asked again, and it was never broken then."""
        return self.violations > 0 and self.asked_again > 0 and self.repeated == 0


def seen(lines: Iterable[Line]) -> Mapping[str, Seen]:
    """Gather the evidence for every requirement of the contract from the lines of a journal."""
    kept = list(lines)
    gathered = {name: Seen() for name in requirements()}
    broken: dict[str, set[str]] = {}  # exchange id -> requirements it broke
    for line in _explained(kept):
        if line["line"] == "item":
            for name in line["verifies"]:
                gathered[name].asked = True
        elif line["line"] == "exchange":
            _take(gathered, broken, line)
    return gathered


def _explained(lines: Sequence[Line]) -> Iterator[Line]:
    """Leave out the violations of which other violations are the reason: a fault is reported once.

    A request with several flaws may meet a server error that a request with one of them met as well.
    """
    exchanges = [line for line in lines if line["line"] == "exchange"]
    found = {each["requirement"] for line in exchanges for each in line["violations"]}
    for line in lines:
        if line["line"] == "exchange" and found & set(line["exchange"]["intent"]["stakes"]):
            yield {**line, "violations": [each for each in line["violations"] if each["requirement"] != GENERAL]}
        else:
            yield line


def _take(gathered: Mapping[str, Seen], broken: dict[str, set[str]], line: Line) -> None:
    exchange = from_json(line["exchange"])
    violated = {violation["requirement"] for violation in line["violations"]}
    broken[exchange.id] = violated
    for name in line["held"] + sorted(violated):
        entry = gathered[name]
        entry.exchanges += 1
        entry.cases[exchange.expectation.case.partition("/")[0]] += 1
        entry.asked_in.add(exchange.expectation.case)
        if len(entry.samples) < SAMPLES:
            entry.samples.append(
                {
                    "exchange": exchange.id,
                    "case": exchange.expectation.case,
                    "status": exchange.status,
                    "held": name not in violated,
                }
            )
    for name in broken.get(exchange.expectation.confirms, ()):
        gathered[name].asked_again += 1
        gathered[name].repeated += name in violated
    for violation in line["violations"]:
        entry = gathered[violation["requirement"]]
        entry.broken_at.add((exchange.expectation.case, violation["at"]))
        found = Witness(exchange, violation["expected"], violation["actual"], violation["at"])
        if entry.witness is None or found.size < entry.witness.size:
            entry.witness = found
    for name in violated:
        gathered[name].violations += 1
