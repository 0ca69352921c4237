"""Our transcription of the API as an OpenAPI document."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from exports_conformance.contract.tables import ContractError

OPENAPI_FILE = Path(__file__).parent / "openapi.yaml"


@cache
def openapi() -> dict[str, Any]:
    """Return the document in `contract/openapi.yaml`.

    Raises:
        ContractError: the file cannot be read, or is not an OpenAPI document.
    """
    try:
        text = OPENAPI_FILE.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    except (OSError, ValueError, yaml.YAMLError) as error:
        problem = str(error).partition("\n")[0]
        raise ContractError(f"{OPENAPI_FILE}: cannot be read: {problem}; restore it from the repository") from error
    if not isinstance(document, dict) or "/exports" not in document.get("paths", {}):
        raise ContractError(f"{OPENAPI_FILE}: has no path /exports; restore it from the repository")
    return document


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
