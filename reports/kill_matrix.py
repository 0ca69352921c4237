"""The kill matrix as reports show it: the broken servers that prove the suite, and which profiles catch them.

What the page shows of it, and when: docs/decisions/0045-kill-matrix-on-the-page.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path
from typing import Any

KILL_MATRIX_FILE = Path(__file__).parent.parent / "docs" / "kill-matrix.json"
"""The matrix of a checkout; an installed package has none."""

PEER = "peer"
"""The name of the other tool among the profiles."""

_PROFILES = ("smoke", "quick", "thorough")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A server that breaks one requirement; `caught_by` lists the profiles that detect it.

    `after` has the number of requests after which a profile, or the peer, detected it.
    """

    name: str
    requirement: str
    summary: str
    caught_by: tuple[str, ...]
    after: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another tool, run against the same servers: its version, how many it caught, and how many variants it flagged."""

    version: str
    caught: int
    mutants: int
    flagged: int
    variants: int
    requests: int


@dataclass(frozen=True, slots=True)
class OutsideServer:
    """A server with a fault that people reported of another service; `promises` are those that quick reports.

    `report` is the address of the public report, `source` its repository and number.
    """

    name: str
    summary: str
    source: str
    report: str
    promises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KillMatrix:
    """All broken servers, the profiles measured, and the number of conforming variants and of those flagged.

    `outside` are servers whose faults others have reported.

    `page` is the Markdown page of the matrix if it lies beside the data.
    """

    mutants: Sequence[Mutant] = ()
    profiles: tuple[str, ...] = ()
    variants: int = 0
    flagged: int = 0
    page: Path | None = None
    peer: Peer | None = None
    outside: Sequence[OutsideServer] = ()

    @property
    def caught(self) -> Mapping[str, int]:
        """The number of broken servers that each measured profile detects."""
        return {name: len(self.mutants) - len(self.missed(name)) for name in self.profiles}

    def missed(self, profile: str) -> list[Mutant]:
        """Return the broken servers that a profile does not detect."""
        return [each for each in self.mutants if profile not in each.caught_by]

    def breaking(self, requirement: str) -> list[Mutant]:
        """Return the servers that break a requirement."""
        return [each for each in self.mutants if each.requirement == requirement]

    def address_from(self, folder: Path) -> str:
        """Return the link from a folder to `page`; empty if they are not published together."""
        return self._address(self.page, folder)

    def outside_address_from(self, folder: Path) -> str:
        """Return the link from a folder to the page about the outside servers; empty if it is not there."""
        return self._address(self.page and self.page.with_name("outside.md"), folder)

    @staticmethod
    def _address(page: Path | None, folder: Path) -> str:
        if page is None or not page.exists() or not folder.resolve().is_relative_to(page.parent.resolve()):
            return ""
        return Path(relpath(page.resolve(), folder.resolve())).as_posix()


def of_this_checkout() -> KillMatrix:
    """Return the matrix of this checkout; an empty one if there is none or it cannot be read."""
    try:
        return read_kill_matrix(KILL_MATRIX_FILE)
    except ValueError:  # a run must not fail because of it; `report --kill-matrix` reports it
        return KillMatrix()


def read_kill_matrix(file: Path) -> KillMatrix:
    """Read `{"mutants": [{"name", "requirement", "summary"}]}`; return an empty matrix if the file is missing.

    A mutant may have, for each profile, the number of exchanges after which it was caught, or null if it was not.
    `variants`, also optional, lists conforming servers: `{"flagged": [...]}` each; `outside` lists those that others
    have reported: `{"name", "summary", "source", "promises": [...]}`.

    Raises:
        ValueError: the file is not a kill matrix.
    """
    try:
        matrix: Any = json.loads(file.read_text(encoding="utf-8"))
        listed, variants = matrix["mutants"], matrix.get("variants", [])
        profiles = tuple(name for name in _PROFILES if listed and all(name in each for each in listed))
        written = matrix.get("peer")
        asked = {each["name"]: int(each["requests"]) for each in written["mutants"] if each["check"]} if written else {}
        mutants = [
            Mutant(
                str(each["name"]),
                str(each["requirement"]),
                str(each.get("summary", "")),
                tuple(name for name in profiles if each[name] is not None),
                {name: int(each[name]) for name in profiles if each[name] is not None}
                | ({PEER: asked[each["name"]]} if each["name"] in asked else {}),
            )
            for each in listed
        ]
        peer = _peer(written) if written else None
        outside = [_outside(each) for each in matrix.get("outside", [])]
        flagged = sum(1 for each in variants if each.get("flagged"))
    except FileNotFoundError:
        return KillMatrix()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{file}: is not a kill matrix ({error!r}); create it again with `make kill-matrix`") from None
    page = file.with_suffix(".md")
    return KillMatrix(mutants, profiles, len(variants), flagged, page if page.exists() else None, peer, outside)


def _peer(written: Mapping[str, Any]) -> Peer:
    caught, flagged = (sum(1 for each in written[part] if each["check"]) for part in ("mutants", "variants"))
    requests = sorted(int(each["requests"]) for each in written["clean"])
    middle = requests[len(requests) // 2] if requests else 0
    return Peer(str(written["version"]), caught, len(written["mutants"]), flagged, len(written["variants"]), middle)


def _outside(written: Mapping[str, Any]) -> OutsideServer:
    repository, _, number = str(written["source"]).partition("#")
    return OutsideServer(
        str(written["name"]),
        str(written["summary"]),
        str(written["source"]),
        f"https://github.com/{repository}/issues/{number}",
        tuple(map(str, written["promises"])),
    )
