"""Argument classes: what a request has in common with others, in words; and smaller bodies that have given classes.

A class is a sentence about a request, such as "`format` is csv". The smallest set of classes that all violating
requests share, and no conforming one has, localises a fault: docs/decisions/0060-faults-and-failing-combinations.md.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from exports_conformance.exchange.exports import ALL_SELECTING
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, as_array, as_object, member
from exports_conformance.exchange.tags import PLACEHOLDER, untagged

_NAMES = ("format", "includes", "fields", "filters", "dry_data", "reference", "reference_origin", "metadata")
_TEXTS = ("reference", "reference_origin", "metadata")
_LENGTHS = (64, 100, 255)
"""Lengths at which databases and clients cut texts off, in characters; a tag counts."""
_OPERATIONS = {
    "create": "creation",
    "retrieve": "retrieval",
    "list": "list request",
    "update": "update",
    "delete": "deletion",
    "related": "request for a related resource",
    "download": "download",
}

_TEXT_CLASSES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("has a character outside the BMP", re.compile("[\U00010000-\U0010ffff]"), "\U0001f9e6"),
    ("has Arabic letters", re.compile("[\u0600-\u06ff]"), "\u0639\u0631\u0628"),
    ("has CJK characters", re.compile("[\u3040-\u30ff\u4e00-\u9fff]"), "\u65e5\u672c"),
    ("has a combining character", re.compile("[\u0300-\u036f]"), "o\u0308"),
    ("has an apostrophe", re.compile("'"), "it's"),
    ("has a quotation mark", re.compile('"'), 'a"b'),
    ("has a backslash", re.compile(r"\\"), r"a\b"),
    ("has an ampersand", re.compile("&"), "a&amp;b"),
    ("has a percent sign", re.compile("%"), "a%20b"),
    ("has a less-than sign", re.compile("<"), "a<b"),
    ("has a character that HTML escapes", re.compile("[&<>\"']"), "a>b"),
    ("has several spaces in a row", re.compile("  "), "a  b"),
    ("has a line break or a tab", re.compile(r"[\n\r\t]"), "a\nb"),
    ("has white space other than single spaces", re.compile(r"[\n\r\t]|  "), "a  b"),
    ("begins or ends with a space", re.compile(r"\A\s|\s\Z"), "a "),
    ("has an upper-case letter", re.compile("[A-Z]"), "A"),
    ("has a letter outside ASCII", re.compile("[^\x00-\x7f]"), "\u00e9"),
    ("is the text null", re.compile(r"\Anull\Z"), "null"),
    ("consists of digits", re.compile(r"\A\d+\Z"), "007"),
)
"""Classes of texts, each with a short text that has it and few others."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")
_FRACTION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d")
_FILTER_CLASSES: tuple[tuple[str, Callable[[Json], object]], ...] = (
    ("a time", lambda value: isinstance(value, str) and _TIME.match(value)),
    ("a time with a fraction of a second", lambda value: isinstance(value, str) and _FRACTION.match(value)),
    ("a text", lambda value: isinstance(value, str)),
    ("a boolean", lambda value: isinstance(value, bool)),
    ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    ("an array", lambda value: isinstance(value, list)),
    ("a value that is not a text", lambda value: not isinstance(value, str)),
)
"""Classes of the values of filters."""
_SELECTING_ALL = frozenset(name for filters in ALL_SELECTING for name in filters)
"""Filters that are sent with every resource type, so that their names say no more than how many there are."""
_DEEP = 2  # dots in a path of three segments, the deepest that is documented
_GENERAL = frozenset({"has a character that HTML escapes", "has white space other than single spaces"})
_OF_EITHER = 14  # those that are worth a class of `reference` and `reference_origin` together

_MEMBER_CLASSES: tuple[tuple[str, type, Json], ...] = (
    ("a boolean", bool, True),
    ("a decimal", float, 0.5),
    ("an array", list, ["b", "a"]),
    ("an object", dict, {"a": "b"}),
    ("a null", type(None), None),
)


@dataclass(frozen=True, slots=True, order=True)
class ArgumentClass:
    """A class of requests: `text` describes it, `argument` is what it is about, `cost` ranks unlikely causes last.

    `sample` is a text, or a member of `metadata`, that has it; None if the value that was sent has to be kept.
    """

    cost: int
    text: str
    argument: str
    sample: str | None = field(default=None, compare=False)


