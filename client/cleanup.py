"""Clean-up: the exports of this run are found, interrupted and deleted, and no others; then it is looked again.

Decision: docs/decisions/0019-untagged-exports-are-never-deleted.md.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import Final

from exports_conformance.client.limits import LAG
from exports_conformance.client.ownership import epoch_seconds
from exports_conformance.client.sender import NobodyAnswersError, Sender
from exports_conformance.client.tagging import (
    PAGE,
    TEXTS,
    carries,
    search_by_ids,
    search_by_prefix,
    search_query,
)
from exports_conformance.exchange.exports import ENDED, RUNNING
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, as_object, as_text
from exports_conformance.exchange.tags import PREFIX, run_of, tags_in

UNTRACEABLE: Final = "perhaps, without a tag:"
"""How a creation that cannot be looked for is named, before its case."""

UNANSWERED_AT_MOST: Final = 2  # in a row; each may have taken its whole deadline
PAGES_AT_MOST: Final = 80
_ROUNDS: Final = 2
LOOKED_FOR_ALONE: Final = 3
"""Lost creations that are looked for one by one, where a search for everything would take more requests."""

SEARCHES: Final = 3
"""How often lists are searched again while they may be behind, each time after twice as long; a search is several."""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """How many exports were deleted, and what is left.

    `left` has ids, the tags of creations of which it could not be found out what became, and the cases of those that
    have no tag. `looked` is False if no list confirmed that nothing else is left.
    """

    deleted: int = 0
    left: tuple[str, ...] = ()
    looked: bool = True


class Cleaner:
    """Removes what a run created: what responses named, and whatever else has the run's tags."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._ownership = sender.ownership
        self._deleted: set[str] = set()  # whatever responses said; a list may show them all the same
        self._gone_before: set[str] = set()  # those of them that were gone before the clean-up
        self._shown: set[str] = set()  # the exports of ours that the last search showed
        self._absent: set[str] = set()  # tags that no list showed when it should have
        self._traced = False  # whether no export is left of the creations without a tag that may have succeeded
        self._gone: set[str] = set()  # exports that a creation or an earlier run named, and that do not exist

    def clean(self, *, keep: bool = False) -> CleanUp:
        """Interrupt what is running and delete everything; with `keep`, only return what there is.

        A misbehaving endpoint does not end it, one that no longer answers does.
        """
        if keep:
            return CleanUp(left=tuple(self._ids()))
        looked = not self._ids() and not self._ownership.tags()
        self._sender.limits.cleaning = True
        try:
            with suppress(NobodyAnswersError), self._sender.giving_up(UNANSWERED_AT_MOST):
                if not looked:
                    looked = self._remove_all()
                    self._gone = {each for each in self._ids() if self._is_gone(each)}
                # A creation that was answered with what does not exist may have created something else.
                self._sender.untraceable += [it for each, it in self._sender.untagged.items() if each in self._gone]
                self._traced = not self._sender.untraceable or self._is_nothing_new()
        finally:
            self._sender.limits.cleaning = False
        left = [each for each in self._ids() if each not in self._deleted | self._gone]
        untraceable = [] if self._traced else [f"{UNTRACEABLE} {case}" for case, _ in self._sender.untraceable]
        return CleanUp(len(self._deleted - self._gone_before), (*left, *self._unknown_tags(), *untraceable), looked)

    def _remove_all(self) -> bool:
        """Remove every export that is shown to be ours; return True if lists showed that none is left."""
        self._gone_before = self._ownership.ours - set(self._ids())
        self._deleted |= self._gone_before
        if self._unknown_tags() or not all(map(self._is_known, self._ids())):
            self._search_until_settled()
        looked = False
        for _ in range(_ROUNDS):
            found = [each for each in self._ids() if each not in self._deleted and self._sender.confirm(each)]
            for each in found:
                if self._sender.statuses.get(each) in RUNNING:
                    self._sender.interrupt(each, case="clean-up/update")
            for each in found:
                if self._delete(each):
                    self._deleted.add(each)
            looked = self._search_until_settled()
            for each in self._shown & self._deleted:  # the deletion removed nothing, whatever its response said
                self._deleted.remove(each)
                self._gone_before.discard(each)
                self._sender.ledger.created(each, self._ownership.tag_of(each))
            if not self._shown - self._deleted:
                break
        return looked

    def _is_nothing_new(self) -> bool:
        """Return True if the newest exports are all known, so that no creation without a tag has left one."""
        first, last = (choice(at for _, at in self._sender.untraceable) for choice in (min, max))

        def attempt() -> bool:
            listed = self._sender.look(f"sort=-created_at&page[size]={PAGE}", case="clean-up/newest")
            if listed is None:
                return False
            for each in (as_text(each["id"]) for each in listed):
                if self._ownership.was_there(each, first):
                    return True  # it and all that follow are older
                if not (self._ownership.owns(each) or each in self._ownership.claims):
                    return False
            return len(listed) < PAGE

        return self._sender.retries.catch_up(
            attempt,
            while_=lambda nothing: nothing and time.monotonic() - last < LAG,
            reason="lists to show what creations without a tag may have left",
        )

    def _ids(self) -> list[str]:
        return list(dict.fromkeys(each for each, _ in self._sender.ledger.outstanding() if each))

    def _is_gone(self, export_id: str) -> bool:
        """Return True if an export that a creation or an earlier run named does not exist, or no longer."""
        if self._ownership.owns(export_id) or export_id in self._deleted:
            return False
        return self._sender.retrieve(export_id, case="clean-up/look").status == HTTPStatus.NOT_FOUND

    def _is_known(self, export_id: str) -> bool:
        """Return True if an export is shown to be ours and its last status is known to be final."""
        return self._ownership.owns(export_id) and self._sender.statuses.get(export_id) in ENDED

    def _unknown_tags(self) -> list[str]:
        """Return the tags of creations, except refused ones, whose outcome is unknown."""
        tags = [tag for export_id, tag in self._sender.ledger.outstanding() if tag and not export_id]
        known = self._sender.refused | self._absent
        return [tag for tag in dict.fromkeys(tags) if tag not in known and not self._ownership.is_found(tag)]

    def _search_until_settled(self) -> bool:
        """Search, again for as long as lists may be behind; return True if every list was shown."""
        looked = self._sender.retries.repeat(
            self._search,
            again=lambda _: self._look_again() if len(self._unknown_tags()) <= LOOKED_FOR_ALONE else self._search(),
            while_=lambda looked: (
                looked and (bool(self._shown & self._deleted) or any(map(self._is_young, self._unknown_tags())))
            ),
            first_wait=lambda _: LAG / 2**SEARCHES,
            attempts=SEARCHES + 1,
            reason="lists to show what the run created",
        )
        if looked:
            self._absent |= set(self._unknown_tags())
        return looked

    def _look_again(self) -> bool:
        """List what was shown although it was deleted, and what was not shown; return False if a list failed."""
        still = sorted(self._shown & self._deleted)
        self._shown -= set(still)
        searches = [search_by_ids(several) for several in _batches(still)]
        searches += [search_query(tag, self._ownership.sent_attributes(tag)) for tag in self._unknown_tags()]
        return None not in [self._list(search) for search in searches]

    def _is_young(self, tag: str) -> bool:
        return time.monotonic() - self._sender.unknown.get(tag, float("-inf")) < LAG

    def _search(self) -> bool:
        """List what has the run's tags, in any attribute that may carry one; return False if a list failed."""
        self._shown = set()
        tags, looked = self._ownership.tags(), True
        for prefix in dict.fromkeys(map(run_of, tags)):
            own = [tag for tag in tags if run_of(tag) == prefix]
            for name in TEXTS:
                sent = [self._sent_text(tag, name) for tag in own if name in self._ownership.carriers_of(tag)]
                if sent:
                    predicate = "start" if all(text.startswith(prefix) for text in sent) else "cont"
                    looked &= self._list_all(prefix, name, predicate)
        elsewhere = [each for each in {*self._ids(), *self._deleted} - self._shown if self._is_elsewhere(each)]
        for several in _batches(sorted(elsewhere)):
            looked &= self._list(search_by_ids(several)) is not None
        for tag in self._unknown_tags():
            if "metadata" in self._ownership.carriers_of(tag):
                attributes = self._ownership.sent_attributes(tag) or {"metadata": {"mark": tag}}
                looked &= self._list(search_query(tag, attributes)) is not None
        return looked

    def _sent_text(self, tag: str, name: str) -> str:
        text = self._ownership.sent_attributes(tag).get(name)
        return text if isinstance(text, str) else tag

    def _is_elsewhere(self, export_id: str) -> bool:
        """Return True if a search by tag need not show an export: it has none, or has it in its metadata only."""
        tag = self._ownership.tag_of(export_id)
        return not tag or not set(self._ownership.carriers_of(tag)) & set(TEXTS)

    def _list_all(self, prefix: str, name: str, predicate: str) -> bool:
        """List page by page the exports with a prefix of tags in an attribute; return False if a page failed."""
        seen: set[str] = set()
        for page in range(1, PAGES_AT_MOST + 1):
            shown = self._list(search_by_prefix(prefix, name, page, predicate=predicate))
            if shown is None:
                return False
            if len(shown) < PAGE or shown <= seen:
                return True
            seen |= shown
        return False

    def _list(self, query: str) -> set[str] | None:
        """List exports once; return the ids shown, and note which are ours."""
        listed = self._sender.look(query, case="clean-up/search")
        if listed is None:
            return None
        ids = {as_text(each["id"]) for each in listed}
        self._shown |= {each for each in ids if self._ownership.owns(each) or each in self._ownership.claims}
        return ids

    def _delete(self, export_id: str) -> bool:
        """Delete an export; while it is locked, interrupt it and try again within the read lag."""

        def delete() -> Exchange | None:
            return self._sender.change("DELETE", export_id, "delete", case="clean-up/delete")

        def delete_or_interrupt() -> Exchange | None:
            exchange = delete()
            if exchange and exchange.status == HTTPStatus.LOCKED:
                self._sender.interrupt(export_id, case="clean-up/update")
            return exchange

        exchange = self._sender.retries.catch_up(
            delete_or_interrupt,
            again=lambda _: delete(),
            while_=lambda exchange: exchange is not None and exchange.status == HTTPStatus.LOCKED,
            reason=f"export {export_id} to stop",
        )
        return exchange is not None and (exchange.succeeded or exchange.status == HTTPStatus.NOT_FOUND)


