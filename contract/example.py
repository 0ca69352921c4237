"""The example on the page: a request and a response that shows every member at once."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from exports_conformance.contract.errors import ContractError

_FILE = Path(__file__).parent / "example.json"


@cache
def example() -> dict[str, Any]:
    """Return the documented pair: `source`, `request` (method, path, headers, body) and `answer` (status, body).

    Raises:
        ContractError: the file cannot be read, or lacks a part.
    """
    try:
        pair: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
        _ = pair["source"], pair["request"]["body"]["data"], pair["answer"]["body"]["data"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ContractError(f"{_FILE}: cannot be read: {error}; restore it from the repository") from error
    return pair
