"""Questions about an export that exists, or should not: intents of the requests that follow a creation."""

from collections.abc import Callable
from typing import Literal

from exports_conformance.exchange.model import Action, Exchange, Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import run_of
from exports_conformance.rules.expected import as_created, as_exported, as_followed

NOBODYS_ID = "NoSuchExprt"


def retrieval(created: Exchange, case: str = "retrieved") -> Expectation:
    """Mean to be shown an export with the arguments that were sent, and the id and time that its creation showed."""
    return Expectation(f"life/{case}", "retrieve", expected=as_created(created))


def following(created: Exchange, case: str = "followed", *, told: Action = "") -> Callable[[Exchange], Expectation]:
    """Mean to be shown, after an answer, what may follow it: the status moves on, or does as it was told since."""

    def after(last: Exchange) -> Expectation:
        return Expectation(f"life/{case}", "retrieve", expected=as_followed(created, last), action=told)

    return after


def fetching(created: Exchange, ended: Exchange, *, again: bool = False) -> Expectation:
    """Mean to be served the file of an export as it was created and has ended.

    `again`: the number of records of another one like it has differed before.
    """
    return Expectation("life/file", "download", certain=again, expected=as_exported(created, ended))


def linked(name: str, requirement: str, *, certain: bool) -> Expectation:
    """Mean to be shown what an export is related to; what may need an add-on is not `certain`, and may be refused."""
    if certain:
        return Expectation(f"life/{name}", "related")
    refusals = frozenset({400, 401, 403, 404, 405, 422})
    return Expectation(f"life/{name}", "related", outcome="either", certain=False, breaks=requirement, answers=refusals)


def told(to: Literal["interrupt", "start"]) -> Expectation:
    """Mean to stop or start an export, which others, or its own end, may forestall."""
    return Expectation(f"life/told-to-{to}", "update", outcome="either", certain=False)


def in_order(created: Exchange) -> str:
    """Give the query of the second page of this run's csv exports, the newest first."""
    run = run_of(created.expectation.tag)
    return f"filter[q][reference_start]={run}&filter[q][format_eq]=csv&sort=-created_at&page[size]=2&page[number]=2"


def too_long_a_page() -> tuple[str, Expectation]:
    """Give the query of a page that is longer than one may be, and mean it to be refused, or cut."""
    expectation = Expectation(
        "life/page-of-26",
        "list",
        outcome="either",
        certain=False,
        breaks="list-page-at-most-25",
        flaw="page-of-26",
        answers=frozenset({400, 422}),
    )
    return "page[size]=26", expectation


def listing(case: str, *, finds: int | None = None, shown: Json = None) -> Expectation:
    """Mean to be shown a list, which finds so many exports where that is known."""
    return Expectation(f"life/{case}", "list", matches=finds, expected=shown)


def update(case: str = "updated") -> Expectation:
    """Mean to change an export."""
    return Expectation(f"life/{case}", "update")


def deletion() -> Expectation:
    """Mean to remove an export."""
    return Expectation("life/deleted", "delete")


def absence(requirement: str, case: str) -> Expectation:
    """Mean to be told that an export is not there."""
    return Expectation(
        f"life/{case}", "retrieve", outcome="refusal", breaks=requirement, flaw=case, answers=frozenset({404})
    )


def other_id() -> Expectation:
    """Mean an update to be refused since its document is of another export than its address."""
    return Expectation(
        "life/other-id",
        "update",
        outcome="refusal",
        breaks="update-other-id",
        flaw="other-id",
        answers=frozenset({400}),
    )
