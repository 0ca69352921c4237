"""The page of a comparison, and all files of a comparison."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from exports_conformance.contract.requirements import Where
from exports_conformance.exchange.untrusted import write_file
from exports_conformance.reports import messages
from exports_conformance.reports.comparison import text
from exports_conformance.reports.comparison.text import comparison_markdown
from exports_conformance.reports.messages import MessageLine
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.result_page import TOPIC_WORDS
from exports_conformance.reports.site.templating import UPGRADE_PAGE
from exports_conformance.upgrade.document import (
    ComparedRequest,
    Comparison,
    Difference,
    SideName,
    VerdictsShown,
    validate_comparison,
)

COMPARISON_FILES = COMPARISON_PAGE, _MARKDOWN, _DATA = UPGRADE_PAGE, "comparison.md", "comparison.json"

OF_THE_WHOLE = {"status": Where(status=True), "media type": Where(response_header=("content-type",))}
"""What is highlighted for a difference without a place in the document."""
LONG, AROUND, BEGINNING = 40, 8, 5
"""Lines: of a longer response, only the beginning and what is around the difference are shown."""


def comparison_page(comparison: Comparison, *, in_site: bool = False) -> str:
    """Return a comparison as an HTML document; `in_site`: the pages of a result stand beside it.

    Raises:
        jinja2.UndefinedError: the comparison lacks what its schema requires.
    """
    topics = _by_topic(comparison["verdicts"])
    return templating.page(
        UPGRADE_PAGE,
        styles=("comparison.css",),
        pages={**(templating.PAGES if in_site else {}), UPGRADE_PAGE: "Upgrade"},
        comparison=comparison,
        wording=text,
        sent_lines=sent_lines,
        aligned_lines=aligned_lines,
        topics=topics,
        changed={words: sum(row["before"] != row["after"] for row in rows) for words, rows in topics.items()},
        contract="contract.html" if in_site else "",
    )


def _by_topic(verdicts: Sequence[VerdictsShown]) -> Mapping[str, list[VerdictsShown]]:
    """Return the verdicts by the words for their topic, those that differ first."""
    return {
        words: sorted(
            (each for each in verdicts if each["topic"] == topic), key=lambda row: row["before"] == row["after"]
        )
        for topic, words in TOPIC_WORDS.items()
        if any(each["topic"] == topic for each in verdicts)
    }


def sent_lines(request: ComparedRequest) -> list[MessageLine]:
    """Return the lines of the request that shows a difference."""
    return messages.request_lines({**request, "headers": ()})


@dataclass(frozen=True, slots=True)
class AlignedLine:
    """A line of the response before beside the same line after; None if that response has no such line."""

    before: MessageLine | None
    after: MessageLine | None

    @property
    def is_tagged(self) -> bool:
        """Whether the difference is in one of them."""
        return any(line is not None and line.tagged for line in (self.before, self.after))

    @property
    def is_same(self) -> bool:
        """Whether both responses have this line, letter for letter."""
        return not self.is_tagged and self.before == self.after


def aligned_lines(difference: Difference) -> list[AlignedLine]:
    """Return the two responses that show a difference, line beside line; long ones only around the difference."""
    before, after = _received_lines(difference, "before"), _received_lines(difference, "after")
    rows: list[AlignedLine] = []
    matcher = SequenceMatcher(None, _members(before), _members(after), autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            rows += [AlignedLine(*pair) for pair in zip(before[first:last], after[start:end], strict=True)]
        else:
            rows += [AlignedLine(line, None) for line in before[first:last]]
            rows += [AlignedLine(None, line) for line in after[start:end]]
    return _near(rows, [number for number, row in enumerate(rows) if row.is_tagged])


def _members(lines: Sequence[MessageLine]) -> list[tuple[str, ...]]:
    """Return for each line the names of the members that it is in, by its indentation; the status is the first."""
    found, inside = list[tuple[str, ...]]([("status",)]), list[str]()
    for line in lines[1:]:
        depth, name = len(line.indent) // 2, line.text.strip().partition(": ")[0].rstrip(",")
        if name[:1] in {"}", "]"}:
            found.append((*inside[: depth + 1], name))
        else:
            inside[depth:] = [name]
            found.append(tuple(inside))
    return found


def _received_lines(difference: Difference, when: SideName) -> list[MessageLine]:
    response = difference["witness"][when]
    headers = (("Content-Type", response["media_type"]),) if response["media_type"] else ()
    place = OF_THE_WHOLE.get(difference["what"], Where())

    at = difference["at"]
    if any(line.pointer == "/data/0" for line in messages.body_lines(response["body"] or "")):
        at = at.replace("/data/", "/data/*/", 1)  # the place is in one of a list
    return messages.response_lines({**response, "headers": headers}, place, at=at)


def _near(rows: list[AlignedLine], tagged: list[int]) -> list[AlignedLine]:
    if not tagged or len(rows) <= LONG:
        return rows
    near = {number for each in tagged for number in range(each - AROUND, each + AROUND + 1)} | set(range(BEGINNING))
    kept: list[AlignedLine] = []
    for number, row in enumerate(rows):
        if number in near:
            kept.append(row)
        elif number - 1 in near:
            kept.append(AlignedLine(MessageLine("…"), MessageLine("…")))
    return kept


def write_comparison(comparison: Comparison, folder: Path, *, in_site: bool = False) -> None:
    """Write `upgrade.html`, `comparison.json` and `comparison.md` into a report folder.

    `in_site`: the pages of a result stand beside them.

    Raises:
        OSError: a file cannot be written.
        jsonschema.ValidationError: the comparison does not match its schema.
    """
    validate_comparison(comparison)
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / _DATA, json.dumps(comparison, indent=1, ensure_ascii=True) + "\n")
    write_file(folder / COMPARISON_PAGE, comparison_page(comparison, in_site=in_site))
    write_file(folder / _MARKDOWN, comparison_markdown(comparison))
