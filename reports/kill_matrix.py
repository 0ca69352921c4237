"""The kill matrix as a reader sees it: of each requirement, the broken servers that its tests catch."""

import json
from pathlib import Path
from typing import Any

from exports_conformance.reports.page import Mutants

FILE = Path(__file__).parent.parent / "docs" / "kill-matrix.json"
"""Where a checkout keeps it; an installed package has none."""


def read(file: Path = FILE) -> Mutants:
    """Read `{"mutants": [{"name", "requirement", "summary"}]}`; empty where the file is missing.

    Raises:
        ValueError: the file is something else.
    """
    try:
        listed: Any = json.loads(file.read_text(encoding="utf-8"))["mutants"]
        mutants: dict[str, list[dict[str, str]]] = {}
        for each in listed:
            shown = {"name": str(each["name"]), "summary": str(each.get("summary", ""))}
            mutants.setdefault(str(each["requirement"]), []).append(shown)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: is no kill matrix: {error!r}; make it again") from None
    return mutants
