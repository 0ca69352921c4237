"""What `run --list` prints: requirements, flaws and cases, each with the requests that it costs."""

from collections.abc import Iterator, Mapping

from exports_conformance.cli.printing import print_lines
from exports_conformance.contract.requirements import requirements
from exports_conformance.run.choosing import Value, cost, values


def print_list() -> None:
    """Print the names that --requirement, --flaw and --case take."""
    print_lines("\n".join(_lines(values())))


def _lines(measured: Mapping[str, Value]) -> Iterator[str]:
    yield "requests  --requirement, by topic (on the reference, without the clean-up)"
    topic = ""
    for name, each in sorted(requirements().items(), key=lambda pair: pair[1].topic):
        if each.topic != topic:
            topic = each.topic
            yield f"          {topic}"
        showing = [test for test, value in measured.items() if name in value.shows]
        when = "if seen" if each.when_seen or not showing else str(cost(showing))
        yield f"{when:>8}    {name}{'' if each.weight == 'promise' else '  (advice)'}"
    flaws = {
        case: test
        for test, value in measured.items()
        for case in value.own
        if case.startswith(("refusal/", "request/"))
    }
    yield "requests  --flaw"
    yield from (f"{cost([test]):>8}    {case.partition('/')[2]}" for case, test in sorted(flaws.items()))
    cases = {case: test for test, value in measured.items() for case in value.cases if case not in flaws}
    yield "requests  --case"
    yield from (f"{cost([test]):>8}    {case}" for case, test in sorted(cases.items()))
