"""Marks: the text by which an export that this suite created can be found among others."""

import re
import secrets
from itertools import count

PLACEHOLDER = "exports-conformance-00000000-00000"
"""Stands in a body for the mark that the door puts there when the body is sent."""

PREFIX = "exports-conformance-"


class Marks:
    """A run's marks: `exports-conformance-{8 hexadecimal digits of the run}-{5 digits}`, each given once."""

    def __init__(self, run: str | None = None) -> None:
        self.run = run or secrets.token_hex(4)
        self._numbers = count(1)

    def next(self) -> str:
        """Give a mark that this run has not used."""
        return f"{PREFIX}{self.run}-{next(self._numbers):05d}"


def run_of(mark: str) -> str:
    """Give what all marks of a mark's run begin with."""
    return mark.rpartition("-")[0]


def unmarked(text: bytes) -> bytes:
    """Give a text with the placeholder for every mark, or beginning of one, so that two requests can be compared."""
    return _MARK.sub(PLACEHOLDER.encode(), text)


_MARK = re.compile(rb"exports-conformance-[0-9a-f]{8}(-[0-9]{5})?")
