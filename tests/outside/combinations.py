"""Reported faults that show only where several things meet."""

from collections.abc import Callable

from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation, refused, sent
from tests.outside.server import Attributes, reported


def _crashing(source: str, name: str, summary: str, applies: Callable[[Attributes], object], missed: str = "") -> None:
    """Register a server that crashes on some creations."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if is_creation(request) and applies(sent(request)):
            return refused(500, "INTERNAL_SERVER_ERROR")
        return respond(request)

    reported(source, family=8, name=name, summary=summary, missed=missed)(middleware)


_crashing(
    "activerecord-hackery/ransack#492",
    "array-operands-crash",
    "Crashes on a filter with an array.",
    lambda asked: (
        isinstance(asked.get("filters"), dict) and any(isinstance(value, list) for value in asked["filters"].values())
    ),
)
_crashing(
    "Bruno17/MIGX#343",
    "filter-and-include-of-one-relation-crash",
    "Joins a relation twice, for its filter and for its include, and crashes.",
    lambda asked: (
        isinstance(asked.get("filters"), dict)
        and any(
            isinstance(path, str) and any(key.startswith(f"{path.partition('.')[0]}_") for key in asked["filters"])
            for path in asked.get("includes") or ()
        )
    ),
)
