"""The result of a run, `result.json`: its types, its schema, and how it is written and read."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import Topic, Weight
from exports_conformance.exchange.strict_json import Json, member
from exports_conformance.exchange.untrusted import parse_json, read_regular, write_file
from exports_conformance.results.har import from_json
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.observations import FaultExchanges, Outage, PairCount, RateLimitUse, RecordsFound, Tick
from exports_conformance.results.verdicts import Decision, Decisions, DeviationOutcome, RequirementVerdict, RunVerdict

RESULT_VERSION = 1
RESULT_SCHEMA_FILE = Path(__file__).parent / "result.schema.json"
EDITION_CHOSEN = "chosen with --edition"
"""Why a run was judged by its edition, if the first export did not decide."""
LARGEST_RESULT = 256 * 1024 * 1024


class RequestShown(TypedDict):
    """A request as reports show it; of `body`, the first bytes."""

    method: str
    path: str
    query: str
    headers: list[list[str]]
    body: str | None


class FileShown(TypedDict):
    """What is known of an export's file, whose content is never kept."""

    size: int
    layers: int
    form: str
    problem: str
    records: int
    names: list[str]


class ResponseShown(TypedDict):
    """A response as reports show it; if there was none, its status is 0."""

    status: int
    headers: list[list[str]]
    body: str | None
    file: NotRequired[FileShown]


class Example(TypedDict):
    """An exchange that a report shows, with the flaw of its request and where that was planted."""

    case: str
    flaw: str
    at: str
    request: RequestShown
    response: ResponseShown


class Accepted(TypedDict):
    """The arguments of the accepted creations of one resource type."""

    creations: int
    formats: list[str]
    includes: list[str]
    fields: list[str]
    filters: list[str]


class Sample(TypedDict):
    """One of the first exchanges that showed a requirement to hold or not."""

    exchange: str
    case: str
    status: int
    held: bool


class WitnessShown(TypedDict):
    """The smallest exchange that broke a requirement, and how."""

    exchange: str
    intent: str
    request: RequestShown
    response: ResponseShown
    expected: str
    actual: str
    pointer: str
    trace_id: Json
    curl: str


class RequirementResult(TypedDict):
    """What a run found about one requirement; `seconds` is how long the responses took that it was judged by."""

    id: str
    topic: Topic
    statement: str
    said_in: str
    source: str
    weight: Weight
    verdict: RequirementVerdict
    reason: str
    exchanges: int
    violations: int
    seconds: NotRequired[float]
    cases: dict[str, int]
    samples: list[Sample]
    example: str | None
    flaws: Mapping[str, Mapping[str, int]]
    witness: WitnessShown | None


class ConditionShown(TypedDict):
    """When a fault occurs: `text` is a sentence, `combinations` are the sets of argument classes that explain it."""

    trigger: str
    text: str
    violating: int
    conforming: int
    combinations: list[list[str]]
    first: int


class FaultShown(TypedDict):
    """A cause of violations: the requirements it breaks, the first of which names it, and how to reproduce it.

    Its smallest witness is that of the requirement that names it; `script` is a POSIX shell script. `steps` are the
    exchanges whose requests show it when they are sent again, the witness last, as the journal writes them.
    """

    name: str
    requirements: list[str]
    condition: ConditionShown
    script: str
    steps: NotRequired[list[dict[str, Json]]]
    exchanges: NotRequired[FaultExchanges]


class EndpointResult(TypedDict):
    """Which endpoint was judged, and by which edition of the documentation."""

    kind: str
    base_url: str
    mode: str
    edition: Edition
    edition_because: str


class ContractResult(TypedDict):
    """The contract that the run judged by."""

    edition: Edition
    sha256: str


class Left(TypedDict):
    """An export that is left behind: its id, or only its tag."""

    id: str
    mark: str


class Cleanup(TypedDict):
    """The exports that the clean-up left."""

    left: list[Left]


class HarnessError(TypedDict):
    """An error of the suite itself: the test, and what happened."""

    where: str
    what: str


