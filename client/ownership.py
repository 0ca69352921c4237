"""Ownership: which exports this run created, as far as responses have shown it; no other one is ever changed.

An id in the response to a creation is a claim, no more: a server may name any export. A claim holds once another
response, whose request did not name the tag itself, shows the export with the tag that was sent, in an attribute that
carried it. A creation without a tag holds if the export was in no list before, was created while the request was under
way by the server's own clock, and has the attributes that were sent.

Decision: docs/decisions/0070-ownership-and-clean-up.md.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from exports_conformance.client.tagging import carriers, carries, sent_attributes_of
from exports_conformance.contract.requirements import shape, shape_of
from exports_conformance.exchange.model import Response
from exports_conformance.exchange.strict_json import Json, as_object, as_text, is_empty
from exports_conformance.exchange.tags import run_of, tags_in


class Ledger(Protocol):
    """Write-ahead log of created exports; its implementation decides where it is kept."""

    def intend(self, tag: str, case: str) -> None:
        """Write down, before a creation is sent, its tag; empty if it has none."""

    def created(self, export_id: str, tag: str) -> None:
        """Write down the id of an export that a creation named, and its tag; empty if it has none."""

    def gone(self, export_id: str) -> None:
        """Write down that an export no longer exists."""

    def owns(self, export_id: str) -> bool:
        """Return True if a creation of this run named this export, whether or not it still exists."""

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Return the id and the tag of everything that may still exist; the id is empty if it is unknown."""