def argument_classes(exchange: Exchange, sent: Mapping[str, Json] | None = None) -> frozenset[ArgumentClass]:
    """Return the classes of an exchange's request; `sent` are the attributes of the creation it follows, if any."""
    attributes = exchange.sent_attributes if sent is None else sent
    return frozenset(_flaw_classes(exchange)) | frozenset(_body_classes(attributes))


def body_classes(attributes: Mapping[str, Json]) -> frozenset[ArgumentClass]:
    """Return the classes of a creation's attributes."""
    return frozenset(_body_classes(attributes))


def is_outside_of_document(exchange: Exchange) -> bool:
    """Return True if what is wrong with a request has no place in its document, such as its token."""
    expectation = exchange.expectation
    return bool(expectation.flaw) and not expectation.at and expectation.outcome == "refusal"


def _flaw_classes(exchange: Exchange) -> Iterator[ArgumentClass]:
    expectation = exchange.expectation
    if expectation.operation == "create" and not is_outside_of_document(exchange):
        given = member(exchange.sent, "data", "relationships") is not None
        yield ArgumentClass(2 if given else 4, f"`relationships` is {'given' if given else 'absent'}", "relationships")
    if not exchange.request.query:
        yield ArgumentClass(4, "the request has no query", "query")
    for name, _ in parse_qsl(exchange.request.query, keep_blank_values=True):
        yield ArgumentClass(3, f"the query has `{name[:40]}`", "query")
    noun = _OPERATIONS.get(expectation.operation, "request of another kind")
    yield ArgumentClass(6, f"the request is a {noun}", "operation")
    if expectation.flaw:
        yield ArgumentClass(1, f"the flaw is {expectation.flaw}", "flaw")
        if expectation.at:
            yield ArgumentClass(2, f"the flaw is at {expectation.at}", "flaw")
    else:
        yield ArgumentClass(5, "the request has no flaw", "flaw")


def _body_classes(attributes: Mapping[str, Json]) -> Iterator[ArgumentClass]:
    kind = attributes.get("resource_type")
    if isinstance(kind, str):
        yield ArgumentClass(3, f"`resource_type` is {kind[:40]}", "resource_type")
    for name in _NAMES:
        yield from _value_classes(name, attributes)
    values = [attributes[name] for name in _NAMES if name in attributes]
    for text, empty in (("null", None), ("an empty array", []), ("an empty string", ""), ("an empty object", {})):
        if any(value == empty and type(value) is type(empty) for value in values):
            yield ArgumentClass(2, f"an argument is {text}", "any")
    both = "\n".join(_without_tags(attributes.get(name)) for name in ("reference", "reference_origin"))
    for text, pattern, _ in _TEXT_CLASSES[:_OF_EITHER]:
        if pattern.search(both):
            yield ArgumentClass(3, f"`reference` or `reference_origin` {text}", "any")


def _value_classes(name: str, attributes: Mapping[str, Json]) -> Iterator[ArgumentClass]:
    value = attributes.get(name)
    if name == "format" and value != "csv":
        yield ArgumentClass(3, "`format` is not csv", name)
    if value in (None, "", [], {}) and value is not False:
        given = "absent" if name not in attributes else "null" if value is None else "empty"
        yield ArgumentClass(3 if given == "absent" else 1, f"`{name}` is {given}", name)
        yield ArgumentClass(4, f"`{name}` has no value", name)
    elif name in {"format", "dry_data"}:
        yield ArgumentClass(1, f"`{name}` is {str(value).lower()[:40]}", name)
        yield ArgumentClass(4, f"`{name}` has a value", name)
    else:
        yield ArgumentClass(1, f"`{name}` is not empty", name)
        yield from _list_classes(name, value)
        if name in _TEXTS:
            yield from _text_classes(name, value)


