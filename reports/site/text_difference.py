"""The difference between an expected and an actual text, piece by piece."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from exports_conformance.exchange.safe_text import shortened

_COMPARED = 1_000  # characters; the exchange below shows the whole text
_ALIKE = 0.35  # below this ratio, highlighting single characters only confuses


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `differs` is True if the other text does not have it."""

    text: str
    differs: bool


def text_difference(expected: str, actual: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces; texts with little in common differ as a whole."""
    ours, theirs = shortened(expected, _COMPARED), shortened(actual, _COMPARED)
    matcher = SequenceMatcher(None, ours, theirs)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return [Piece(ours, differs=True)], [Piece(theirs, differs=True)]
    left, right = list[Piece](), list[Piece]()
    for tag, start, end, at, to in matcher.get_opcodes():
        differs = tag != "equal"
        if end > start:
            left.append(Piece(ours[start:end], differs=differs))
        if to > at:
            right.append(Piece(theirs[at:to], differs=differs))
    return left, right
