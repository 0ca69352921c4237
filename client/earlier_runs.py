"""Earlier runs: the exports at an endpoint that bear tags of this suite, found without a journal."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from exports_conformance.client.cleanup import PAGES_AT_MOST
from exports_conformance.client.ownership import epoch_seconds
from exports_conformance.client.sender import Sender
from exports_conformance.client.tagging import PAGE, TEXTS, carries
from exports_conformance.exchange.jsonapi import as_object, as_text
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PREFIX, run_of, tags_in

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
