"""The kill matrix as a reader sees it: the broken servers that prove the suite, and which profiles catch them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "docs" / "kill-matrix.json"
"""Where a checkout keeps it; an installed package has none."""

PROFILES = ("smoke", "quick", "thorough")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A server that breaks one requirement; `caught_by` are the profiles that find it."""

    name: str
    requirement: str
    summary: str
    caught_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KillMatrix:
    """Every broken server, which profiles were measured, and how many conforming variants there are and were flagged.

    `page` is the matrix as people read it, where it lies beside the data.
    """

    mutants: Sequence[Mutant] = ()
    profiles: tuple[str, ...] = ()
    variants: int = 0
    flagged: int = 0
    page: Path | None = None

    @property
    def caught(self) -> Mapping[str, int]:
        """Of each measured profile, how many broken servers it finds."""
        return {name: len(self.mutants) - len(self.missed(name)) for name in self.profiles}

    def missed(self, profile: str) -> list[Mutant]:
        """Give the broken servers that a profile does not find."""
        return [each for each in self.mutants if profile not in each.caught_by]

    def breaking(self, requirement: str) -> list[Mutant]:
        """Give the servers that break a requirement."""
        return [each for each in self.mutants if each.requirement == requirement]

    def address_from(self, folder: Path) -> str:
        """Give the link that leads from a folder to `page`; empty where they are not published together."""
        if self.page is None or not folder.resolve().is_relative_to(self.page.parent.resolve()):
            return ""
        return Path(relpath(self.page.resolve(), folder.resolve())).as_posix()


def of_this_checkout() -> KillMatrix:
    """Read the matrix that the checkout keeps; an empty one where there is none, or none that can be read."""
    try:
        return read(FILE)
    except ValueError:  # told to whoever asks for it, not to whoever ran the suites
        return KillMatrix()


def read(file: Path) -> KillMatrix:
    """Read `{"mutants": [{"name", "requirement", "summary"}]}`; empty where the file is missing.

    A mutant may have, by the name of a profile, after how many exchanges that catches it, null: it does not.
    `variants`, likewise optional, are conforming servers: `{"flagged": [...]}` each.

    Raises:
        ValueError: the file is something else.
    """
    try:
        matrix: Any = json.loads(file.read_text(encoding="utf-8"))
        listed, variants = matrix["mutants"], matrix.get("variants", [])
        profiles = tuple(name for name in PROFILES if listed and all(name in each for each in listed))
        mutants = [
            Mutant(
                str(each["name"]),
                str(each["requirement"]),
                str(each.get("summary", "")),
                tuple(name for name in profiles if each[name] is not None),
            )
            for each in listed
        ]
        flagged = sum(1 for each in variants if each.get("flagged"))
    except FileNotFoundError:
        return KillMatrix()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{file}: is no kill matrix: {error!r}; make it again") from None
    page = file.with_suffix(".md")
    return KillMatrix(mutants, profiles, len(variants), flagged, page if page.exists() else None)
