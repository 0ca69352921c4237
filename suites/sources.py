"""Where a test's bodies come from: a strategy or, when a recording is judged again, a recorded request."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.model import Request
from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.exchange.tags import untagged

Drawn = TypeVar("Drawn")


class RecordedRequests:
    """Recorded requests by their cases, in the order in which they were sent."""

    def __init__(self, requests: Iterable[tuple[str, Request]]) -> None:
        self._requests: dict[str, list[Request]] = defaultdict(list)
        for case, request in requests:
            self._requests[case].append(request)

    def __contains__(self, case: object) -> bool:
        return case in self._requests

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[str]:
        return iter(self._requests)

    def of(self, case: str) -> tuple[Request, ...]:
        """Return the requests of a case; none where it was not recorded."""
        return tuple(self._requests.get(case, ()))


RECORDED = pytest.StashKey[RecordedRequests]()
"""Where the plugin keeps the requests of the recording that is judged; absent where new requests are sent."""


@dataclass(frozen=True, slots=True)
class Source:
    """The parameter `source` of a test that draws: a strategy, unless a recorded request takes its place."""

    recorded: Request | None = None

    def draw(self, data: st.DataObject, strategy: SearchStrategy[Drawn], again: Callable[[Request], Drawn]) -> Drawn:
        """Return a value of `strategy`, or what `again` makes of the recorded request."""
        return data.draw(strategy, label="body") if self.recorded is None else again(self.recorded)


def body_of(request: Request) -> bytes:
    """Return a recorded body as it was before it was tagged."""
    return untagged(request.body or b"")


def document_of(request: Request) -> dict[str, Json]:
    """Return the document of a recorded creation as it was before it was tagged."""
    document: dict[str, Json] = read_json(body_of(request)).value
    return document
