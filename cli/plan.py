"""A plan: what a run would send, family by family, learnt from a rehearsal that sends nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from exports_conformance.client.quota import AT_ONCE
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.organisation import seconds_for

LIMIT, INTERVAL = 100, 60
_ID = re.compile(r"(?<=/exports/)[^/?]+")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[--hypothesis-profile P] [OPTIONS OF A RUN]")
@click.pass_context
def plan(context: click.Context, options: tuple[str, ...]) -> None:
    """Say what a run with these options would send: families, creations, deletions, minutes; nothing is sent."""
    from exports_conformance.cli.main import run  # noqa: PLC0415  which has this command in its list

    context.exit(run(["--plan", "-qq", *options]))


def planned(lines: Sequence[JournalLine], *, profile: str) -> Iterator[str]:
    """Give the lines of a plan from the journal of a rehearsal."""
    families: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        if line["line"] == "exchange":
            request, case = line["exchange"]["request"], line["exchange"]["intent"]["case"]
            families[case.partition("/")[0], request["method"], _ID.sub("{id}", request["path"])] += 1
    number = families.total()
    made = Counter(line["line"] for line in lines)
    yield f"plan of {profile}: nothing was sent; this was rehearsed with the reference, in this process"
    yield f"{'family':<14} {'method':<8} {'path':<40} requests"
    for (family, method, path), times in sorted(families.items()):
        yield f"{family:<14} {method:<8} {path:<40} {times:>8}"
    yield f"in all {number} requests, of which {made['created']} create an export and {made['gone']} delete one"
    minutes = seconds_for(number, LIMIT, INTERVAL) / 60
    yield f"at the documented {LIMIT} requests a minute, {LIMIT // 4} in ten seconds: {minutes:.1f} minutes"
    yield "besides, on a live endpoint: four reads at most before anything else; one more request for a violation;"
    more = made["created"] + -(-made["created"] // AT_ONCE)
    minutes = seconds_for(number + more, LIMIT, INTERVAL) / 60
    yield "where exports have not ended when they are created, an interruption of each, and a list now and then:"
    yield f"up to {more} requests more, {minutes:.1f} minutes in all"
