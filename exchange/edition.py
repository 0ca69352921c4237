"""Telling an edition by what an export shows, and what is known of each from its changes."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, get_args

from exports_conformance.contract.editions import Edition
from exports_conformance.contract.editions.changes import ATTRIBUTES, Change, How, changes
from exports_conformance.exchange.model import Exchange

EditionChoice = Literal["auto", "page", "7.10"]

_OF_THE_PAGE = ("pending", "in_progress", "interrupted", "completed")


def _of_answers(edition: Edition, how: How) -> Iterator[Change]:
    return (each for each in changes(edition) if each.how == how and each.of == "answer")


LATER_ATTRIBUTES = tuple(each.at.removeprefix(ATTRIBUTES) for each in _of_answers("7.10", "adds") if each.value is None)
"""Attributes that exports have from schema 7.9.15 (2026-04) on."""

STATUSES: Mapping[Edition, tuple[str, ...]] = MappingProxyType(
    {
        edition: (*_OF_THE_PAGE, *(each.value for each in _of_answers(edition, "adds") if each.value is not None))
        for edition in get_args(Edition)
    }
)
"""The statuses of an export that each edition documents."""


def tells_edition(exchange: Exchange) -> bool:
    """Say whether an answer shows a created export, by which its edition can be told; its status may be a wrong one."""
    return exchange.expectation.operation == "create" and exchange.succeeded and bool(exchange.attributes)


def edition_shown(exchange: Exchange) -> tuple[Edition, str]:
    """Tell the edition from a created export, and why: any attribute of the later schemas decides."""
    seen = [name for name in LATER_ATTRIBUTES if name in exchange.attributes]
    if seen:
        return "7.10", f"the first export created has {', '.join(seen)}"
    return "page", f"the first export created has none of {', '.join(LATER_ATTRIBUTES)}"
