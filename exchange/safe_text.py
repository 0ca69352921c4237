"""Text from outside, made safe to look at: nothing in it moves, hides or reorders what surrounds it."""

import re

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""What Python calls printable although nothing is to be seen of it; the selectors that emoji need are left."""

_SHORTENED = re.compile(r" … (\d{1,3}(?:,\d{3}){0,4}) more characters?\Z", re.ASCII)


def harmless(text: str) -> str:
    r"""Give a text in which everything that is not plainly visible is written as its escape.

    Control characters, line ends, bidirectional controls, zero-width and other spaces than the common one,
    private, unassigned and lone surrogate code points become `\x1b`, `\n`, `\u202e` and the like. A
    backslash stays one: the text is for reading, not for decoding. `##[`, which begins a command to GitHub's
    runner wherever it stands in a line, is torn.
    """
    if not text.isprintable():
        text = text.translate({ord(each): _escape(each) for each in set(text) if not each.isprintable()})
    return _UNSEEN.sub(lambda found: _escape(found[0]), text).replace("##[", "## [")


def for_log(text: str) -> str:
    """Give a harmless text in which a CI that reads commands from logs finds none, `::` in front included."""
    text = harmless(text)
    return text.replace("::", r"\x3a\x3a", 1) if text.lstrip(" ").startswith("::") else text


def shortened(text: str, limit: int) -> str:
    """Give at most `limit` characters of a text, and say how many were left out, of a shortened one in all."""
    left_out = len(text) - limit
    if left_out <= 0:
        return text
    if before := _SHORTENED.search(text, max(limit, len(text) - 50)):
        left_out += int(before[1].replace(",", "")) - len(before[0])
    return f"{text[:limit]} … {left_out:,} more character{'' if left_out == 1 else 's'}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
