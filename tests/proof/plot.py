"""The curve of the kill matrix: how many mutants are caught after how many exchanges, ours and the peer's."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SERIES = (
    ("smoke", "#b35900", "smoke"),
    ("quick", "#0b5cad", "quick"),
    ("thorough", "#2f7d32", "thorough"),
    ("peer", "#6b6b6b", "Schemathesis"),
)


def curve(matrix: Mapping[str, Any], series: str) -> Sequence[int]:
    """Return at which exchange each mutant that is caught is caught, in order."""
    if series == "peer":
        peer = matrix.get("peer", {}).get("mutants", ())
        return sorted(each["requests"] for each in peer if each["check"])
    return sorted(each[series] for each in matrix["mutants"] if each[series])


def digest(matrix: Mapping[str, Any]) -> str:
    """Return what the curve is drawn from, in a word."""
    drawn = json.dumps([list(curve(matrix, name)) for name, _, _ in SERIES])
    return hashlib.sha256(drawn.encode()).hexdigest()


def write(matrix: Mapping[str, Any], file: Path) -> None:
    """Draw the curve; the same matrix gives the same file."""
    import matplotlib as mpl  # noqa: PLC0415  slow to load, and wanted by nobody else
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    with mpl.rc_context({"svg.hashsalt": "kill-matrix", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        total = len(matrix["mutants"])
        for name, colour, label in SERIES:
            firsts = curve(matrix, name)
            if firsts:
                axes.step([1, *firsts], _counts(firsts), where="post", color=colour, label=f"{label}: {len(firsts)}")
        axes.axhline(total, color="#999999", linewidth=0.8, linestyle=":")
        axes.annotate(f"all {total}", (1.1, total), textcoords="offset points", xytext=(0, 4), color="#444444")
        axes.set(xscale="log", xlabel="exchanges", ylabel="broken servers caught", ylim=(0, total * 1.08))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_title("Broken servers caught, by exchanges until the first violation", loc="left")
        axes.legend(loc="lower right", frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        metadata = {"Date": None, "Creator": None, "Description": digest(matrix)}
        figure.savefig(file, format="svg", metadata=metadata)


def _counts(firsts: Iterable[int]) -> list[int]:
    return list(range(len(list(firsts)) + 1))
