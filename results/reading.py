"""Reading a result back: a file that somebody kept, or sent, and that may be anything."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.results.result import SCHEMA_FILE, SCHEMA_VERSION, Result

LARGEST = 256 * 1024 * 1024


class ResultError(Exception):
    """A file is no result of a run that this version reads; the message is a line: the place, the thing, the remedy."""


def read_result(file: Path) -> Result:
    """Read a `result.json`.

    Raises:
        ResultError: the file cannot be read, is no JSON, of another schema version, or not what the schema says.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise ResultError(f"{file}: is larger than {LARGEST // 1024**2} MB, which no result is; give another file")
        result: Any = parse_json(file.read_bytes())
    except OSError as error:
        raise ResultError(f"{file}: cannot be read: {error.strerror}; give the result.json of a run") from None
    except ValueError as error:
        raise ResultError(f"{file}: is no JSON document ({error}); it may have been cut short: run again") from None
    version = result.get("schema_version") if isinstance(result, dict) else None
    if version != SCHEMA_VERSION or isinstance(version, bool):
        has = f"has schema version {version}" if isinstance(version, int) else "has no schema version"
        raise ResultError(f"{file}: {has}, {SCHEMA_VERSION} is read here; use the version of this suite that wrote it")
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=FormatChecker(["date-time"]))
    try:
        problem = best_match(validator.iter_errors(result))
    except RecursionError:
        raise ResultError(f"{file}: is nested too deep for a result; give the result.json of a run") from None
    if problem is not None:
        rule = json.dumps(problem.validator_value)[:100] if problem.validator in {"type", "enum", "required"} else ""
        place = problem.json_path[:200]
        raise ResultError(f"{file}: at {place}, {problem.validator} {rule} of the schema does not hold; run again")
    checked: Result = result
    return checked
