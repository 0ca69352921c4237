"""The published error codes and the statuses they go with."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import read_tables

STATUS_OF_CODE: Mapping[str, int] = {
    "INVALID_TOKEN": 401,
    "LOCKED": 423,
    "NOT_ACCEPTABLE": 406,
    "RECORD_NOT_FOUND": 404,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "VALIDATION_ERROR": 422,
}
"""The codes with a documented status."""

PUBLISHED_CODES = frozenset(STATUS_OF_CODE) | {
    "FILTER_NOT_ALLOWED",
    "FORBIDDEN",
    "INTERNAL_SERVER_ERROR",
    "INVALID_DATA_FORMAT",
    "INVALID_FIELD",
    "INVALID_FIELD_FORMAT",
    "INVALID_FIELD_VALUE",
    "INVALID_FILTERS_SYNTAX",
    "INVALID_FILTER_VALUE",
    "INVALID_INCLUDE",
    "INVALID_LINKS_OBJECT",
    "INVALID_PAGE_OBJECT",
    "INVALID_PAGE_VALUE",
    "INVALID_RESOURCE",
    "INVALID_RESOURCE_ID",
    "INVALID_SORT_CRITERIA",
    "KEY_NOT_INCLUDED_IN_URL",
    "KEY_ORDER_MISMATCH",
    "NO_SHIPPING_METHODS",
    "OUT_OF_STOCK",
    "PARAM_MISSING",
    "PARAM_NOT_ALLOWED",
    "RELATION_EXISTS",
    "SAVE_FAILED",
    "THROTTLED",
    "TYPE_MISMATCH",
}
"""The codes in the vendor's React components and in recorded responses; payment codes begin PAYMENT_."""


_FILE = Path(__file__).parent / "error_guide.toml"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ErrorGuide:
    """An error, identified by its `code` and, if one code has several meanings, by `meta` (its `meta.error`).

    `said` is how the meaning is known: documented, recorded in a response, from the vendor's client code, or inferred.
    `source` is an address, `says` the title or the message of the error, by which the search of the pages finds it.
    """

    id: str
    status: int
    code: str
    cause: str
    fix: str
    said: Literal["documented", "recorded", "client", "inferred"]
    source: str
    meta: str = ""
    says: str = ""


@cache
def error_guide() -> Mapping[str, ErrorGuide]:
    """Return the entries of the guide by id, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry does not fit.
    """
    return read_tables(_FILE, ErrorGuide)
