"""What a comparison says, in the words in which every report of it says it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from exports_conformance.upgrade.document import CASES, Comparison

SHORT = 60
SEVERITIES = ("breaking", "loosened", "compatible", "cosmetic")

_HEADLINES: Mapping[str, str] = {
    "breaking": "the upgrade breaks clients",
    "inconclusive": "nothing can be said for sure",
    "loosened": "the upgrade accepts more than before",
    "compatible": "the upgrade changes nothing that a client must mind",
    "cosmetic": "only prose changed",
    "partial": "nothing changed in what could be compared",
    "same": "nothing changed",
}

Difference = Mapping[str, Any]


def headline(comparison: Comparison) -> str:
    """Say the verdict, and whom it concerns where the client has said what it uses."""
    said = f"{comparison['verdict']}: {_HEADLINES[comparison['verdict']]}"
    if comparison["verdict"] in {"same", "partial"} and comparison["before"]["what"] == "result":
        return f"{comparison['verdict']}: no promise is newly broken; what was answered is not in a result"
    if comparison["uses"] is None or not comparison["differences"]:
        return said
    yours = sum(each["breaks"] == "you" for each in comparison["differences"])
    others = sum(each["breaks"] == "others" for each in comparison["differences"])
    return f"{said}; {yours} of the differences {'breaks' if yours == 1 else 'break'} you, {others} others"


def counts_line(comparison: Comparison) -> str:
    """Say how many questions were compared, and of how many differences of each class there are."""
    counts, differences = comparison["counts"], comparison["differences"]
    if not counts["compared"] and not counts["undecided"]:
        return "two results are compared by their requirements; compare recordings to see what was answered"
    number = Counter(each["severity"] for each in differences)
    classes = ", ".join(f"{number[name]} {name}" for name in SEVERITIES if number[name]) or "no difference"
    undecided = f", {counts['undecided']} could not be compared" if counts["undecided"] else ""
    return f"{counts['compared']} questions compared, {counts['same']} answered the same{undecided}; {classes}"


def side_line(side: Mapping[str, Any]) -> str:
    """Say whom one side is of."""
    mode = "" if side["mode"] == "unknown" else f" in {side['mode']} mode"
    when = f", {side['started'][:10]}" if side["started"] else ""
    return f"{side['what']} {side['source']}: {side['kind']} {side['base_url']}{mode}, edition {side['edition']}{when}"


def title(difference: Difference) -> str:
    """Say in a line what differs, and where."""
    operations = "" if difference["at"] else f" of {', '.join(difference['operations'])}"
    at = f" {difference['at']}" if difference["at"] else ""
    return f"{difference['what']}{operations}{at}: {difference['before']} → {difference['after']}"


def meaning(difference: Difference) -> str:
    """Say what a difference means: the rule, the requirements, the edition that has it."""
    parts = [f"{difference['because']}"]
    if difference["requirements"]:
        parts.append(f"({', '.join(difference['requirements'])})")
    if difference["documented"]:
        documented = difference["documented"]
        parts.append(f"Documented since {documented['since']}: {documented['statement']}")
    return " ".join(parts)


def whom(difference: Difference) -> str:
    """Say whom a difference breaks; empty where the client has not said what it uses, or nobody is broken."""
    return {"you": "breaks you", "others": "breaks others"}.get(difference["breaks"] or "", "")


def how_often(difference: Difference) -> str:
    """Say how often a difference came, and in which cases."""
    cases = difference["cases"]
    more = ", …" if len(cases) == CASES < difference["count"] else ""
    return f"{difference['count']} time{'' if difference['count'] == 1 else 's'}: {', '.join(cases)}{more}"


def side_label(difference: Difference, when: str) -> str:
    """Say what is on one side of a difference, the value itself where it is short."""
    witness = difference["witness"]
    value = witness[f"{when}_value"]
    said = value if len(value) <= SHORT else difference[when]
    return f"{when}: {said} (exchange {witness[when]['exchange']})"


def undecided_lines(comparison: Comparison) -> list[str]:
    """Say what could not be compared, a line for each reason."""
    return [
        f"{each['count']} {each['reason']}: {_some(each['cases'], each['count'])}" for each in comparison["undecided"]
    ]


def _some(cases: Sequence[str], count: int) -> str:
    return ", ".join(cases) + (", …" if len(cases) == CASES < count else "")
