"""The difference between what was expected and what came, piece by piece."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from exports_conformance.exchange.safe_text import shortened

LIMIT = 1_000
"""Characters of a text that are compared; who needs more of it finds it in the exchange."""

_ALIKE = 0.35  # below, marking single characters only confuses


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `differs` says that the other text does not have it."""

    text: str
    differs: bool


def difference(expected: str, actual: str) -> tuple[list[Piece], list[Piece]]:
    """Give both texts in pieces; texts that have little in common differ as a whole."""
    ours, theirs = shortened(expected, LIMIT), shortened(actual, LIMIT)
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
