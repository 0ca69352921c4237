"""The steps of a fault: the requests of a run that have to be sent again to show it."""

from collections.abc import Sequence

from exports_conformance.exchange.exports import shows_deleted
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import as_text, member, one_line

NEEDS_SEVERAL = frozenset(
    {
        "attachment-fresh",
        "create-new-id",
        "delete-removes",
        "delete-unlists",
        "file-count",
        "include-sparse",
        "list-as-created",
        "list-counts",
        "list-filtered",
        "list-links",
        "list-links-keep",
        "list-page-at-most-25",
        "list-page-beyond",
        "list-page-size",
        "list-pages-disjoint",
        "list-sorted",
        "list-sparse",
        "refusal-creates-nothing",
    }
)
"""Requirements whose violation takes several exports, or several requests about one."""

BEYOND_FEW_EXPORTS = frozenset(
    {
        "create-new-id",
        "include-sparse",
        "list-counts",
        "list-links",
        "list-links-keep",
        "list-page-at-most-25",
        "list-page-beyond",
        "list-pages-disjoint",
        "list-sorted",
        "refusal-creates-nothing",
    }
)
"""Those of them that hold among a few exports, whatever the fault."""

_OTHER_EXPORTS = 6  # enough for a list that must be sorted, or cut into pages


def fault_steps(requirement: str, witness: Exchange, exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the requests that lead to a witness against a requirement, the witness last.

    `exchanges` are those of the run, the earliest first. The steps are the creation of the export that the witness is
    about and the requests that changed or showed it since. Requirements that take several exports add the last
    creations before the witness; a list that shows a deleted export, all that happened to that one.
    """
    earlier = [each for each in exchanges if each.started <= witness.started and each.id != witness.id]
    sent = [each for each in earlier if not each.expectation.confirms and _has_meaning(each)]
    own = own_creation(witness, sent)
    id_ = as_text(own.data.get("id")) if own else None
    about = [each for each in sent if own and (each is own or (id_ and _is_about(each, id_)))]
    others = _others(witness, sent) if requirement in NEEDS_SEVERAL else []
    for gone in shows_deleted(witness)[:1]:
        others += [each for each in sent if each.data.get("id") == gone or _is_about(each, gone)]
    return sorted({each.id: each for each in (*about, *others, witness)}.values(), key=lambda each: each.started)


def _has_meaning(exchange: Exchange) -> bool:
    """Return True unless a request was repeated later, or sent for the client's own bookkeeping."""
    expectation = exchange.expectation
    return expectation.operation in {"create", "update"} or not (
        expectation.is_bookkeeping or expectation.accepts_anything
    )


def _others(witness: Exchange, sent: Sequence[Exchange]) -> list[Exchange]:
    """Return the creations of exports that a list shows, if it can of two types, and the last before the witness."""
    body = witness.response.body if witness.response and witness.expectation.operation == "list" else b""
    tagged = [each for each in sent if each.expectation.operation == "create" and each.expectation.tag]
    shown = [each for each in tagged if each.expectation.tag.encode() in body]
    types = {one_line(each.sent_attributes.get("resource_type")): each for each in shown}
    return [
        *[*types.values()][-2:],
        *shown[-_OTHER_EXPORTS:],
        *[each for each in tagged if each.succeeded][-_OTHER_EXPORTS:],
    ]


def own_creation(witness: Exchange, earlier: Sequence[Exchange]) -> Exchange | None:
    """Return the creation of the export that a request is about; None if that created it, or is about none."""
    if witness.expectation.operation == "create":
        return None
    id_ = as_text(member(witness.expectation.expected, "id"))
    parts, query = witness.request.path.split("/"), witness.request.query
    for each in reversed(earlier):
        if each.expectation.operation != "create":
            continue
        own, tag = as_text(each.data.get("id")), each.expectation.tag
        if (own and (own == id_ or own in parts)) or (tag and query.endswith(f"={tag}")):
            return each
    return None


def _is_about(exchange: Exchange, id_: str) -> bool:
    named = as_text(member(exchange.expectation.expected, "id"))
    return exchange.expectation.operation != "list" and (named == id_ or id_ in exchange.request.path.split("/"))
