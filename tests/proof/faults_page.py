"""The page docs/faults.md: what runs say of the faults of every mutant, and each exception with its reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

OUTCOMES = {0: "not shown", 1: "shown", 2: "not checked"}
"""What the exit status of a script means."""

SCRIPT_CANNOT_TELL: Mapping[str, str] = {
    "answer-json": "the body is not UTF-8, which POSIX tools do not read alike",
    "answer-self-link": "the expected link has the id of the new export",
    "completed-after-start": "two times are compared with each other",
    "create-new-id": "it takes many exports",
    "created-not-updated-before": "two times are compared with each other",
    "created-now": "a time is compared with the clock",
    "delete-removes": "it takes several requests about one export",
    "edge-error-document": "any error document conforms, or none",
    "error-unique-keys": "the keys of an object are counted",
    "failed-says-why": "the value is expected of a failed export only",
    "file-count": "the records of the file are counted",
    "file-csv": "each row of the file is compared with its header",
    "delete-unlists": "it takes several requests about one export",
    "file-": "the records of the file are read",
    "include-sparse": "it takes a list of exports with related resources",
    "list-": "it takes several exports, and lists show those of others",
    "list-page-at-most-25": "it takes more than 25 exports",
    "pending-not-completed": "it depends on the status that an export has when it is looked at",
    "rate-limit-headers": "several headers are compared",
    "refusal-creates-nothing": "it takes a search for what a refused request created",
    "retrieve-as-created": "the expected id or time is the one that the creation showed",
    "retrieve-sparse": "the names of all attributes are compared",
    "retrieve-unknown-404": "it takes an id that does not exist",
    "started-after-creation": "two times are compared with each other",
    "update-moves-time": "two times are compared with each other",
}
"""Why the script of a fault ends as not checked, by requirement or its first word; `reproduce` checks most of them."""

REPRODUCE_CANNOT_TELL: Mapping[str, str] = {
    "attachment-fresh": "it takes seconds between two requests; the script waits",
    "create-new-id": "it takes many exports",
    "include-sparse": "it takes a list of exports with related resources",
    "list-": "it takes more exports than a page has",
    "list-page-at-most-25": "it takes more than 25 exports",
    "list-sorted": "a few exports are in order by chance",
    "refusal-creates-nothing": "it takes a search for what a refused request created",
}
"""Why `reproduce` ends as not checked, by requirement."""

NO_CONDITION: Mapping[str, str] = {
    "completion-moves": "it depends on how often an export was retrieved",
    "count-of-records-moves": "it depends on how often an export was retrieved",
    "flickers-long-after-the-end": "it depends on how often an export was retrieved",
    "list-forgets-fields": "one list shows exports of several creations",
    "list-forgets-metadata": "one list shows exports of several creations",
    "list-moves-creation": "one list shows exports of several creations",
    "null-clears-nothing": "what an update sends is no class",
    "refusal-shows-the-export": "one request without a token names an export",
    "update-clears-the-rest": "what an update sends is no class",
    "update-is-not-persisted": "it depends on whether the export was updated before",
    "update-keeps-its-time": "what an update sends is no class",
    "completed-without-start": "it depends on the status that an export has when it is looked at",
    "crashes-on-derived-requests": "it depends on a text without a tag, which is no class",
    "created-before-authorised": "one list shows what any of several refused requests created",
    "list-without-links": "a list that one page holds may leave the links out",
    "page-size-is-ignored": "a list with fewer exports than a page has conforms",
    "references-swapped": "where both texts are the same, nothing shows",
    "refused-but-created": "one list shows what any of several refused requests created",
    "goes-back": "it depends on the status that was shown before",
}
"""Why the responses that violate a requirement have no class in common, by mutant."""


@dataclass(frozen=True, slots=True)
class FaultsFound:
    """The faults of a mutant, their conditions, and their outcomes against the mutant and a clean reference.

    `named` says whether its own combination is named in a run, `narrowed` whether it is after the further `requests`
    that a live run sends; both are empty if the condition of the mutant is no combination.
    """

    mutant: str
    names: tuple[str, ...]
    triggers: tuple[str, ...]
    conditions: tuple[str, ...]
    named: str
    narrowed: str
    requests: int
    scripts: tuple[str, ...]
    reproduced: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        """What is wrong: another number of faults than one, another combination, an outcome that misleads."""
        found = [] if len(self.names) == 1 else [f"{len(self.names)} faults: {', '.join(self.names)}"]
        if "not named" in {self.named, self.narrowed}:
            found.append(f"its combination is not named: {'; '.join(self.conditions)}")
        for name, trigger, script, outcome in zip(
            self.names, self.triggers, self.scripts, self.reproduced, strict=True
        ):
            if trigger == "unexplained" and self.mutant not in NO_CONDITION:
                found.append(f"{name} has no condition, and no reason is known")
            for what, said, known in (
                ("script", script, SCRIPT_CANNOT_TELL),
                ("reproduce", outcome, REPRODUCE_CANNOT_TELL),
            ):
                if said != "shown / not shown" and not (_reason(name, known) and _is_honest(said)):
                    found.append(f"{what} of {name}: {said}")
        return found


def _reason(name: str, reasons: Mapping[str, str]) -> str:
    """Return the reason of a requirement, or of all whose id begins with the same word; empty if there is none."""
    return reasons.get(name, "") or reasons.get(f"{name.partition('-')[0]}-", "")


def _is_honest(outcome: str) -> bool:
    broken, _, clean = outcome.partition(" / ")
    return broken != "not shown" and clean != "shown"


def counts(found: Sequence[FaultsFound]) -> Iterator[str]:
    """Yield the figures of the page, one a line."""
    yield f"{len(found)} mutants, {sum(len(each.names) == 1 for each in found)} with one fault"
    combined = [each for each in found if each.named]
    alone, narrowed = (sum(getattr(each, name) == "alone" for each in combined) for name in ("named", "narrowed"))
    lost = sum("not named" in {each.named, each.narrowed} for each in combined)
    yield (
        f"{len(combined)} mutants of a combination: named alone by {alone} runs, and by {narrowed} after "
        f"{sum(each.requests for each in combined)} further requests; not named by {lost}"
    )
    for what in ("scripts", "reproduced"):
        outcomes = Counter(outcome for each in found for outcome in getattr(each, what))
        shown = ", ".join(f"{outcome}: {number}" for outcome, number in outcomes.most_common())
        yield f"{what}, against the mutant / a clean server: {shown}"


def rendered(found: Sequence[FaultsFound]) -> str:
    """Return the page in Markdown."""
    lines = [
        "# Faults of the mutants",
        "",
        "Written by `make faults`: a quick run against each broken server of `tests/mutants`, then the requests with",
        "which a live run narrows faults down, then the script of each fault and `exports-conformance reproduce`, both",
        "against the broken server and against a clean one.",
        "",
        *(f"- {line}." for line in counts(found)),
        "",
        "## Another number of faults than one",
        "",
        *_listed(f"- `{each.mutant}`: {', '.join(each.names) or 'none'}" for each in found if len(each.names) != 1),
        "",
        "## Combinations that a run names with others",
        "",
        "The run has sent the arguments only together, so that it cannot tell them apart. The last column is after at",
        "most eight further requests, as a live run sends them.",
        "",
        "| mutant | in the run | requests | then |",
        "|---|---|---|---|",
        *(
            f"| `{each.mutant}` | {each.named} | {each.requests} | {each.narrowed} |"
            for each in found
            if each.named not in {"", "alone"}
        ),
        "",
        "## No condition",
        "",
        *_listed(
            f"- `{each.mutant}`: {NO_CONDITION.get(each.mutant, 'no reason is known')}"
            for each in found
            if "unexplained" in each.triggers
        ),
        "",
        "## Scripts that cannot tell",
        "",
        *_by_reason(found, "scripts", SCRIPT_CANNOT_TELL),
        "",
        "## `reproduce` that cannot tell",
        "",
        *_by_reason(found, "reproduced", REPRODUCE_CANNOT_TELL),
    ]
    return "\n".join(lines) + "\n"


def _listed(lines: Iterable[str]) -> list[str]:
    return [*lines] or ["None."]


def _by_reason(found: Sequence[FaultsFound], what: str, reasons: Mapping[str, str]) -> list[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for each in found:
        for name, outcome in zip(each.names, getattr(each, what), strict=True):
            if outcome != "shown / not shown":
                reason = _reason(name, reasons) or "no reason is known"
                known = reason if _is_honest(outcome) else f"misleads: {outcome}"
                groups[f"{name}: {known}"].append(f"`{each.mutant}`")
    return _listed(f"- {reason} ({', '.join(mutants)})" for reason, mutants in sorted(groups.items()))
