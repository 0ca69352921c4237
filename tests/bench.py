"""Measurements, each a ratio or a bound within one run: what the suites cost, and what they cost it for."""

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy
from playwright.sync_api import sync_playwright
from pydantic import SecretStr
from rich.progress import Progress

from exports_conformance.client.opening import open_live, open_recorded, open_reference
from exports_conformance.client.pacing import MOST, Limits, Pacing
from exports_conformance.client.settings import LiveSettings
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import read_json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reports.text import run_summary
from exports_conformance.reports.writing import write_site
from exports_conformance.results.faults import find_faults
from exports_conformance.results.har import from_json
from exports_conformance.results.journal import read_journal, read_judged
from exports_conformance.results.recording import Recording, of_journal, read_recording, write_recording
from exports_conformance.results.result import RunResult
from exports_conformance.rules import Judgement, judge
from exports_conformance.run.localising import REQUESTS_PER_FAULT, localise
from exports_conformance.run.run import Run
from exports_conformance.run.session import REQUESTS_AT_MOST
from exports_conformance.strategies.bodies import creation_bodies, enveloped
from exports_conformance.strategies.derived import derived_creations
from exports_conformance.suites.expectations import creation
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.document import build_comparison
from exports_conformance.upgrade.sides import side_of_recording
from tests import large_server
from tests.mutants import MUTANTS
from tests.proof.hunting import quietly
from tests.proof.hunts import parallel
from tests.proof.requests import sent, servers
from tests.record import FILE
from tests.suite_runs import judged, stepping

SCRIPT = [sys.executable, "-m", "exports_conformance.cli.main"]
TOKEN = "bench-token"
BODY = enveloped({"resource_type": "skus", "reference": PLACEHOLDER, "metadata": {"foo": "bar"}})
HEADERS = {"Accept": "application/vnd.api+json", "Content-Type": "application/vnd.api+json"}


