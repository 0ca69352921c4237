"""The query string: its parameters, by family and by the keys in their brackets."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from exports_conformance.reference.errors import refusal

Parameters = Mapping[str, Mapping[tuple[str, ...], str]]

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
FAMILIES = ("fields", "filter", "include", "page", "sort")


def parameters(query: str) -> Parameters:
    """Read a query string: `page[size]=2` is `{"page": {("size",): "2"}}`; the last of a name counts.

    A name of letters only that JSON:API does not define is refused, as the format demands.
    """
    read: dict[str, dict[tuple[str, ...], str]] = {family: {} for family in FAMILIES}
    for name, value in pairs(query):
        match = NAME.fullmatch(name)
        family = match[1] if match else name
        if match and family in read:
            read[family][tuple(re.findall(r"\[([^\[\]]*)\]", match[2]))] = value
        elif re.fullmatch("[a-z]+", family):
            raise refusal(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{family} is not allowed.")
    return read


def pairs(query: str) -> list[tuple[str, str]]:
    """Give names and values in order, decoded."""
    return parse_qsl(query, keep_blank_values=True)


def with_page(query: str, number: int, size: int) -> str:
    """Give the query string with another page in it."""
    kept: Iterable[tuple[str, str]] = (pair for pair in pairs(query) if not pair[0].startswith("page["))
    paged = [*kept, ("page[number]", str(number)), ("page[size]", str(size))]
    return urlencode(paged)
