"""What quick says of the outside servers, and the page about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import Progress

from tests.outside import FAMILIES, OUTSIDE
from tests.proof.hunting import quietly
from tests.proof.hunts import parallel
from tests.suite_runs import judged, stepping, violated


def asked_outside(name: str) -> dict[str, Any]:
    """Run quick to its end against an outside server; return which requirements it violated, by weight."""
    with TemporaryDirectory() as folder, quietly():
        result = judged(stepping(middlewares=[OUTSIDE[name].middleware]), Path(folder))
    found = violated(result)
    return {
        "name": name,
        "family": OUTSIDE[name].family,
        "source": OUTSIDE[name].source,
        "summary": " ".join(OUTSIDE[name].summary.split()),
        "verdict": result["verdict"],
        "promises": sorted(each for each, weight in found.items() if weight == "promise"),
        "advice": sorted(each for each, weight in found.items() if weight == "advice"),
    }


def asked_all_outside(progress: Progress) -> dict[str, Any]:
    """Run quick against every outside server, and return the part of the matrix about them."""
    found = {each["name"]: each for each in parallel(asked_outside, [(name,) for name in OUTSIDE], progress, "outside")}
    return {"outside": [found[name] for name in OUTSIDE]}


def outside_shortfalls(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the servers that quick reports no promise of and that do not state why."""
    return [
        f"{each['name']}: quick reports no broken promise; add a rule, or state in `missed` why there is none"
        for each in rows
        if not each["promises"] and each["name"] in OUTSIDE and not OUTSIDE[each["name"]].missed
    ]


def caught_outside(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how many of the outside servers quick reports, in words."""
    return f"{sum(1 for each in rows if each['promises'])} of {len(rows)}"


def rendered_outside(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the page about the outside servers in Markdown."""
    return "\n".join(_lines(rows)) + "\n"


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "# Servers with reported faults"
    yield ""
    yield (
        f"{len(rows)} servers whose faults people reported of other services in public: JSON:API and REST frameworks,"
        " export services, writers of CSV and gzip. Each is the reference with that fault"
        " ([tests/outside](../tests/outside)); the source of each is the report."
        f" Quick reports a broken promise on {caught_outside(rows)}. `python -m tests.proof outside` measures it anew."
    )
    yield ""
    for number, title in FAMILIES.items():
        of_family = [each for each in rows if each["family"] == number]
        if not of_family:
            continue
        yield f"## {number}. {title.capitalize()}: {caught_outside(of_family)}"
        yield ""
        yield "| server | fault | reported in | quick reports |"
        yield "|---|---|---|---|"
        for each in of_family:
            yield f"| `{each['name']}` | {each['summary']} | {_link(each['source'])} | {_said(each)} |"
        yield ""


def _link(source: str) -> str:
    repository, _, number = source.partition("#")
    return f"[{source}](https://github.com/{repository}/issues/{number})"


def _said(each: Mapping[str, Any]) -> str:
    advice = ", ".join(f"`{name}`" for name in each["advice"])
    if each["promises"]:
        return ", ".join(f"`{name}`" for name in each["promises"]) + (f"; advice: {advice}" if advice else "")
    server = OUTSIDE.get(each["name"])
    why = f"no promise: {server.missed}" if server and server.missed else "no promise"
    return f"{why} (advice: {advice})" if advice else why
