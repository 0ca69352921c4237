"""The phrases about a comparison that all of its reports share."""

from collections import Counter
from collections.abc import Mapping, Sequence

from exports_conformance.upgrade.comparing import CASES_SHOWN
from exports_conformance.upgrade.document import Comparison, Difference, SideName, SideShown

SHORT = 60
SEVERITIES = ("breaking", "loosened", "compatible", "cosmetic")

_HEADLINES: Mapping[str, str] = {
    "breaking": "the upgrade breaks clients",
    "inconclusive": "the two runs cannot be compared with certainty",
    "loosened": "the upgrade accepts more than before",
    "compatible": "the upgrade changes nothing that affects clients",
    "cosmetic": "only texts for people changed",
    "waived": "only known violations, which are waived, differ",
    "partial": "nothing changed in what could be compared",
    "same": "nothing changed",
}


def comparison_headline(comparison: Comparison) -> str:
    """Return the verdict, and how many differences break the client if it has listed what it uses."""
    said = f"{comparison['verdict']}: {_HEADLINES[comparison['verdict']]}"
    if comparison["verdict"] in {"same", "partial"} and comparison["before"]["what"] == "result":
        return f"{comparison['verdict']}: no promise is newly broken; results keep no responses to compare"
    if comparison["uses"] is None or not comparison["differences"]:
        return said
    yours = sum(each["breaks"] == "you" for each in comparison["differences"])
    others = sum(each["breaks"] == "others" for each in comparison["differences"])
    return f"{said}; {yours} of the differences {'breaks' if yours == 1 else 'break'} you, {others} others"


def comparison_counts(comparison: Comparison) -> str:
    """Return how many requests were compared, and the number of differences of each class."""
    counts, differences = comparison["counts"], comparison["differences"]
    if not counts["compared"] and not counts["undecided"]:
        return "results are compared requirement by requirement; compare recordings to see the responses"
    number: Counter[str] = Counter(each["severity"] for each in differences)
    classes = ", ".join(f"{number[name]} {name}" for name in SEVERITIES if number[name]) or "no difference"
    undecided = f", {counts['undecided']} could not be compared" if counts["undecided"] else ""
    return f"{counts['compared']} requests compared, {counts['same']} with the same response{undecided}; {classes}"


def side_line(side: SideShown) -> str:
    """Return the file, the endpoint and the edition of one side."""
    mode = "" if side["mode"] == "unknown" else f" in {side['mode']} mode"
    when = f", {side['started'][:10]}" if side["started"] else ""
    return f"{side['what']} {side['source']}: {side['kind']} {side['base_url']}{mode}, edition {side['edition']}{when}"


def title(difference: Difference) -> str:
    """Return a line that names the difference and its place."""
    operations = "" if difference["at"] else f" of {', '.join(difference['operations'])}"
    at = f" {difference['at']}" if difference["at"] else ""
    return f"{difference['what']}{operations}{at}: {difference['before']} → {difference['after']}"


def meaning(difference: Difference) -> str:
    """Return what a difference means: the rule, the requirements, the edition that documents it."""
    parts = [difference["because"]]
    if difference["requirements"]:
        parts.append(f"({', '.join(difference['requirements'])})")
    if difference["documented"]:
        documented = difference["documented"]
        parts.append(f"Documented since {documented['since']}: {documented['statement']}")
    if difference["waived"] is not None:
        parts.append(f"Waived: {difference['waived']}")
    return " ".join(parts)


def whom(difference: Difference) -> str:
    """Return whom a difference breaks, or that it is waived; empty if nobody, or if it is unknown what clients use."""
    if difference["waived"] is not None:
        return "waived"
    return {"you": "breaks you", "others": "breaks others"}.get(difference["breaks"] or "", "")


def how_often(difference: Difference) -> str:
    """Return how often a difference was seen, and in which cases."""
    cases = difference["cases"]
    more = ", …" if len(cases) == CASES_SHOWN < difference["count"] else ""
    return f"{difference['count']} time{'' if difference['count'] == 1 else 's'}: {', '.join(cases)}{more}"


def side_label(difference: Difference, when: SideName) -> str:
    """Return the value on one side of a difference, or its description if the value is long."""
    witness = difference["witness"]
    value = witness["before_value"] if when == "before" else witness["after_value"]
    said = value if len(value) <= SHORT else difference[when]
    return f"{when}: {said} (exchange {witness[when]['exchange']})"


def undecided_lines(comparison: Comparison) -> list[str]:
    """Return a line for each reason why requests could not be compared."""
    return [
        f"{each['count']} {each['reason']}: {_some(each['cases'], each['count'])}" for each in comparison["undecided"]
    ]


def _some(cases: Sequence[str], count: int) -> str:
    return ", ".join(cases) + (", …" if len(cases) == CASES_SHOWN < count else "")
