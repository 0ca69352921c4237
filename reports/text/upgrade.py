"""The comparison of two runs and the drift of documents as text: lines of the terminal, and Markdown."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports.text.markdown import cell, plain
from exports_conformance.upgrade.comparing import CASES_SHOWN
from exports_conformance.upgrade.document import Comparison, Difference, SideName, SideShown
from exports_conformance.upgrade.drift.description import IMPACTS
from exports_conformance.upgrade.drift.drifting import Drift, JudgedDrifts
from exports_conformance.upgrade.sides import TURNS

LISTED_AT_MOST = 40
REQUIREMENTS_NAMED_AT_MOST = 8
LINE_LIMIT = 600

ROWS = 100
CELL_LIMIT = 300

_ESCAPED = str.maketrans({each: f"&#{ord(each)};" for each in "&<>|`*_[]()\\#~@!:"})


def comparison_lines(comparison: Comparison, folder: Path | None = None) -> Iterator[str]:
    """Yield the lines that a comparison prints on the terminal, the gravest differences first.

    `folder` is where the reports are, None if none were written.
    """
    yield from (harmless(shortened(line, LINE_LIMIT)) for line in _terminal_lines(comparison))
    if folder is not None:
        yield f"report: {folder / 'upgrade.html'} (data: {folder / 'comparison.json'})"


def _terminal_lines(comparison: Comparison) -> Iterator[str]:
    yield comparison_headline(comparison)
    for doubt in comparison["doubts"]:
        yield f"  {doubt}"
    yield f"before: {side_line(comparison['before'])}"
    yield f"after:  {side_line(comparison['after'])}"
    yield comparison_counts(comparison)
    for line in (*comparison["reservations"], *undecided_lines(comparison)):
        yield f"  {line}"
    differences, listed = comparison["differences"], 0
    for each in causes(differences)[:LISTED_AT_MOST]:
        breaks = f", {whom(each)}" if whom(each) else ""
        yield f"{each['id']} {each['severity']}{breaks}  {title(each)}"
        yield f"    {meaning(each)}"
        yield f"    {occurrence(each)}"
        others = others_of(differences, each)
        yield from (f"    {other['id']} with it, {other['severity']}: {title(other)}" for other in others)
        listed += 1 + len(others)
    if (more := len(differences) - listed) > 0:
        yield f"{more} more differences are in comparison.json"
    yield from _turn_lines(comparison)


def _turn_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a line for each requirement that regressed, and one for each other kind of change."""
    turns = comparison["requirements"]
    regressed = [each for each in turns if each["turn"] == "regressed"]
    for each in regressed[:LISTED_AT_MOST]:
        yield f"regressed: {each['id']} ({each['before']} → {each['after']}{_reason(each['reason'])})"
    if (more := len(regressed) - LISTED_AT_MOST) > 0:
        yield f"regressed: {more} more"
    for turn in TURNS[1:]:
        named = [each["id"] for each in turns if each["turn"] == turn]
        if named and not (comparison["doubts"] and turn == "no longer verifiable"):
            more = len(named) - REQUIREMENTS_NAMED_AT_MOST
            yield f"{turn}: {', '.join(named[:REQUIREMENTS_NAMED_AT_MOST])}{f' and {more} more' if more > 0 else ''}"


def _reason(reason: str) -> str:
    return f": {reason}" if reason else ""