class RecordingFacts(TypedDict):
    """The recording that was judged, and the cases in it that no test sends today."""

    file: str
    kind: str
    started: str | None
    age_days: int | None
    is_old: bool
    max_age_days: int
    contract: str
    same_contract: bool
    versions: dict[str, str]
    exchanges: int
    left_out: list[str]
    not_asked: list[str]


class RunResult(TypedDict):
    """The result of a run: the one document from which every report is rendered."""

    schema_version: int
    run_id: str
    verdict: RunVerdict
    reasons: list[str]
    endpoint: EndpointResult
    contract: ContractResult
    profile: str
    seed: str
    started: str
    finished: str
    versions: dict[str, str]
    counts: dict[str, int]
    environment: dict[str, int]
    limits: RateLimitUse
    records: RecordsFound
    cleanup: Cleanup
    errors: list[HarnessError]
    deviations: list[DeviationOutcome]
    recording: RecordingFacts | None
    requirements: list[RequirementResult]
    exchanges: dict[str, Example]
    accepted: dict[str, Accepted]
    refusals: dict[str, str]
    observed: Mapping[str, Mapping[str, int]]
    faults: NotRequired[list[FaultShown]]
    timeline: NotRequired[list[Tick]]
    pairs: NotRequired[dict[str, dict[str, PairCount]]]
    outage: NotRequired[Outage | None]
    repeat: str


class ResultError(Exception):
    """A file that is not a result this version reads; the message is one line: the place, the thing, the remedy."""


@cache
def result_validator() -> Draft202012Validator:
    """Return the validator of a result's schema."""
    schema = json.loads(RESULT_SCHEMA_FILE.read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker(["date-time"]))


def decisions_of(result: RunResult) -> Decisions:
    """Return the decision on each requirement that a result keeps."""
    return {each["id"]: Decision(each["verdict"], each["reason"]) for each in result["requirements"]}


def body_file(requirement: str) -> str:
    """Return the path of a witness's request body, relative to the report folder."""
    return f"witnesses/{requirement}.body"


def write_result(result: RunResult, lines: Sequence[JournalLine], folder: Path) -> Path:
    """Write `result.json` and the witnesses' request bodies into a report folder; return the file's path.

    Raises:
        jsonschema.ValidationError: the result does not match its schema.
        OSError: a file cannot be written.
    """
    result_validator().validate(result)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "result.json"
    write_file(file, json.dumps(result, indent=1, ensure_ascii=True) + "\n")
    shown = {each["id"]: each["witness"]["exchange"] for each in result["requirements"] if each["witness"]}
    witnesses = {
        line["exchange"]["id"]: from_json(line["exchange"])
        for line in lines
        if line["line"] == "exchange" and line["exchange"]["id"] in shown.values()
    }
    for requirement, exchange in shown.items():
        if (body := witnesses[exchange].request.body) is not None:
            place = folder / body_file(requirement)
            place.parent.mkdir(exist_ok=True)
            write_file(place, body)
    return file


def read_result(file: Path) -> RunResult:
    """Read a `result.json`.

    Raises:
        ResultError: the file cannot be read, is not JSON, has another schema version or does not match the schema.
    """
    try:
        result: Json = parse_json(read_regular(file, largest=LARGEST_RESULT))
    except OSError as error:
        raise ResultError(f"{file}: cannot be read: {error.strerror}; give the result.json of a run") from None
    except ValueError as error:
        raise ResultError(f"{file}: is not JSON ({error}); it may have been cut short: run again") from None
    version = member(result, "schema_version")
    if version != RESULT_VERSION or isinstance(version, bool):
        has = f"has schema version {version}" if isinstance(version, int) else "has no schema version"
        raise ResultError(
            f"{file}: {has}, this version reads {RESULT_VERSION}; use the version of this suite that wrote it"
        )
    try:
        problem = best_match(result_validator().iter_errors(result))
    except RecursionError:
        raise ResultError(f"{file}: is nested too deep for a result; give the result.json of a run") from None
    if problem is not None:
        rule = json.dumps(problem.validator_value)[:100] if problem.validator in {"type", "enum", "required"} else ""
        place = problem.json_path[:200]
        raise ResultError(f"{file}: at {place}, {problem.validator} {rule} of the schema does not hold; run again")
    checked: RunResult = result
    return checked
