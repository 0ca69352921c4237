"""The population of a run that repeats a recorded one: the cases that strategies draw in the place of new ones."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.model import Request
from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.exchange.tags import untagged

Drawn = TypeVar("Drawn")


class Population:
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
        """Give the requests of a case."""
        return tuple(self._requests.get(case, ()))


class _Current:
    population: Population | None = None
    request: Request | None = None


def use_population(population: Population | None) -> None:
    """Have the cases of a recorded run drawn from now on; new ones again with None."""
    _Current.population = population


def population() -> Population | None:
    """Give the population that is in use, None where new cases are drawn."""
    return _Current.population


@contextmanager
def repeating(request: Request) -> Iterator[None]:
    """Have `drawn` draw what a recorded request was made of, and nothing else."""
    _Current.request = request
    try:
        yield
    finally:
        _Current.request = None


def drawn(strategy: SearchStrategy[Drawn], *, again: Callable[[Request], Drawn]) -> SearchStrategy[Drawn]:
    """Values of a strategy; while a request is repeated, the one that `again` gives for it."""

    def now(_: None) -> SearchStrategy[Drawn]:
        return strategy if _Current.request is None else st.just(again(_Current.request))

    return st.none().flatmap(now)


def body_of(request: Request) -> bytes:
    """Give a recorded body as it was before it was marked."""
    return untagged(request.body or b"")


def document_of(request: Request) -> dict[str, Json]:
    """Give the document of a recorded creation as it was before it was marked."""
    document: dict[str, Json] = read_json(body_of(request)).value
    return document


def recorded_document(case: str) -> dict[str, Json] | None:
    """Give the first recorded document of a case, None where none was recorded, or new ones are drawn."""
    recorded = population()
    return document_of(recorded.of(case)[0]) if recorded is not None and case in recorded else None


def attribute_of(request: Request, name: str) -> Json:
    """Give an attribute of a recorded creation."""
    return document_of(request)["data"]["attributes"][name]
