"""Misspelling: what a client says it uses, and the documentation almost has."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from exports_conformance.contract.editions import editions, statuses
from exports_conformance.contract.error_codes import PUBLISHED_CODES
from exports_conformance.contract.openapi import openapi

_ALIKE = 0.85
_SAME = 1.0  # but for upper and lower case: which codes and formats there are is known in part


def misspelt(used: Mapping[str, list[Any] | None]) -> Iterator[tuple[str, Any, Any]]:
    """Give what is used under a name that is nearly a documented one: the array, the value, what may be meant.

    What is nothing like a documented name may be what a newer API has, and is no misspelling.
    """
    for array, (known, alike) in _documented().items():
        meant = {each.casefold(): each for each in known}
        for value in used.get(array) or ():
            if isinstance(value, int) or value in known:
                continue
            if array == "statuses" and value.isdecimal():
                yield array, value, int(value)
            elif near := get_close_matches(value.casefold(), meant, n=1, cutoff=alike):
                yield array, value, meant[near[0]]


def _documented() -> Mapping[str, tuple[frozenset[str], float]]:
    # Loaded late: it reads the contract's data, and a fault in that is told when a run begins.
    from exports_conformance.contract.resources import resource_types  # noqa: PLC0415

    schemas = openapi()["components"]["schemas"]
    sent, shown = (schemas[name]["properties"] for name in ("ExportCreateAttributes", "ExportAttributes"))
    return {
        "attributes": (frozenset([*sent, *shown]), _ALIKE),
        "relationships": (frozenset(schemas["Export"]["properties"]["relationships"]["properties"]), _ALIKE),
        "types": (frozenset(resource_types()), _ALIKE),
        "formats": (frozenset({"json", "csv"}), _SAME),
        "statuses": (frozenset(status for each in editions() for status in statuses(each)), _ALIKE),
        "error_codes": (PUBLISHED_CODES, _SAME),
    }
