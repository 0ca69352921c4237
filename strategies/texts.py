"""Texts for free attributes: strings that expose trimming, case folding, truncation and encoding bugs."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LONGEST_TEXT = 255
"""Characters that a text may certainly have; no document gives a limit."""

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
"""Each exposes a common bug: encodings, trimming, normalisation, case, escapes, white space, types, length."""

WHOLE = frozenset({"null", "007"})
"""Strings that are only useful without a tag before them."""

TOGETHER = "|".join((*(text for text in TELLING[1:-1] if text not in WHOLE), TELLING[0]))
"""All others joined, for profiles that send a single string; it begins and ends with a space."""


def texts(*, max_size: int = 120) -> SearchStrategy[str]:
    """Text of any characters but NUL and surrogates, never blank; up to `max_size` characters."""
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    drawn = st.text(letters, max_size=max_size - 1).map(lambda text: "t" + text)
    telling = [text for text in TELLING if len(text) <= max_size]
    return st.sampled_from(telling) | drawn if telling else drawn
