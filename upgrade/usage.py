"""Usage: what a client depends on, as its `uses.toml` lists it, and whether a difference breaks that.

Decision: docs/decisions/0027-unlisted-uses-count-as-used.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.edition import editions, statuses
from exports_conformance.contract.error_codes import PUBLISHED_CODES
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import named_arguments
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.exchange.untrusted import parse_toml, read_regular
from exports_conformance.upgrade.classifying import Ruling, related_name
from exports_conformance.upgrade.discrepancy import Discrepancy
from exports_conformance.upgrade.pairing import Pair

_SIMILAR = 0.85
_SAME = 1.0  # except for upper and lower case: the published lists of codes and formats are incomplete

KEYS = ("attributes", "relationships", "types", "formats", "statuses", "error_codes")


class UsesError(Exception):
    """A `uses.toml` cannot be used; the message is one line: the file, the place and the remedy."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Uses:
    """What a client sends and reads; a list that is left out (None) means all of them.

    `attributes` are those that it sends or reads, `types` the resource types and `formats` the formats that it
    exports, `statuses` the HTTP statuses (numbers) and the export statuses (words) that it distinguishes,
    `error_codes` the error codes.
    """

    attributes: list[str] | None = None
    relationships: list[str] | None = None
    types: list[str] | None = None
    formats: list[str] | None = None
    statuses: list[int | str] | None = field(default=None)
    error_codes: list[str] | None = None

    def touched_by(self, finding: Discrepancy, ruling: Ruling, pair: Pair) -> bool:
        """Return whether one occurrence of a difference breaks this client.

        A breaking difference does if the client depends on what changed. A difference that the documentation allows
        does if the client lists the old status or error code by name.
        """
        if not self._sends_like(pair.before):
            return False
        if ruling.rule == "export-fails":
            return True
        if ruling.severity == "breaking":
            return self._depends_on(finding, pair)
        named = {"status": self.statuses, "code": self.error_codes}.get(finding.what)
        return ruling.severity == "compatible" and ruling.rule != "promise-kept" and _was(finding) in (named or ())

    def _sends_like(self, exchange: Exchange) -> bool:
        """Return whether the client sends such requests, by resource type and format."""
        if exchange.file:
            return _has(self.formats, exchange.file.form)
        if exchange.expectation.operation != "create" or exchange.expectation.breaks:
            return True
        sent = exchange.sent_attributes
        return _has(self.types, sent.get("resource_type")) and _has(self.formats, sent.get("format") or "json")

    def _depends_on(self, finding: Discrepancy, pair: Pair) -> bool:
        parts = finding.at.split("/")
        match parts[1:3]:
            case ["data", "attributes"] if len(parts) > 3:  # noqa: PLR2004  the attribute's own name
                known = _has(self.attributes, parts[3])
                was = pair.before.attributes.get("status") if parts[3] == "status" else finding.was
                return known and (finding.what != "enum value" or _distinguishes(self.statuses, was))
            case ["data", "relationships"] if len(parts) > 3:  # noqa: PLR2004  as above
                return _has(self.relationships, parts[3])
            case ["errors", _] if finding.what == "code":
                return _has(self.error_codes, finding.was)
        if finding.what != "status":
            return True
        if name := related_name(pair):
            return _has(self.relationships, name)
        arguments = set(named_arguments(pair.after)) - {"resource_type"}
        if arguments and not any(_has(self.attributes, name) for name in arguments):
            return False
        return pair.before.succeeded or _distinguishes(self.statuses, pair.before.status)


def _was(finding: Discrepancy) -> int | str:
    return int(finding.before) if finding.what == "status" else str(finding.was)


def _has(declared: list[str] | list[int | str] | None, value: object) -> bool:
    return declared is None or value in declared


def _distinguishes(declared: list[int | str] | None, status: object) -> bool:
    """Return whether the client distinguishes a status; if it lists none of that kind, it distinguishes all."""
    alike = [each for each in declared or () if isinstance(each, int) is isinstance(status, int)]
    return status in alike if alike else declared != []


def read_uses(file: Path) -> Uses:
    """Return what a client depends on, read from a TOML file.

    Raises:
        UsesError: the file cannot be read, has another content, or misspells a documented name.
    """
    try:
        uses = Uses(**parse_toml(read_regular(file).decode()))
    except OSError as error:
        raise UsesError(f"{file}: {error.strerror}; give a file that lists what your client depends on") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        near = get_close_matches(key, KEYS, n=1)
        known = f"did you mean {near[0]}?" if near and key not in KEYS else f"it may have the arrays {', '.join(KEYS)}"
        raise UsesError(f"{file}: {key}: {first['msg'].lower()}; {known}") from None
    except ValueError as error:
        raise UsesError(f"{file}: is not TOML: {error}; correct it") from None
    for array, value, meant in misspelt({name: getattr(uses, name) for name in KEYS}):
        raise UsesError(f"{file}: {array}: {one_line(value)} is not documented; did you mean {one_line(meant)}?")
    return uses


def misspelt(used: Mapping[str, list[Json] | None]) -> Iterator[tuple[str, Json, Json]]:
    """Yield each name that is almost a documented one: its array, the name, and the documented one.

    A name unlike any documented one is not a misspelling: a newer API may have it.
    """
    for array, (known, alike) in _documented().items():
        meant = {each.casefold(): each for each in known}
        for value in used.get(array) or ():
            if isinstance(value, int) or value in known:
                continue
            if array == "statuses" and value.isdecimal():
                yield array, value, int(value)
            elif near := get_close_matches(value.casefold(), meant, n=1, cutoff=alike):
                yield array, value, meant[near[0]]


def _documented() -> Mapping[str, tuple[frozenset[str], float]]:
    schemas = openapi()["components"]["schemas"]
    sent, shown = (schemas[name]["properties"] for name in ("ExportCreateAttributes", "ExportAttributes"))
    return {
        "attributes": (frozenset([*sent, *shown]), _SIMILAR),
        "relationships": (frozenset(schemas["Export"]["properties"]["relationships"]["properties"]), _SIMILAR),
        "types": (frozenset(resource_types()), _SIMILAR),
        "formats": (frozenset({"json", "csv"}), _SAME),
        "statuses": (frozenset(status for each in editions() for status in statuses(each)), _SIMILAR),
        "error_codes": (PUBLISHED_CODES, _SAME),
    }
