"""Usage: what a client depends on, as it says in its `uses.toml`."""

from dataclasses import field
from difflib import get_close_matches
from pathlib import Path

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import named_arguments
from exports_conformance.exchange.strict_json import one_line
from exports_conformance.exchange.untrusted import parse_toml
from exports_conformance.upgrade.classifying import Ruling, related_name
from exports_conformance.upgrade.finding import Finding
from exports_conformance.upgrade.misspelling import misspelt
from exports_conformance.upgrade.pairing import Pair

KEYS = ("attributes", "relationships", "types", "formats", "statuses", "error_codes")


class UsesError(Exception):
    """A `uses.toml` that cannot be used: which, where, and what to do, in one line."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Uses:
    """What a client sends and reads; what it says nothing about (None) it is taken to depend on wholly.

    `attributes` are those that it sends or reads, `types` the resource types and `formats` the formats that it
    exports, `statuses` the HTTP statuses (numbers) and statuses of an export (words) that it tells apart,
    `error_codes` the codes.
    """

    attributes: list[str] | None = None
    relationships: list[str] | None = None
    types: list[str] | None = None
    formats: list[str] | None = None
    statuses: list[int | str] | None = field(default=None)
    error_codes: list[str] | None = None

    def touched_by(self, finding: Finding, ruling: Ruling, pair: Pair) -> bool:
        """Say whether this client is broken by one occurrence of a difference.

        What breaks some client breaks this one where it depends on what changed. What the documentation leaves
        free breaks it as well where it says by name that it tells the status or the code apart.
        """
        if not self._asks_so(pair.before):
            return False
        if ruling.rule == "export-fails":
            return True
        if ruling.severity == "breaking":
            return self._depends_on(finding, pair)
        named = {"status": self.statuses, "code": self.error_codes}.get(finding.what)
        return ruling.severity == "compatible" and ruling.rule != "promise-kept" and _was(finding) in (named or ())

    def _asks_so(self, exchange: Exchange) -> bool:
        """Say whether the client asks for such a type and format; where no flaw was planted in them."""
        if exchange.file:
            return _has(self.formats, exchange.file.form)
        if exchange.expectation.operation != "create" or exchange.expectation.breaks:
            return True
        sent = exchange.sent_attributes
        return _has(self.types, sent.get("resource_type")) and _has(self.formats, sent.get("format") or "json")

    def _depends_on(self, finding: Finding, pair: Pair) -> bool:
        parts = finding.at.split("/")
        match parts[1:3]:
            case ["data", "attributes"] if len(parts) > 3:  # noqa: PLR2004  the attribute's own name
                known = _has(self.attributes, parts[3])
                was = pair.before.attributes.get("status") if parts[3] == "status" else finding.was
                return known and (finding.what != "enum value" or _tells_apart(self.statuses, was))
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
        return pair.before.succeeded or _tells_apart(self.statuses, pair.before.status)


def _was(finding: Finding) -> int | str:
    return int(finding.before) if finding.what == "status" else str(finding.was)


def _has(declared: list[str] | list[int | str] | None, value: object) -> bool:
    return declared is None or value in declared


def _tells_apart(declared: list[int | str] | None, status: object) -> bool:
    """Say whether a status is used; where some are named, but none of HTTP or none of an export, all of those are."""
    alike = [each for each in declared or () if isinstance(each, int) is isinstance(status, int)]
    return status in alike if alike else declared != []


def read_uses(file: Path) -> Uses:
    """Read what a client depends on from a TOML file.

    Raises:
        UsesError: the file cannot be read, or says something else.
    """
    try:
        uses = Uses(**parse_toml(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsesError(f"{file}: {error.strerror}; name a file that lists what your client depends on") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        near = get_close_matches(key, KEYS, n=1)
        known = (
            f"did you mean {near[0]}?" if near and key not in KEYS else f"it may have {', '.join(KEYS)}, an array each"
        )
        raise UsesError(f"{file}: {key}: {first['msg'].lower()}; {known}") from None
    except ValueError as error:
        raise UsesError(f"{file}: is no TOML: {error}") from None
    for array, value, meant in misspelt({name: getattr(uses, name) for name in KEYS}):
        raise UsesError(f"{file}: {array}: {one_line(value)} is not documented; did you mean {one_line(meant)}?")
    return uses