def _batches(things: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(things)
    while several := list(islice(remaining, PAGE)):
        yield several


_SEARCHES: Final = (*(f"filter[q][{name}_start]={PREFIX}&" for name in TEXTS), "")
"""Filters of the lists to read; no filter finds the beginning of a text in `metadata`, so everything is listed, too."""


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """What earlier runs of this suite left.

    `exports` maps ids to tags. `recent` has the ids of exports whose run may still be under way, `unclear` those of
    exports that mention a tag where this suite does not write one. `looked` is False if a list could not be read whole.
    """

    exports: dict[str, str] = field(default_factory=dict)
    recent: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    looked: bool = True


def find_earlier_runs(sender: Sender, *, before: float) -> EarlierRuns:
    """Return the exports of the runs that created nothing since `before`, in seconds since the epoch.

    An export that does not show when it was created counts as created since then.
    """
    shown: dict[str, dict[str, Json]] = {}
    looked = True
    for search in _SEARCHES:
        for page in _pages(sender, search):
            looked &= page is not None
            shown |= page or {}
    tags: dict[str, str] = {}
    unclear: list[str] = []
    under_way: set[str] = set()
    for export_id, attributes in shown.items():
        mentioned = tags_in(json.dumps([attributes.get(name) for name in (*TEXTS, "metadata")]))
        if tag := next((each for each in mentioned if carries(attributes, each, {})), ""):
            tags[export_id] = tag
            created_at = epoch_seconds(attributes.get("created_at"))
            under_way |= {run_of(tag)} if created_at is None or created_at >= before else set()
        elif mentioned:
            unclear.append(export_id)
    exports = {export_id: tag for export_id, tag in tags.items() if run_of(tag) not in under_way}
    return EarlierRuns(exports, tuple(tags.keys() - exports.keys()), tuple(unclear), looked)


def _pages(sender: Sender, search: str) -> Iterator[dict[str, dict[str, Json]] | None]:
    """Yield the attributes of the exports on each page of a list, by id; at last None if a page could not be read."""
    seen: set[str] = set()
    for number in range(1, PAGES_AT_MOST + 1):
        query = f"{search}sort=created_at&page[size]={PAGE}&page[number]={number}"
        listed = sender.look(query, case="earlier runs/search")
        if listed is None:
            break
        page = {as_text(each["id"]): as_object(each.get("attributes")) for each in listed}
        yield page
        if len(listed) < PAGE:
            return
        if page.keys() <= seen:  # the page number is ignored, so later pages cannot be read
            break
        seen |= page.keys()
    yield None
