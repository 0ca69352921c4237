"""Fault cards: what every report says about one fault, taken from a result."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from exports_conformance.reports.phrases import RequirementEntry, Result, broken_line, with_verdict


@dataclass(frozen=True, slots=True)
class FaultCard:
    """A fault as reports show it.

    `entry` is the requirement that names it, `others` the further requirements it violates, `when` the condition under
    which it occurs. `script` is the shell script that reproduces it, empty in a result of an older version.
    """

    entry: RequirementEntry
    others: tuple[str, ...]
    when: str
    script: str

    @property
    def name(self) -> str:
        """The name of the fault, an id of a requirement."""
        return str(self.entry["id"])

    @property
    def file(self) -> str:
        """The path of the script, relative to the report folder; empty if there is none."""
        return f"faults/{self.name}.sh" if self.script else ""

    @property
    def witness(self) -> dict[str, Any] | None:
        """The smallest exchange that shows the fault, if the result has one."""
        found: dict[str, Any] | None = self.entry["witness"]
        return found


def fault_cards(result: Result) -> list[FaultCard]:
    """Return the faults of a result, promises before advice.

    A violated requirement that no fault names, as in a result of an older version, is a fault of its own.
    """
    return sorted(_cards(result), key=lambda card: card.entry["weight"] != "promise")


def _cards(result: Result) -> Iterator[FaultCard]:
    entries = {entry["id"]: entry for entry in with_verdict(result, "violated")}
    explained = set[str]()
    for fault in result.get("faults", ()):
        names = [name for name in fault["requirements"] if name in entries]
        if fault["name"] in entries and fault["name"] not in explained:
            explained |= set(names)
            others = tuple(name for name in names if name != fault["name"])
            yield FaultCard(entries[fault["name"]], others, fault["condition"]["text"], fault["script"])
    for name, entry in entries.items():
        if name not in explained:
            yield FaultCard(entry, (), f"in {broken_line(entry)}", "")


def owner_line(result: Result, card: FaultCard) -> str:
    """Return whose fault it is, and what to do about it."""
    recording = result["recording"]
    kind = recording["kind"] if recording else result["endpoint"]["kind"]
    if kind == "reference":
        return "the built-in simulator, or this suite"
    return f"the API; tell the vendor: exports-conformance ticket {card.name}"
