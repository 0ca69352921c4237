"""Draft a new edition: the TOML of what a document adds, drops and closes, for a person to complete."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from exports_conformance.contract.editions import Change, changes, editions
from exports_conformance.contract.requirements import requirements
from exports_conformance.upgrade.drift.description import Description, Place
from exports_conformance.upgrade.drift.drifting import Drift
from exports_conformance.upgrade.drift.known_schema import contract_at, contract_drifts, known_schemas

_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{0,40}")
_STATED = re.compile(r"((update )?argument\.attributes|attribute|relationship)\.[^.]+(?<!\[\])", re.DOTALL)
"""Places that an edition can state: whole arguments, attributes and relationships, not what lies within them."""
_KEYS = ("of", "at", "requirement", "type", "value", "list", "values", "since", "statement", "source")


class EditionDraftError(Exception):
    """An edition that cannot be drafted: why, and what to do, in one line."""


def draft_edition(name: str, document: Description, *, source: str) -> str:
    """Return the TOML of a new edition: its changes against the first one, and as comments what is no such change.

    Entries of earlier editions are kept where the document has the same change. `source` is where a person finds
    the document.

    Raises:
        EditionDraftError: the name cannot be an edition's, or is one already.
    """
    if not _NAME.fullmatch(name):
        raise EditionDraftError(f"--write-edition {name}: is not a name; write one like 7.11, in lower case")
    if name in editions():
        raise EditionDraftError(f"--write-edition {name}: is an edition already; choose another name")
    found = contract_drifts(document, known_schemas()[0])
    known = [each for edition in editions() for each in changes(edition)]
    drafted: list[dict[str, Any]] = []
    other: list[Drift] = []
    for drift in found:
        entries = list(_entries(drift, document))
        drafted += [_completed(entry, known, document.version, source) for entry in entries]
        other += [] if entries or _goes_with_relationship(drift, found) else [drift]
    return "\n".join(_lines(name, document, drafted, other))


def _entries(drift: Drift, document: Description) -> Iterator[dict[str, Any]]:
    """Yield the changes that a drift from the first edition is; none if an edition cannot state it."""
    place: Place = (drift.part, drift.name)
    of = {"of": "request"} if drift.part in {"argument", "update argument"} else {}
    at = {"attribute": "attributes.", "relationship": "relationships."}.get(drift.part, "") + drift.name
    pointer = f"/data/{at.replace('.', '/')}"
    if _STATED.fullmatch(f"{drift.part}.{drift.name}") is None:
        return
    said = document.places.get(place, {})
    if drift.aspect == "added":
        yield {"how": "adds", **of, "at": pointer} | ({"type": _types(said)} if drift.part != "relationship" else {})
    elif drift.aspect == "removed":
        resting = [each for each in drift.requirements if each in requirements()]
        yield {"how": "drops", **of, "at": pointer} | ({"requirement": resting[0]} if resting else {})
    elif drift.aspect == "values" and drift.part == "attribute" and drift.impact == "breaking":
        known = contract_at(known_schemas()[0]).places[place]["values"]
        yield from ({"how": "adds", "at": pointer, "value": each} for each in sorted(said["values"] - known))
    elif drift.aspect == "values" and of and said["values"]:
        yield {"how": "closes", **of, "at": pointer, "values": sorted(said["values"])}


def _goes_with_relationship(drift: Drift, found: Iterable[Drift]) -> bool:
    """Return True for an address of a relationship that is dropped: the entry of the relationship says so."""
    return drift.aspect == "removed" and any(
        each.key == ("relationship", drift.name.rpartition("/")[2], "removed") for each in found
    )


def _types(said: Any) -> list[str]:
    types = set(said.get("types", ()))
    kept = sorted(types - {"integer"} if "number" in types else types)
    return [*kept, "null"] if said.get("nullable") else kept


def _completed(entry: dict[str, Any], known: Iterable[Change], version: str, source: str) -> dict[str, Any]:
    """Return an entry with `since`, statement and source: an earlier edition's, or drafts for a person to complete."""
    same = [
        each
        for each in known
        if (each.how, each.at, each.value) == (entry["how"], entry["at"], entry.get("value"))
        and (each.of == "request") == (entry.get("of") == "request")
    ]
    if same:
        earlier = {key: getattr(same[0], key) for key in ("list", "since", "statement", "source", "requirement")}
        return entry | {key: value for key, value in earlier.items() if value}
    subject = {"adds": "is new", "drops": "no longer exists", "closes": "is one of a closed list"}[entry["how"]]
    what = entry.get("value") or entry["at"].rpartition("/")[2]
    return entry | {"since": version, "statement": f"TO COMPLETE: `{what}` {subject}.", "source": source}


def _lines(name: str, document: Description, drafted: list[dict[str, Any]], other: list[Drift]) -> Iterator[str]:
    yield f"# A draft of edition {_comment(name)}, from {_comment(document.form)} {_comment(document.version)}."
    yield "# Complete the statements and sources, and check `since`: the first schema version with each change."
    for drift in other:
        yield f"# Not expressed here, correct contract/openapi.yaml by hand: {_comment(str(drift))}"
    yield ""
    yield "[edition]"
    yield f"order = {max(each.order for each in editions().values()) + 1}"
    yield f"title = {_toml(f'TO COMPLETE: documentation since schema {document.version}')}"
    for entry in sorted(drafted, key=lambda each: ("adds", "drops", "closes").index(each["how"])):
        yield ""
        yield f"[[{entry['how']}]]"
        kept = _KEYS if "list" not in entry else tuple(key for key in _KEYS if key != "values")
        yield from (f"{key} = {_toml(entry[key])}" for key in kept if key in entry)
    yield ""


def _toml(value: Any) -> str:
    r"""Return a string or a list of strings as TOML; JSON's escapes are TOML's, but for U+007F."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)
