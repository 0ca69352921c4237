"""Text from outside, escaped so that nothing in it moves, hides or reorders what surrounds it."""

import re

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable and that are invisible, without the selectors that emoji need."""

_SHORTENED = re.compile(r" … (\d{1,3}(?:,\d{3}){0,4}) more characters?\Z", re.ASCII)


def harmless(text: str) -> str:
    r"""Return a text with everything escaped that is not plainly visible.

    Control characters, line ends, bidirectional controls, zero-width and other spaces than the common one,
    private, unassigned and lone surrogate code points become `\x1b`, `\n`, `\u202e` and the like. A
    backslash is not escaped, since the text is for reading, not for decoding. `##[`, which begins a command to
    GitHub's runner anywhere in a line, is split.
    """
    if not text.isprintable():
        text = text.translate({ord(each): _escape(each) for each in set(text) if not each.isprintable()})
    return _UNSEEN.sub(lambda found: _escape(found[0]), text).replace("##[", "## [")


def for_log(text: str) -> str:
    """Return a harmless text that no CI reads as a command, `::` at its beginning included."""
    text = harmless(text)
    return text.replace("::", r"\x3a\x3a", 1) if text.lstrip(" ").startswith("::") else text


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text, followed by how many were left out, earlier shortening included."""
    left_out = len(text) - limit
    if left_out <= 0:
        return text
    if before := _SHORTENED.search(text, max(limit, len(text) - 50)):
        left_out += int(before[1].replace(",", "")) - len(before[0])
    return f"{text[:limit]} … {left_out:,} more character{'' if left_out == 1 else 's'}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
