"""Reading of JSON, TOML and YAML that anybody may have written: nesting is bounded, each problem a `ValueError`."""

import json
import tomllib

import yaml

from exports_conformance.exchange.strict_json import MAX_DEPTH, Json, is_deeper

TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"

_STARTS = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)


def parse_json(text: str | bytes) -> Json:
    """Return the value of a JSON text; of repeated keys the last.

    Raises:
        ValueError: the text is not JSON, or is nested too deep.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if is_deeper(value, MAX_DEPTH):
        raise ValueError(TOO_DEEP)
    return value


def parse_toml(text: str) -> dict[str, Json]:
    """Return the tables of a TOML text.

    Raises:
        ValueError: the text is not TOML, or is nested too deep.
    """
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if is_deeper(tables, MAX_DEPTH):
        raise ValueError(TOO_DEEP)
    return tables


def parse_yaml(text: str) -> Json:
    """Return the value of a YAML text, of the types that JSON has and dates.

    Raises:
        ValueError: the text is not YAML, or is nested too deep.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        # libyaml composes a document by recursion in C: 100,000 brackets end the process. Its events are a flat list.
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, _STARTS) - isinstance(event, _ENDS)
            if depth > MAX_DEPTH:
                raise ValueError(TOO_DEEP)
        return yaml.load(text, Loader=loader)  # noqa: S506  both loaders are safe
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"is no YAML: {' '.join(str(error).split())}") from None