def comparison_markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown, with everything that a server sent escaped."""
    return "\n".join(_markdown_lines(comparison)) + "\n"


def _markdown_lines(comparison: Comparison) -> Iterator[str]:
    yield f"## {markdown_text(comparison_headline(comparison))}"
    yield ""
    yield f"- before: {markdown_text(side_line(comparison['before']))}"
    yield f"- after: {markdown_text(side_line(comparison['after']))}"
    yield f"- {markdown_text(comparison_counts(comparison))}"
    for line in (*comparison["doubts"], *comparison["reservations"], *undecided_lines(comparison)):
        yield f"- {markdown_text(line)}"
    if comparison["differences"]:
        yield from _difference_rows(comparison)
    if comparison["requirements"]:
        yield from ["", "| requirement | turn | before | after | promise |", "| --- | --- | --- | --- | --- |"]
        for each in comparison["requirements"][:ROWS]:
            yield markdown_row(
                each["id"], each["turn"], each["before"], each["after"], each["statement"].replace("`", "")
            )


def _difference_rows(comparison: Comparison) -> Iterator[str]:
    yield from ["", "| | class | difference | before | after | how often | why |", "|" + " --- |" * 7]
    for each in comparison["differences"][:ROWS]:
        severity = ", ".join(filter(None, (each["severity"], whom(each))))
        place = " ".join(filter(None, (each["what"], each["at"] or f"of {', '.join(each['operations'])}")))
        row = (
            each["id"] if each["cause"] == each["id"] else f"{each['id']}, with {each['cause']}",
            severity,
            place,
            each["before"],
            each["after"],
            occurrence(each),
            meaning(each),
        )
        yield markdown_row(*row)
    if (more := len(comparison["differences"]) - ROWS) > 0:
        yield f"\n{more} more are in comparison.json."


def markdown_row(*cells: str) -> str:
    """Return a row of a Markdown table, its cells escaped."""
    return "| " + " | ".join(map(markdown_text, cells)) + " |"


def markdown_text(value: str) -> str:
    """Return a text escaped so that Markdown and HTML show it as it is, in one line."""
    return harmless(shortened(value, CELL_LIMIT)).translate(_ESCAPED).replace("www.", "www&#46;")


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
    number: Counter[str] = Counter(each["severity"] for each in causes(differences))
    classes = ", ".join(f"{number[name]} {name}" for name in SEVERITIES if number[name]) or "no difference"
    undecided = f", {counts['undecided']} could not be compared" if counts["undecided"] else ""
    return f"{counts['compared']} requests compared, {counts['same']} with the same response{undecided}; {classes}"


def causes(differences: Sequence[Difference]) -> list[Difference]:
    """Return the gravest difference of each cause."""
    return [each for each in differences if each["cause"] == each["id"]]


def others_of(differences: Sequence[Difference], cause: Difference) -> list[Difference]:
    """Return the other differences that have the same cause as this one."""
    return [each for each in differences if each["cause"] == cause["id"] != each["id"]]


def occurrence(difference: Difference) -> str:
    """Return how often a difference was seen, in which cases, and under which condition."""
    when = f"; {difference['when']}" if difference["when"] and difference["count"] > 1 else ""
    return f"{how_often(difference)}{when}"


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


_LINE_LIMIT = 600
_MARKDOWN_LIMIT = 50_000
"""Characters of the Markdown's rows and notes; GitHub takes an issue of 65,536."""


def drift_lines(headline: str, drifts: Sequence[Drift], judged: JudgedDrifts) -> Iterator[str]:
    """Yield the lines of the terminal: the headline, the drifts that count, the accepted and the cosmetic ones."""
    yield _line(f"{headline}; {_counted(drifts, judged)}")
    for drift in judged.counting:
        yield _line(str(drift))
    for drift, entry in judged.accepted:
        yield _line(f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}")
    for drift in drifts:
        if drift.impact == "cosmetic":
            yield _line(str(drift))
    for problem in judged.problems:
        yield _line(problem)


def drift_markdown(headline: str, drifts: Sequence[Drift], judged: JudgedDrifts) -> str:
    """Return the same as Markdown for an issue, in which the text of a document stays text."""
    parts = [f"## {plain(headline)}", "", f"{_counted(drifts, judged)}."]
    accepted = [
        f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}" for drift, entry in judged.accepted
    ]
    notes = [f"- {plain(each)}" for each in (*judged.problems, *accepted)]
    cosmetic = [each for each in drifts if each.impact == "cosmetic"]
    rows = [_row(each) for each in (*judged.counting, *cosmetic)]
    kept_notes = _fitting(notes, _MARKDOWN_LIMIT // 2)
    kept_rows = _fitting(rows, _MARKDOWN_LIMIT - sum(map(len, kept_notes)))
    if rows:
        parts += ["", "| impact | where | what | old | new | requirements |", "|" + " --- |" * 6, *kept_rows]
    if kept_notes:
        parts += ["", *kept_notes]
    if more := len(rows) + len(notes) - len(kept_rows) - len(kept_notes):
        parts += ["", f"{more} more are in the command's output."]
    return "\n".join(parts) + "\n"


def _fitting(lines: Sequence[str], characters: int) -> Sequence[str]:
    """Return the first lines that have at most so many characters together."""
    ends = accumulate(len(line) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= characters]


def _counted(drifts: Sequence[Drift], judged: JudgedDrifts) -> str:
    if not drifts:
        return "no drift"
    counts = [(impact, sum(each.impact == impact for each in drifts)) for impact in IMPACTS]
    said = ", ".join(f"{number} {impact}" for impact, number in counts if number)
    accepted = f"; {len(judged.accepted)} accepted" if judged.accepted else ""
    return f"{len(drifts)} drift{'' if len(drifts) == 1 else 's'}: {said}{accepted}"


def _row(drift: Drift) -> str:
    place = f"{drift.part} {drift.name}"
    cells = (place, drift.aspect, drift.old, drift.new, ", ".join(drift.requirements))
    return f"| {drift.impact} | " + " | ".join(cell(each) if each else "" for each in cells) + " |"


def _line(text: str) -> str:
    return harmless(shortened(text, _LINE_LIMIT))
