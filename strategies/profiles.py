"""Hypothesis profiles: how many examples each test draws, and whether a run repeats them.

Decision: docs/decisions/0056-smoke-sends-one-rich-creation.md.
"""

from collections.abc import Mapping
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