class Table:
    """The measurements, printed as they come."""

    def __init__(self) -> None:
        self.over = False

    def row(self, what: str, measured: float, unit: str, *, at_most: float) -> None:
        """Print a measurement beside its bound."""
        kept = measured <= at_most
        self.over = self.over or not kept
        print(f"{what:<58} {measured:>10.2f} {unit:<12} {'within' if kept else 'OVER'} {at_most:g}", flush=True)  # noqa: T201  a command's output

    def note(self, text: str) -> None:
        """Print what a measurement is made of."""
        print(f"  {text}", flush=True)  # noqa: T201  a command's output


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Serve the reference in a process of its own, so that its time is not ours."""
    command = [*SCRIPT, "serve", "--port", "0", "--token", TOKEN, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  our own script
        assert server.stdout is not None
        url = next(line.partition("=")[2].strip() for line in server.stdout if "API_ENDPOINT=" in line)
        try:
            yield url
        finally:
            server.terminate()


def run(profile: str, *options: str, env: dict[str, str] | None = None) -> tuple[RunResult, float, float]:
    """Run the suites in a process and a folder of their own; return the result, the seconds and the most MB it took."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        words = [*SCRIPT, "-q", "--hypothesis-profile", profile, "--report-dir", str(report), *options]
        started = time.perf_counter()
        process = subprocess.Popen(words, env={**os.environ, **(env or {})}, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603  our own commands
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, words
        return json.loads((report / "result.json").read_text()), seconds, used.ru_maxrss / 1024


@contextmanager
def large() -> Iterator[dict[str, str]]:
    """Serve responses of five megabytes from a process of its own; yield the environment that leads to it."""
    command = [sys.executable, "-m", "tests.large_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  our own
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            yield {"COMMERCELAYER_API_ENDPOINT": url, "COMMERCELAYER_ACCESS_TOKEN": large_server.TOKEN}
        finally:
            server.terminate()


def suites(table: Table, url: str) -> None:
    """Measure what the profiles ask, and how long that takes."""
    env = {"COMMERCELAYER_API_ENDPOINT": url, "COMMERCELAYER_ACCESS_TOKEN": TOKEN}
    smoke, _, _ = run("smoke", "--endpoint", "live", "--allow-live-mode", env=env)
    table.row("smoke on a live endpoint: exchanges", smoke["counts"]["exchanges"], "", at_most=12)
    with served("--variant", "documented-limits", "--time-scale", "20") as limited:
        env = {"COMMERCELAYER_API_ENDPOINT": limited, "COMMERCELAYER_ACCESS_TOKEN": TOKEN}
        quick, _, _ = run("quick", "--endpoint", "live", "--allow-live-mode", env=env)
    table.row("quick within the documented limits, clean-up too", quick["counts"]["exchanges"], "", at_most=250)
    quick, seconds, memory = run("quick")
    table.row("quick on the reference: exchanges", quick["counts"]["exchanges"], "", at_most=250)
    table.row("quick on the reference: wall time", seconds, "s", at_most=20)
    table.row("quick on the reference: peak memory", memory, "MB", at_most=150)
    with large() as env:
        _, _, memory = run("quick", "--endpoint", "live", "--allow-live-mode", env=env)
    table.row("quick against responses of 5 MB: peak memory", memory, "MB", at_most=150)
    thorough, seconds, _ = run("thorough")
    table.row("thorough on the reference: exchanges", thorough["counts"]["exchanges"], "", at_most=1500)
    table.note(f"thorough took {seconds:.1f} s")
    page_of(table, thorough)


FIRST_VIEW = """() => new Promise((done) => new PerformanceObserver((seen) => {
  for (const each of seen.getEntriesByName("first-contentful-paint")) done(each.startTime);
}).observe({ type: "paint", buffered: true }))"""
"""Waits without polling, for which a page's policy would have to allow eval."""


def page_of(table: Table, result: RunResult) -> None:
    """Measure the pages that people look at: their size, their making, and how soon a browser shows something."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        write_site(result, Path(folder))
        table.row("a thorough run's site: written in", time.perf_counter() - started, "s", at_most=3)
        for name, at_most in PAGE_SIZES.items():
            table.row(
                f"a thorough run's {name}: size", (Path(folder) / name).stat().st_size / 1e3, "kB", at_most=at_most
            )
        if not (chromium := shutil.which("chromium")):
            table.note("there is no chromium here: the first view was not measured")
            return
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--disable-gpu"], chromium_sandbox=False
            )
            for name in PAGE_SIZES:
                views = []
                for _ in range(3):
                    tab = browser.new_page()
                    tab.goto((Path(folder) / name).as_uri())
                    views.append(tab.evaluate(FIRST_VIEW))
                    tab.close()
                table.row(f"a thorough run's {name}: first view in Chromium", sorted(views)[1], "ms", at_most=500)
            browser.close()


PAGE_SIZES = {"index.html": 100, "contract.html": 260, "explorer.html": 320}
"""The most kilobytes of each page."""


def cpu_of(times: int, work: Callable[[], object]) -> float:
    """Return the milliseconds of our own CPU that a piece of work takes, on average."""
    work()
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times * 1000


def overhead(table: Table, url: str, *, times: int = 400) -> None:
    """Measure what the client, the journal and the rules add to a bare request."""
    body = json.dumps(BODY).encode()
    with httpx.Client(headers={**HEADERS, "Authorization": f"Bearer {TOKEN}"}) as client:
        bare = cpu_of(times, lambda: client.post(f"{url}/exports", content=body))
    found = LiveSettings(api_endpoint=url, access_token=SecretStr(TOKEN))
    with tempfile.TemporaryDirectory() as folder:
        own = Run(Path(folder), "main", edition="auto", confirms=True, fail_on="violates")
        unbounded = Pacing(Limits(MOST, 1))
        with open_live(found, ledger=own.ledger, observe=own.observe, pacing=unbounded) as endpoint:
            expectation = creation("bench", BODY)
            each = cpu_of(times, lambda: endpoint.create(BODY, expectation=expectation))
        own.journal.close()
        # Besides, room is made among the ten that may run at a time.
        ours = each * times / sum(line["line"] == "exchange" for line in read_journal(Path(folder)))
    table.row("own CPU per exchange above a bare httpx loop", ours - bare, "ms", at_most=2)
    table.note(f"bare {bare:.2f} ms, through client, journal and rules {ours:.2f} ms")


def drawn(strategy: SearchStrategy[Any], size: Callable[[Any], int], *, times: int = 300) -> tuple[float, float]:
    """Draw from a strategy; give values a second and their mean size in bytes."""
    sizes: list[int] = []

    @settings(max_examples=times, database=None, deadline=None, derandomize=True)
    @given(strategy)
    def draw(value: Any) -> None:
        sizes.append(size(value))

    started = time.perf_counter()
    draw()
    return len(sizes) / (time.perf_counter() - started), sum(sizes) / len(sizes)


def generation(table: Table) -> None:
    """Measure how fast bodies are made, ours against Schemathesis's for the same operation."""
    ours, size = drawn(creation_bodies(), lambda body: len(json.dumps(body)))
    peer, peer_size = drawn(derived_creations(), lambda each: len(json.dumps(each.body, default=repr)))
    table.row("Schemathesis's bodies a second, against ours", peer / ours, "times", at_most=1)
    table.note(f"ours {ours:.0f} a second of {size:.0f} bytes, Schemathesis's {peer:.0f} of {peer_size:.0f}")


def judging(table: Table) -> None:
    """Measure whether ten times as many exchanges take more than ten times as long to judge."""
    with tempfile.TemporaryDirectory() as folder:
        words = [*SCRIPT, "-q", "--report-dir", folder]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  our own script
        written = [line["exchange"] for line in read_journal(Path(folder) / "journal") if line["line"] == "exchange"]

    def seconds(number: int) -> float:
        exchanges = [from_json(written[at % len(written)]) for at in range(number)]
        started = time.process_time()
        for exchange in exchanges:
            judge(exchange)
        return time.process_time() - started

    few, many = seconds(1_000), seconds(10_000)
    table.row("judging 10,000 exchanges, against 1,000", many / few, "times", at_most=12)
    table.note(f"{10_000 / many:.0f} exchanges a second")


def comparing(table: Table) -> None:
    """Measure how long two recordings take to be compared, and whether ten thousand exchanges take in proportion."""
    shipped = read_recording(FILE)

    def seconds(number: int) -> float:
        exchanges = [
            replace(each, expectation=replace(each.expectation, case=f"{each.expectation.case}~{turn}"))
            for turn in range(number // len(shipped.exchanges) + 1)
            for each in shipped.exchanges
        ][:number]
        # Every answer has something more after than before, so that none is passed over.
        changed = [_with_a_member_more(each, at) for at, each in enumerate(exchanges)]
        before, after = (Recording(shipped.provenance, tuple(each)) for each in (exchanges, changed))
        started = time.process_time()
        sides = side_of_recording("before", before), side_of_recording("after", after)
        build_comparison(*sides, compare_exchanges(*(side.exchanges or () for side in sides)))
        return time.process_time() - started

    few, many = seconds(1_500), seconds(10_000)
    table.row("comparing two recordings of 1,500 exchanges", few, "s", at_most=3)
    table.row("comparing 10,000 exchanges, against 1,500", many / few, "times", at_most=8)


def _with_a_member_more(exchange: Exchange, number: int) -> Exchange:
    if exchange.response is None or not exchange.response.body.startswith(b"{"):
        return exchange
    body = exchange.response.body.replace(b"{", b'{"more":%d,' % number, 1)
    return replace(exchange, response=replace(exchange.response, body=body))


def replaying(table: Table) -> None:
    """Measure what it takes to replay and judge a recording, and whether ten times as many take ten times as long."""
    creation_of_ours = next(
        each for each in read_recording(FILE).exchanges if each.expectation.case == "creation/complete-skus"
    )

    def seconds(number: int) -> float:
        bodies = [enveloped({"resource_type": "skus", "metadata": {"number": at}}) for at in range(number)]
        exchanges = [
            replace(
                creation_of_ours,
                id=f"bench-{at:05d}",
                expectation=replace(creation_of_ours.expectation, tag=""),
                request=replace(creation_of_ours.request, body=json.dumps(body, separators=(",", ":")).encode()),
            )
            for at, body in enumerate(bodies)
        ]
        judged: list[Judgement] = []

        def judging(exchange: Exchange) -> bool:
            judged.append(judge(exchange))
            return False

        started = time.process_time()
        with open_recorded(exchanges, observe=judging) as endpoint:
            for body in bodies:
                endpoint.create(body, expectation=creation("complete-skus", body))
        assert len(judged) == number
        return time.process_time() - started

    few, many = seconds(1_000), seconds(10_000)
    table.row("replaying 10,000 exchanges, against 1,000", many / few, "times", at_most=12)
    table.row("own CPU per exchange replayed and judged", many / 10, "ms", at_most=1)


def recording(table: Table) -> None:
    """Measure what of a run's time its recording takes."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run([*SCRIPT, "-q", "--report-dir", folder], stdout=subprocess.DEVNULL, check=True)  # noqa: S603  our own script
        whole = time.perf_counter() - started
        gc.collect()  # what the measures before have left is not this one's
        started = time.perf_counter()
        write_recording(Path(folder) / "run.har", of_journal(read_journal(Path(folder) / "journal")))
        table.row("recording, of a run's time", (time.perf_counter() - started) / whole * 100, "%", at_most=5)


def repeated_keys(table: Table) -> None:
    """Measure how long a response of 8 MB is read that repeats one key, and one that repeats each of its keys."""
    for what, pairs in (("one key", (b'"a":1' for _ in range(1_400_000))), ("each key", _twice(400_000))):
        text = b"{" + b",".join(pairs) + b"}"
        started = time.process_time()
        read_json(text)
        seconds = time.process_time() - started
        table.row(f"reading {len(text) / 1e6:.0f} MB that repeats {what}", seconds, "s", at_most=1)


def _twice(keys: int) -> Iterator[bytes]:
    for number in range(keys):
        yield b'"%d":1,"%d":2' % (number, number)


def shared(table: Table) -> None:
    """Measure runs against a shared organisation in real time: how long they take within the documented limits."""
    for profile, at_most in (("smoke", 30), ("quick", 210)):
        with served("--realistic") as url:
            env = {"COMMERCELAYER_API_ENDPOINT": url, "COMMERCELAYER_ACCESS_TOKEN": TOKEN}
            result, seconds, _ = run(profile, "--endpoint", "live", "--allow-live-mode", env=env)
        table.row(f"{profile} in a realistic environment: wall time", seconds, "s", at_most=at_most)
        table.row(
            f"{profile} in a realistic environment: 429 provoked", result["environment"]["throttled"], "", at_most=0
        )
        table.row(f"{profile} in a realistic environment: exports left", result["counts"]["left"], "", at_most=0)
        share = result["limits"]["share"] or 0
        table.note(f"{result['counts']['exchanges']} exchanges, {share:.0%} of the rate limit")
        if profile == "quick":
            table.row("share of the rate limit that is not used", 1 - share, "", at_most=0.1)


NARROWED = ("null-format-as-csv", "right-to-left-crashes", "stock-items-never-csv")
"""Mutants whose combination a run cannot tell from others."""


def faults(table: Table, mutant: str) -> None:
    """Measure what a fault takes: lines on the terminal, requests that narrow it down, and the time of computing it."""
    app = stepping(middlewares=[MUTANTS[mutant].middleware])
    with tempfile.TemporaryDirectory() as folder:
        with quietly():
            result = judged(app, Path(folder))
        lines = list(run_summary(result, Path(folder)))
        known = [read_judged(each) for each in read_journal(Path(folder) / "journal") if each["line"] == "exchange"]
    start = lines.index("")
    table.row(f"{mutant}: lines of its card", lines.index("", start + 1) - start - 1, "", at_most=12)
    names, started = [fault["name"] for fault in result["faults"]], time.process_time()
    find_faults(known, names)
    table.row(f"{mutant}: computing its condition", time.process_time() - started, "s", at_most=1)

    def observe(exchange: Exchange) -> None:
        known.append((exchange, judge(exchange)))

    started = time.process_time()
    with open_reference(app=app, token=app.token, prefix="bench", observe=observe) as endpoint:
        requests = localise(endpoint, list(known))
    table.row(f"{mutant}: requests that narrow it down", requests, "", at_most=REQUESTS_PER_FAULT)
    table.row(f"{mutant}: time of narrowing it down", time.process_time() - started, "s", at_most=2)
    (fault,) = find_faults(known, names)
    table.note(f"{result['faults'][0]['condition']['text']}; then: {fault.condition.text}")


def every_server(table: Table) -> None:
    """Measure the most requests that quick sends to any server of the tests, however often it makes a run ask again."""
    with Progress() as progress:
        found = sorted(
            parallel(sent, list(servers()), progress, "quick against every server"), key=attrgetter("requests")
        )
    most = found[-1]
    bound = REQUESTS_AT_MOST["quick"]
    table.row("quick on any server of the tests: requests", most.requests, "", at_most=2 * bound)
    table.row("quick on any server of the tests: peak memory", max(each.megabytes for each in found), "MB", at_most=150)
    table.row(
        "quick on any server of the tests: requests of the suites themselves",
        max(each.asked for each in found),
        "",
        at_most=bound,
    )
    table.note(f"{len(found)} servers; the most for {', '.join(each.server for each in found[-3:][::-1])}")


def main() -> int:
    """Measure everything; give 1 where a bound was not kept."""
    table = Table()
    shared(table)
    every_server(table)
    with served("--time-scale", "1000") as url:
        suites(table, url)
        overhead(table, url)
        judging(table)
    for mutant in NARROWED:
        faults(table, mutant)
    comparing(table)
    replaying(table)
    recording(table)
    repeated_keys(table)
    generation(table)
    return int(table.over)


if __name__ == "__main__":
    sys.exit(main())
