"""Hypothesis profiles: how many examples each test draws, and whether a run repeats them.

Decision: docs/decisions/0056-smoke-sends-one-rich-creation.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from hypothesis import Phase, settings

Profile = Literal["smoke", "quick", "thorough", "sweep"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
DEFAULT: Profile = "quick"

STRENGTH: Mapping[Profile, int] = {"smoke": 2, "quick": 2, "sweep": 2, "thorough": 3}
"""How many attribute classes a covering array combines, by profile."""


def register_profiles() -> None:
    """Register the profiles with Hypothesis; they are the same on every machine."""
    for profile in PROFILES:
        settings.register_profile(
            profile,
            max_examples=1,
            derandomize=profile in {"smoke", "quick"},
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            print_blob=False,
        )


def examples(counts: Mapping[str, int], profile: Profile) -> int:
    """Return how many examples a test draws in a profile, from the counts of its marker.

    Sweep has quick's count, thorough its own or quick's, and smoke its own or none.
    """
    quick = counts.get("quick", 1)
    return {"smoke": counts.get("smoke", 0), "quick": quick, "sweep": quick, "thorough": counts.get("thorough", quick)}[
        profile
    ]


@dataclass(frozen=True, slots=True)
class Night:
    """One of the nights over which the cases are dealt that quick leaves to thorough; the first has the number 1."""

    number: int
    nights: int

    def deals(self, place: int) -> bool:
        """Return whether the case at a place, from 0, is one of this night."""
        return place % self.nights == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.nights}"


def night_of(text: str, *, day: date) -> Night:
    """Return the night that a text names: the third of seven is `3/7`; of `7`, it is the day that decides.

    Raises:
        ValueError: the text names none.
    """
    found = re.fullmatch(r"(?:([0-9]{1,4})/)?([0-9]{1,4})", text)
    nights = int(found[2]) if found else 0
    number = (int(found[1]) if found[1] else day.toordinal() % nights + 1) if found and nights else 0
    if not (nights > 1 and 1 <= number <= nights):
        raise ValueError(text)
    return Night(number, nights)
