"""Read parts of JSON:API documents of any shape: a part of another JSON type counts as absent."""

from exports_conformance.exchange.strict_json import Json, one_line

ABSENT = "absent"
"""Stands for a member that is missing where a value is shown."""


def as_object(value: Json) -> dict[str, Json]:
    """Return an object as it is, and an empty one for a value of any other JSON type."""
    return value if isinstance(value, dict) else {}


def as_array(value: Json) -> list[Json]:
    """Return an array as it is, and an empty one for a value of any other JSON type."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str:
    """Return a string as it is, and an empty one for a value of any other JSON type."""
    return value if isinstance(value, str) else ""


def member(document: Json, *names: str) -> Json:
    """Return the value that a path of member names leads to; None where any object on the path is missing.

    `member(document, "data", "attributes", "status")` reads the status that a document shows.
    """
    for name in names:
        document = as_object(document).get(name)
    return document


def at_pointer(document: Json, pointer: str) -> Json:
    """Return the value that a JSON pointer without escapes leads to; None where there is none."""
    for name in pointer.split("/")[1:]:
        if isinstance(document, list):
            document = document[int(name)] if name.isdecimal() and int(name) < len(document) else None
        else:
            document = as_object(document).get(name)
    return document


def shown(document: Json, *names: str) -> str:
    """Return what a path of names and indices leads to as one line of JSON, or `ABSENT` where one is missing."""
    for name in names:
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        else:
            return ABSENT
    return one_line(document)


def objects_in(value: Json) -> list[dict[str, Json]]:
    """Return the objects among the elements of an array, in order; none for a value of any other JSON type."""
    return [each for each in as_array(value) if isinstance(each, dict)]


def source_pointer(error: Json) -> str:
    """Return the `source.pointer` of an error object; empty where it has none."""
    return as_text(member(error, "source", "pointer"))