class MemoryLedger:
    """A ledger that lasts as long as the process."""

    def __init__(self) -> None:
        self._tags: dict[str, str] = {}  # the tag of every creation, and the id that it led to
        self._exports: dict[str, str] = {}
        self._gone: set[str] = set()

    def intend(self, tag: str, case: str) -> None:  # noqa: ARG002  a ledger of one process needs no case
        """Note the tag of a creation."""
        if tag:
            self._tags[tag] = ""

    def created(self, export_id: str, tag: str) -> None:
        """Note an export; one that was gone is there again."""
        self._exports[export_id] = tag
        self._gone.discard(export_id)
        if tag:
            self._tags[tag] = export_id

    def gone(self, export_id: str) -> None:
        """Note that an export no longer exists."""
        self._gone.add(export_id)

    def owns(self, export_id: str) -> bool:
        """Return True if a creation of this process named the export."""
        return export_id in self._exports

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Return what may still exist, ids first."""
        ids = [(export_id, tag) for export_id, tag in self._exports.items() if export_id not in self._gone]
        return ids + [("", tag) for tag, export_id in self._tags.items() if not export_id]


_ATTRIBUTES: Final = "/data/attributes/"
_TELLING: Final = ("resource_type", "reference", "reference_origin", "metadata")
"""The attributes that distinguish an export without a tag from others, where any attribute may be flawed."""
RECENT: Final = 60.0
"""Seconds for which a list of the newest exports shows which ones existed before a creation."""

_NO_TAG: Final = "it has no tag that tells it from others"
_ROUNDING: Final = 2.0  # seconds: `Date` has no fractions, and other servers of the API have other clocks


@dataclass(frozen=True, slots=True)
class Claim:
    """Why an export may be ours: the creation that named it.

    `sent` are the attributes of its body, `sent_at` is in seconds of a monotonic clock. `created` are the earliest and
    the latest time, in seconds since the epoch, at which an export without a tag can have been created; None if that
    is not known.
    """

    tag: str
    sent: Mapping[str, Json]
    sent_at: float
    created: tuple[float, float] | None = None

    def fits(self, attributes: dict[str, Json]) -> bool:
        """Return True if an export with these attributes is what the creation created."""
        if self.tag:
            return carries(attributes, self.tag, dict(self.sent))
        created_at = epoch_seconds(attributes.get("created_at"))
        if self.created is None or created_at is None or not self.created[0] <= created_at <= self.created[1]:
            return False
        sent = {name: value for name, value in self.sent.items() if not is_empty(value)}
        return all(_plain(attributes.get(name)) == _plain(value) for name, value in sent.items())


class Ownership:
    """Knows which exports are ours, which may be, and which were there before."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.claims: dict[str, list[Claim]] = {}  # by id, of exports that may be ours
        self.refuted: dict[str, str] = {}  # ids that a creation named, and why they are not ours
        self._ours: set[str] = set()
        self._creations: dict[str, Claim] = {}  # by tag
        self._untagged: Claim | None = None  # the creation without a tag that is under way
        self._seen: dict[str, float] = {}  # ids of exports that are not ours, and when they were first seen
        self._found: set[str] = set()
        self._earlier_runs: set[str] = set()
        self._listed_at = float("-inf")  # when the newest exports were listed
        for export_id, tag in ledger.outstanding():  # what an earlier run left
            if tag:
                self._creations[tag] = Claim(tag, {}, float("-inf"))
                self._earlier_runs.add(run_of(tag))
            if export_id and tag:
                self.claims[export_id] = [self._creations[tag]]
            if export_id and not tag:
                self.refuted[export_id] = _NO_TAG

    def owns(self, export_id: str) -> bool:
        """Return True if an export was shown to be ours."""
        return export_id in self._ours

    def may_show(self, export_id: str) -> bool:
        """Return True if what responses show of an export may be kept: it is ours, as far as is known."""
        return export_id in self._ours or (export_id in self.claims and export_id not in self.refuted)

    @property
    def ours(self) -> set[str]:
        """The ids of the exports that were shown to be ours, whether or not they still exist."""
        return set(self._ours)

    def was_there(self, export_id: str, moment: float) -> bool:
        """Return True if an export that is not ours was seen by then, in seconds of a monotonic clock."""
        return self._seen.get(export_id, float("inf")) <= moment

    def needs_list(self) -> bool:
        """Return True if the newest exports should be listed before a creation without a tag."""
        return time.monotonic() - self._listed_at > RECENT

    def listed_newest(self) -> None:
        """Note that the newest exports have just been listed."""
        self._listed_at = time.monotonic()

    def sending(self, tag: str, body: bytes | None, *, planted: str = "") -> None:
        """Note a creation that is about to be sent; `planted` points at its flaw, which may be shown in any way."""
        attributes = sent_attributes_of(body)
        if not tag and planted.startswith(_ATTRIBUTES):
            attributes.pop(planted.removeprefix(_ATTRIBUTES).partition("/")[0], None)
        elif not tag and planted:  # any of them may be converted, dropped or defaulted
            attributes = {name: attributes[name] for name in _TELLING if _is_documented(name, attributes.get(name))}
        claim = Claim(tag, attributes, time.monotonic())
        if tag:
            self._creations[tag] = claim
        self._untagged = None if tag else claim

    def not_sent(self, tag: str) -> None:
        """Forget a creation that was not sent after all."""
        self._creations.pop(tag, None)

    def sent_attributes(self, tag: str) -> dict[str, Json]:
        """Return the attributes of the body with this tag; empty if they are not known."""
        return dict(self._creations[tag].sent) if tag in self._creations else {}

    def carriers_of(self, tag: str) -> tuple[str, ...]:
        """Return the attributes that may carry a tag; those of an earlier run's bodies are not known."""
        claim = self._creations[tag]
        earlier = ("reference", "reference_origin", "metadata") if claim.sent_at == float("-inf") else ("reference",)
        return carriers(dict(claim.sent), tag) or earlier

    def tag_of(self, export_id: str) -> str:
        """Return the tag by which an export was claimed; empty if it has none."""
        return next((claim.tag for claim in self.claims.get(export_id, ()) if claim.tag), "")

    def tags(self) -> list[str]:
        """Return the tags of all creations, in the order they were sent."""
        return list(self._creations)

    def created(self, export_id: str, tag: str, response: Response | None = None) -> bool:
        """Note that a creation named an export; return True if an earlier one had named it, too."""
        claim = self._creations[tag] if tag else self._untagged
        if claim is None:
            return False
        known = export_id in self.claims or export_id in self._ours
        if export_id in self._seen and self._seen[export_id] <= claim.sent_at:
            self.refuted[export_id] = "it existed before this run's creation named it"
            return known
        if not tag:
            claim = self._dated(claim, response)
        if known:  # it is nobody's before it has been looked at
            self._ours.discard(export_id)
        self._claim(export_id, claim)
        return known

    def is_found(self, tag: str) -> bool:
        """Return True if a response has shown an export with this tag."""
        return tag in self._found

    def look(self, resources: Iterable[dict[str, Json]], *, target: str) -> None:
        """Learn from the exports that a response shows; `target` is the path and the query of its request.

        A response to a request that names the tag proves nothing: a server may repeat what it was asked.
        """
        for resource in resources:
            export_id, attributes = as_text(resource.get("id")), as_object(resource.get("attributes"))
            if not export_id or export_id in self._ours:
                continue
            if export_id not in self.claims:
                self._find(export_id, attributes)
            proof = [each for each in self.claims.get(export_id, ()) if each.fits(attributes)]
            if any(not each.tag or each.tag not in target for each in proof):
                self._ours.add(export_id)
                if self.refuted.get(export_id) == _NO_TAG:  # the tag was not written down, but the export shows it
                    del self.refuted[export_id]
            elif export_id not in self.claims:
                self._seen.setdefault(export_id, time.monotonic())

    def _find(self, export_id: str, attributes: dict[str, Json]) -> None:
        """Claim an export that has the tag of a creation whose response did not name it."""
        for tag in tags_in(json.dumps(attributes)):
            earlier = Claim(tag, {}, float("-inf")) if run_of(tag) in self._earlier_runs else None
            claim = self._creations.get(tag, earlier)
            if claim is None or self._seen.get(export_id, float("inf")) <= claim.sent_at:
                continue
            if claim.fits(attributes):
                self._claim(export_id, claim)
                return

    def _claim(self, export_id: str, claim: Claim) -> None:
        self.claims.setdefault(export_id, []).append(claim)
        self._found.add(claim.tag)
        self._seen.pop(export_id, None)
        self.ledger.created(export_id, claim.tag)

    def _dated(self, claim: Claim, response: Response | None) -> Claim:
        """Return the claim of a creation without a tag with the time in which its export must have been created."""
        date = response.header("date") if response else None
        try:
            now = parsedate_to_datetime(date).timestamp() if date else time.time()
        except (ValueError, OverflowError):  # the latter for a year or an offset of twenty digits
            now = time.time()
        recent = claim.sent_at - self._listed_at <= RECENT
        took = time.monotonic() - claim.sent_at
        window = (now - took - _ROUNDING, now + _ROUNDING) if recent else None
        return Claim(claim.tag, claim.sent, claim.sent_at, window)


def epoch_seconds(moment: Json) -> float | None:
    """Return a time of the API in seconds since the epoch, UTC if it names no zone; None if it is no such time."""
    if not isinstance(moment, str):
        return None
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _is_documented(name: str, value: Json) -> bool:
    """Return True if an attribute of a creation has a value of its documented shape."""
    return not is_empty(value) and shape(shape_of(f"{_ATTRIBUTES}{name}")).fits(value)


def _plain(value: Json) -> Json:
    """Return a value as it may be shown: empty ones are one class, numbers are doubles, nulls in arrays may go."""
    if value is False:
        return None
    if isinstance(value, dict):
        members = {key: _plain(each) for key, each in value.items()}
        value = {key: each for key, each in members.items() if each is not None}
    elif isinstance(value, list):
        value = [_plain(each) for each in value if each is not None]
    if is_empty(value):
        return None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
