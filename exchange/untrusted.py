"""Reading of JSON, TOML and YAML that anybody may have written: nesting is bounded, each problem a `ValueError`."""

import json
import tomllib
from collections.abc import Iterable

import yaml

from exports_conformance.exchange.strict_json import MAX_DEPTH, Json, is_deeper

TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"

_STARTS = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_VALUES_AT_MOST = 1_000_000


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
    try:
        # libyaml composes a document by recursion in C: 100,000 brackets end the process. Its events are a flat list.
        _check_events(yaml.parse(text, Loader=loader))
        value = yaml.load(text, Loader=loader)  # noqa: S506  both loaders are safe
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"is no YAML: {' '.join(str(error).split())}") from None
    if is_deeper(value, MAX_DEPTH):
        raise ValueError(TOO_DEEP)
    return value


def _check_events(events: Iterable[yaml.Event]) -> None:
    """Raise a `ValueError` if a document is nested too deep, or too large once its aliases and merges are expanded."""
    sizes: dict[str | None, int] = {}  # how many values each anchor names
    within: list[tuple[str | None, int]] = [(None, 0)]
    for event in events:
        if isinstance(event, _STARTS):
            within.append((event.anchor, 1))
            if len(within) > MAX_DEPTH + 1:
                raise ValueError(TOO_DEEP)
            continue
        if isinstance(event, _ENDS):
            anchor, size = within.pop()
        elif isinstance(event, yaml.NodeEvent):
            # An alias to what contains it has no size yet, so that it counts as too many.
            anchor, size = event.anchor, 1
            if isinstance(event, yaml.AliasEvent):
                size = sizes.get(anchor, _VALUES_AT_MOST)
        else:
            continue
        sizes[anchor] = size
        around, others = within.pop()
        within.append((around, others + size))
        if others + size > _VALUES_AT_MOST:
            raise ValueError(f"has more than {_VALUES_AT_MOST} values once its aliases are expanded")
