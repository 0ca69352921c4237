"""Texts for free attributes: what is told apart by whoever trims, folds, truncates or re-encodes."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LONGEST = 255
"""Characters that a text may have before its length is in doubt; no document gives a limit."""

TELLING = (
    "Größe 🧦 ",
    " leading and trailing ",
    "e\N{COMBINING ACUTE ACCENT} is not é",
    "ABC abc İıſß",
    '"quoted" \\ / &amp; <b> %41 +  two  spaces\tand\na line',
    "日本語 العربية",
    "null",
    "007",
    "long " + "0123456789" * 20,
)
"""Each tells a common mistake: encodings, trimming, normalisation, case, escapes, white space, types, length."""

WHOLE = frozenset({"null", "007"})
"""Those that tell nothing behind a mark."""

TOGETHER = "|".join((*(text for text in TELLING[1:-1] if text not in WHOLE), TELLING[0]))
"""The others in one, for who sends one text only; it begins and ends with a space."""


def texts(*, max_size: int = 120) -> SearchStrategy[str]:
    """Text of any characters but NUL and surrogates, never blank; up to `max_size` characters."""
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    drawn = st.text(letters, max_size=max_size - 1).map(lambda text: "t" + text)
    telling = [text for text in TELLING if len(text) <= max_size]
    return st.sampled_from(telling) | drawn if telling else drawn
