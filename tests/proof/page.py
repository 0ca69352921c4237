"""The kill matrix as a page: what is caught, by what and how soon, beside the peer."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from tests.proof.outside import caught_outside
from tests.proof.plot import curve
from tests.test_variants import DEVIATES, WAITS

AFTER = (1, 2, 12, 25, 50, 100, 150, 200, 250, 500, 1000, 1500)


def rendered(matrix: Mapping[str, Any]) -> str:
    """Write the page of a matrix."""
    return "\n".join(_lines(matrix)) + "\n"


def _lines(matrix: Mapping[str, Any]) -> Iterator[str]:
    mutants = matrix["mutants"]
    yield "# The kill matrix"
    yield ""
    if outside := matrix.get("outside"):
        yield (
            f"Servers that the authors of the rules did not invent come first: quick reports a broken promise on"
            f" {caught_outside(outside)} with faults that people [reported of other services](outside.md)."
        )
        yield ""
    yield (
        f"{len(mutants)} servers that break one requirement each ([tests/mutants](../tests/mutants)), and"
        f" {len(matrix['variants'])} that conform and use the documentation's freedom: every one is asked by the"
        " suites, and what came of it is below. `make kill-matrix` measures it anew, `make peer` the peer's part;"
        " [kill-matrix.json](kill-matrix.json) is the same for programs."
    )
    yield ""
    yield (
        f"Of the [variants](variants.md), tests of their own ask {_names(WAITS)}, which only a live run bears, and"
        f" {_names(DEVIATES)}, which goes against advice; the others are asked by quick."
    )
    yield ""
    yield from _side_by_side(matrix)
    yield "## Kills against exchanges"
    yield ""
    yield "![Broken servers caught, by exchanges until the first violation](kill-matrix.svg)"
    yield ""
    yield from _curve(matrix)
    yield from _within(matrix.get("budget", ()))
    yield from _budgets(mutants)
    yield "## Each broken server"
    yield ""
    yield (
        "Exchanges up to the first that shows the violation; sweep: the most of 20 seeds; –: not caught. Caught by: the"
        " test that was under way. Every exchange is judged by every promise, so that the creation with which the first"
        " test begins, and not what that test is about, shows most of what is wrong with answers."
    )
    yield ""
    yield from _each(matrix)
    yield "## Each variant"
    yield ""
    said = {each["name"]: each for each in matrix.get("peer", {}).get("variants", ())}
    yield from _table(
        ("variant", "what it does", "verdict of quick", "Schemathesis"),
        [
            (f"`{each['name']}`", each["summary"], each["verdict"], _peers(said.get(each["name"])))
            for each in matrix["variants"]
        ],
    )


def _side_by_side(matrix: Mapping[str, Any]) -> Iterator[str]:
    flagged = sum(1 for each in matrix["variants"] if each["flagged"])
    rows = []
    for each in matrix["profiles"]:
        name = each["profile"]
        caught = sum(1 for mutant in matrix["mutants"] if _worst(mutant, name))
        shared = name == "quick"  # which the variants were asked by
        cost = (str(each["exchanges"]), f"{each['wall']:.1f}", f"{each['cpu']:.1f}")
        rows.append((name, _of(caught, matrix["mutants"]), _of(flagged, matrix["variants"]) if shared else "", *cost))
    if peer := matrix.get("peer"):
        caught, flagged = (sum(1 for each in peer[part] if each["check"]) for part in ("mutants", "variants"))
        costs = [median(run[what] for run in peer["clean"]) for what in ("requests", "wall", "cpu")]
        name = f"Schemathesis {peer['version']}"
        figures = (f"{costs[0]:.0f}", f"{costs[1]:.1f}", f"{costs[2]:.1f}")
        rows.append((name, _of(caught, peer["mutants"]), _of(flagged, peer["variants"]), *figures))
    yield "## Side by side"
    yield ""
    header = ("", "broken caught", "conforming flagged", "exchanges to a clean verdict", "wall time, s", "CPU time, s")
    yield from _table(header, rows)
    yield (
        "All over HTTP on loopback, in a process that has loaded its modules, from start to verdict, server and"
        " clean-up included; the median of the peer's seeds."
        " `sweep` is quick with drawn seeds: what it catches, it catches with each of the 20."
    )
    yield ""
    if peer:
        yield from _how_the_peer_is_asked()


def _how_the_peer_is_asked() -> Iterator[str]:
    yield (
        "The peer reads [contract/openapi.yaml](../contract/openapi.yaml) and has all its checks and phases (examples,"
        " coverage, fuzzing, stateful; valid and invalid data; 25 examples an operation, a quarter of its default, so"
        " that the measure ends), but for what fails on the clean reference:"
        " [tests/proof/schemathesis.toml](../tests/proof/schemathesis.toml) says what and why. Any failure or error"
        " counts as its kill, whatever it names; for ours only the requirement that is broken does. A run ends at its"
        " first failure, as ours do here. It is a tool for any API, and knows of this one what the document says: not"
        " that what was sent comes back, nor what becomes of an export, nor which freedoms and environment errors there"
        " are, so that it flags some that use them."
    )
    yield ""


def _curve(matrix: Mapping[str, Any]) -> Iterator[str]:
    series = {"smoke": "smoke", "quick": "quick", "thorough": "thorough"}
    series |= {"peer": "Schemathesis"} if "peer" in matrix else {}
    firsts = {name: curve(matrix, name) for name in series}
    rows = [[label, *(str(bisect_right(firsts[name], after)) for after in AFTER)] for name, label in series.items()]
    yield from _table(("caught after", *map(str, AFTER)), rows)


def _within(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if rows:
        yield "With `--budget N`, which sends the most valuable requests of quick:"
        yield ""
        caught = [f"{each['caught']} of {each['of']}" for each in rows]
        yield from _table(("budget", *(str(each["requests"]) for each in rows)), [["caught", *caught]])


def _budgets(mutants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    promises = [each for each in mutants if each["weight"] == "promise"]
    soon = [each for each in promises if (_worst(each, "sweep") or 251) <= 250]
    left = [f"`{each['name']}`" for each in promises if each not in soon]
    smoke = [each for each in mutants if (each["smoke"] or 13) <= 12]
    last = max(each["thorough"] or 0 for each in mutants)
    seeds = len(mutants[0]["sweep"])
    lucky = [each["name"] for each in mutants if None in each["sweep"] and set(each["sweep"]) != {None}]
    yield "## Budgets"
    yield ""
    yield (
        f"- quick: {len(soon)} of the {len(promises)} that break a promise, within 250 exchanges,"
        f" on each of {seeds} seeds; only thorough asks for {', '.join(left) or 'none'}."
    )
    yield (
        f"- smoke: {len(smoke)} of {len(mutants)} ({len(smoke) / len(mutants):.0%}), within 12; the others take a"
        " second creation, a file, a change, or a flaw of their own, and each of those a request that smoke has not."
    )
    yield (
        f"- thorough: {sum(1 for each in mutants if each['thorough'])} of {len(mutants)}, advice included,"
        f" the last at exchange {last} (budget 1,500)."
    )
    names = ", ".join(f"`{name}`" for name in lucky) or "none"
    yield f"- luck: what some seeds of sweep find and others do not: {names}."
    yield ""


def _each(matrix: Mapping[str, Any]) -> Iterator[str]:
    peer = {each["name"]: each for each in matrix.get("peer", {}).get("mutants", ())}
    yield from _table(
        ("server", "what it does", "requirement", "caught by", "smoke", "quick", "sweep", "thorough", "Schemathesis"),
        [
            (
                f"`{each['name']}`",
                _cell(each["summary"]),
                f"`{each['requirement']}`" + ("" if each["weight"] == "promise" else " (advice)"),
                f"`{each['caught_by'].replace('.py::test_', '::')}`",
                _number(each["smoke"]),
                _number(each["quick"]),
                _number(_worst(each, "sweep")),
                _number(each["thorough"]),
                _peers(peer.get(each["name"])),
            )
            for each in matrix["mutants"]
        ],
    )


def _peers(said: Mapping[str, Any] | None) -> str:
    return f"{said['requests']} `{said['check']}`" if said and said["check"] else "–"


def _worst(mutant: Mapping[str, Any], profile: str) -> int | None:
    """Return the most exchanges that any seed took; None where one did not find it."""
    found = mutant[profile] if isinstance(mutant[profile], list) else [mutant[profile]]
    return None if None in found else max(found)


def _of(some: int, whole: Sequence[object]) -> str:
    return f"{some} of {len(whole)}"


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _names(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in sorted(names))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
