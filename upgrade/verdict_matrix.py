"""The verdict on every requirement in each of several runs, the earliest version first."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from exports_conformance.contract.requirements import Weight, requirements
from exports_conformance.results.verdicts import RequirementVerdict
from exports_conformance.upgrade.document import SideShown, side_shown
from exports_conformance.upgrade.sides import Side

MATRIX_VERSION = 1
VERDICT_CHANGES: tuple["VerdictChange", ...] = ("regressed", "changed", "fixed", "same")

VerdictChange = Literal["regressed", "changed", "fixed", "same"]
_HELD, _BROKEN = "verified", frozenset({"violated", "intermittent", "waived"})


class MatrixRow(TypedDict):
    """One requirement: its verdict in each run, and what changed from the first run to the last that judged it."""

    id: str
    statement: str
    weight: Weight
    change: VerdictChange
    verdicts: list[RequirementVerdict]


class Matrix(TypedDict):
    """The verdicts as `matrix.json` has them; a column is a run, a row a requirement that some run judged."""

    schema_version: int
    columns: list[SideShown]
    rows: list[MatrixRow]
    not_judged: list[str]


def build_matrix(sides: Sequence[Side]) -> Matrix:
    """Return the verdicts of several runs, the requirements that regressed first."""
    rows: list[MatrixRow] = []
    not_judged = []
    for name, requirement in requirements().items():
        verdicts: list[RequirementVerdict] = [
            side.decisions[name].verdict if name in side.decisions else "unverified" for side in sides
        ]
        if not any(each == _HELD or each in _BROKEN for each in verdicts):
            not_judged.append(name)
            continue
        rows.append(
            {
                "id": name,
                "statement": requirement.statement,
                "weight": requirement.weight,
                "change": _change(verdicts),
                "verdicts": verdicts,
            }
        )
    rows.sort(key=lambda row: (VERDICT_CHANGES.index(row["change"]), row["weight"] != "promise"))
    columns = [side_shown(side) for side in sides]
    return {"schema_version": MATRIX_VERSION, "columns": columns, "rows": rows, "not_judged": not_judged}


def _change(verdicts: Sequence[RequirementVerdict]) -> VerdictChange:
    judged = [each for each in verdicts if each == _HELD or each in _BROKEN]
    if len(set(judged)) == 1:
        return "same"
    if judged[-1] == "violated":
        return "regressed"
    return "fixed" if judged[-1] == _HELD and judged[0] in _BROKEN else "changed"


def exit_code_of_matrix(matrix: Matrix, *, on_any: bool) -> int:
    """Return 1 if a promise regressed, or with `on_any` if any verdict changed; else 0."""
    failing = [
        row
        for row in matrix["rows"]
        if (on_any and row["change"] != "same") or (row["change"], row["weight"]) == ("regressed", "promise")
    ]
    return 1 if failing else 0