def _list_classes(name: str, value: Json) -> Iterator[ArgumentClass]:
    if isinstance(value, (list, dict)):
        yield ArgumentClass(2, f"`{name}` has {'several entries' if len(value) > 1 else 'one entry'}", name)
    if value == ["*"]:
        yield ArgumentClass(1, f'`{name}` is ["*"]', name)
    if any(isinstance(each, str) and "." in each for each in as_array(value)):
        yield ArgumentClass(2, f"`{name}` has a path with a dot", name)
    if any(isinstance(each, str) and each.count(".") == _DEEP for each in as_array(value)):
        yield ArgumentClass(2, f"`{name}` has a path with two dots", name)
    if name == "fields" and any(_is_related_field(each) for each in as_array(value)):
        yield ArgumentClass(2, "`fields` has a field of a related resource that is not *", name)
    if name == "filters":
        for key in sorted(as_object(value).keys() - _SELECTING_ALL):
            yield ArgumentClass(1, f"`filters` has {key[:60]}", name)
    for text, holds in _FILTER_CLASSES if name == "filters" else ():
        if any(holds(each) for each in as_object(value).values()):
            yield ArgumentClass(3, f"`filters` has {text}", name)


def _is_related_field(value: Json) -> bool:
    return isinstance(value, str) and "." in value and not value.endswith(".*")


def _text_classes(name: str, value: Json) -> Iterator[ArgumentClass]:
    texts = [_without_tags(each) for each in _strings(value)]
    for text, pattern, sample in _TEXT_CLASSES:
        if any(pattern.search(each) for each in texts):
            words = f"`{name}` {text}" if name != "metadata" else f"a text in `metadata` {text}"
            yield ArgumentClass(5 if text in _GENERAL else 2, words, name, sample)
    longest = max((len(each) for each in _strings(value)), default=0)
    for length in _LENGTHS:
        if longest > length:
            words = f"`{name}` has over {length}" if name != "metadata" else f"a text in `metadata` has over {length}"
            yield ArgumentClass(2, f"{words} characters", name, "a" * (length + 1))
    for word, kind, sample in _MEMBER_CLASSES:
        if any(isinstance(each, kind) for each in as_object(value).values()):
            yield ArgumentClass(3, f"`metadata` has {word}", name, json.dumps(sample))
    if any(not key.isascii() for key in as_object(value)):
        yield ArgumentClass(1, "`metadata` has a key outside ASCII", name)
    if any(not isinstance(each, str) for each in as_object(value).values()):
        yield ArgumentClass(3, "`metadata` has a value that is not a text", name, "7")


def _strings(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _strings(each)
        case dict():
            for name, each in value.items():
                yield name
                yield from _strings(each)


def _without_tags(value: Json) -> str:
    """Return a string without the tags in it; an empty one for any other JSON type."""
    if not isinstance(value, str):
        return ""
    plain = untagged(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    return plain.replace(PLACEHOLDER, "")


_CARRIERS = ("reference", "reference_origin")


def minimal_attributes(
    wanted: Collection[ArgumentClass], sent: Mapping[str, Json], *, kept: Collection[str] = ()
) -> dict[str, Json] | None:
    """Return the attributes of a body with the `wanted` classes, from the attributes that were `sent`.

    It has the resource type, the `kept` attributes and the arguments that the classes are about; texts are short
    samples of their classes. The placeholder of the tag is in a text that no class is about. Return None if no such
    body has all classes.
    """
    about = {each.argument for each in wanted} | set(kept)
    made: dict[str, Json] = {"resource_type": sent.get("resource_type")}
    for name in sorted(sent.keys() & about):
        classes = sorted(each for each in wanted if each.argument == name)
        replaceable = classes and all(each.sample is not None for each in classes)
        made[name] = _sampled(name, classes) if replaceable else sent[name]
    if PLACEHOLDER not in json.dumps(made, ensure_ascii=False):
        free = next((name for name in _CARRIERS if name not in about), None)
        if free:
            made[free] = PLACEHOLDER
        elif "metadata" not in about:
            made["metadata"] = {"tag": PLACEHOLDER}
    return made if set(wanted) <= body_classes(made) else None


def _sampled(name: str, classes: Collection[ArgumentClass]) -> Json:
    samples = [each.sample or "" for each in classes]
    texts = sorted(samples, key=lambda sample: sample.endswith(" "))  # a space at the end has to stay there
    if name != "metadata":
        return (PLACEHOLDER if name == "reference" else "") + "".join(texts)
    members: list[Json] = [
        json.loads(sample) if each.text.startswith("`metadata` has") else sample
        for each, sample in zip(classes, samples, strict=True)
    ]
    return {f"member_{number}": member for number, member in enumerate(members)}
