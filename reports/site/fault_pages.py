"""The faults of a result: the card of each on the result page, and `faults/NAME.html` with everything about it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exports_conformance.contract.requirements import requirements, where_of
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.templating import FAULTS
from exports_conformance.reports.text.markdown import support_ticket
from exports_conformance.results.result import RunResult, WitnessShown

ROWS_SHOWN = 8
LINE_COPIED = 2_000
"""Characters of a line beyond which it is not shown as a whole, so that the script is the only way."""
FAULT_PAGES_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A place in a response, with what is documented there and what came."""

    path: str
    documented: str
    came: str


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault as the pages show it: `rows` are its first differences, of `number`; `command` sends its request.

    `page` is the address of its own page in the site, `script` that of its script; both are empty if there is none.
    """

    card: phrases.FaultCard
    rows: list[DifferenceRow]
    number: int
    command: str
    page: str
    script: str


def fault_views(result: RunResult) -> list[FaultView]:
    """Return the faults of a result, promises before advice."""
    views = []
    for place, card in enumerate(phrases.fault_cards(result)):
        rows = list(_rows(card.witness)) if card.witness else []
        has_page = (
            place < FAULT_PAGES_AT_MOST and card.name in requirements()
        )  # a name becomes a path only if we know it
        views.append(
            FaultView(
                card,
                rows[:ROWS_SHOWN],
                len(rows),
                _command(card.witness) if card.witness else "",
                f"{FAULTS}/{card.name}.html" if has_page else "",
                card.file if has_page else "",
            )
        )
    return views


def _rows(witness: WitnessShown) -> Iterator[DifferenceRow]:
    """Yield the places that differ: members of objects one by one, anything else as a whole."""
    expected, actual = witness["expected"], witness["actual"]
    ours, theirs = _object(expected), _object(actual)
    if ours is None or theirs is None:
        yield DifferenceRow(witness["pointer"] or "response", expected, actual)
        return
    yield from _members(witness["pointer"], ours, theirs)


def _members(
    path: str, ours: Mapping[str, object], theirs: Mapping[str, object], depth: int = 0
) -> Iterator[DifferenceRow]:
    for name in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(name, _ABSENT), theirs.get(name, _ABSENT)
        if one is not _ABSENT and other is not _ABSENT and _text(one) == _text(other):
            continue
        if isinstance(one, dict) and isinstance(other, dict) and depth < _DEEPEST:
            yield from _members(f"{path}/{name}", one, other, depth + 1)
        else:
            yield DifferenceRow(f"{path}/{name}", _text(one), _text(other))


_ABSENT = object()
_DEEPEST = 4


def _text(value: object) -> str:
    return "absent" if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _object(text: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _command(witness: WitnessShown) -> str:
    """Return the command that sends the request of a witness, with its body in it; empty if it is too long to copy."""
    command, _, file = witness["curl"].partition(" --data-binary @")
    command = command.replace(" -H ", " \\\n  -H ")
    body = witness["request"]["body"]
    if file and body is None:
        return witness["curl"]
    quoted = (body or "").replace("'", "'\\''")
    text = f"{command} \\\n  --data-binary '{quoted}'" if file else command
    return text if max(map(len, text.split("\n"))) < LINE_COPIED else ""


def render_fault(result: RunResult, view: FaultView, *, pages: Mapping[str, str], ids: Sequence[str]) -> str:
    """Render the page of a fault as an HTML document; `ids` are the faults that have a page."""
    card, witness = view.card, view.card.witness
    place = where_of(card.name)
    fault = next((each for each in result.get("faults", ()) if each["name"] == card.name), None)
    rows = fault.get("exchanges") if fault else None
    holds = result.get("exchanges", {}).get(rows["holds"]) if rows and rows["holds"] else None
    base_url = result["endpoint"]["base_url"]
    at = ids.index(card.name)
    return templating.page(
        "fault.html",
        current="index.html",
        root="../",
        pages=pages,
        result=result,
        view=view,
        card=card,
        entry=card.entry,
        witness=witness,
        known=requirements()[card.name],
        script_text=card.script,
        ticket=support_ticket(result, card.name) if witness else "",
        exchanges=rows,
        request=messages.request_lines(witness["request"], place, base_url=base_url) if witness else [],
        response=messages.response_lines(witness["response"], place, at=witness["pointer"]) if witness else [],
        holding_request=messages.request_lines(holds["request"], place, base_url=base_url) if holds else [],
        holding_response=messages.response_lines(holds["response"], place, at=witness["pointer"])
        if holds and witness
        else [],
        before=ids[at - 1] if at else "",
        after=ids[at + 1] if at + 1 < len(ids) else "",
    )


def fault_pages(result: RunResult, *, pages: Mapping[str, str]) -> dict[str, str]:
    """Return the pages of the faults of a result by their addresses in the site's folder."""
    result = phrases.bounded(result)
    views = [each for each in fault_views(result) if each.page]
    ids = [each.card.name for each in views]
    return {view.page: render_fault(result, view, pages=pages, ids=ids) for view in views}
