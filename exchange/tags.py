"""Tags: the text by which an export that this suite created can be found among others."""

import re
import secrets
from itertools import count

PLACEHOLDER = "exports-conformance-00000000-00000"
"""Placeholder in a body that the client replaces with a unique tag."""

PREFIX = "exports-conformance-"


class Tags:
    """The tags of a run: `exports-conformance-{8 hexadecimal digits of the run}-{5 digits}`, each used once."""

    def __init__(self, run: str | None = None) -> None:
        self.run = run or secrets.token_hex(4)
        self._numbers = count(1)

    def next(self) -> str:
        """Return a tag that this run has not used."""
        return f"{PREFIX}{self.run}-{next(self._numbers):05d}"


def run_of(tag: str) -> str:
    """Return the prefix that the tags of a run have in common."""
    return tag.rpartition("-")[0]


def untagged(text: bytes) -> bytes:
    """Return a text with the placeholder for every tag or prefix of one, so that two requests can be compared."""
    plain = _MARK.sub(PLACEHOLDER.encode(), text)
    return _WIDE_MARK.sub("\0".join(PLACEHOLDER).encode(), plain) if _WIDE_PREFIX in plain else plain


def untagged_query(query: str) -> str:
    """Return a query with one placeholder for all the tags that it looks for."""
    return _SEVERAL.sub(PLACEHOLDER, untagged(query.encode("utf-8", "surrogatepass")).decode("utf-8", "replace"))


def tags_in(text: str) -> list[str]:
    """Return the tags in a text, in order."""
    return [found.decode() for found in _WHOLE_MARK.findall(text.encode("utf-8", "surrogatepass"))]


def is_tag(text: str) -> bool:
    """Return True if a text is a tag and nothing else."""
    return tags_in(text) == [text]


_SEVERAL = re.compile(rf"{PLACEHOLDER}(?:(?:,|%2C){PLACEHOLDER})+")
_WHOLE_MARK = re.compile(rb"exports-conformance-[0-9a-f]{8}-[0-9]{5}")
_MARK = re.compile(rb"exports-conformance-[0-9a-f]{8}(?:-[0-9]{5})?")
_WIDE_PREFIX = "\0".join(PREFIX).encode()
_WIDE_MARK = re.compile(_WIDE_PREFIX + rb"\0(?:[0-9a-f]\0){8}-(?:\0[0-9]){5}")  # UTF-16, whichever byte comes first
