"""Reproduction: a self-contained POSIX shell script that shows a fault again, and cleans up after itself.

What the script compares, and where it falls short: docs/decisions/0061-reproduction-scripts.md.
"""

import json
import math
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange, Request
from exports_conformance.exchange.strict_json import ABSENT, Json, as_text, member
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.results.fault_steps import NEEDS_SEVERAL, own_creation
from exports_conformance.results.faults import Fault

TEMPLATE = Path(__file__).parent / "reproduction.sh"
_PLAIN = frozenset(b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 {}[]":,._-/+=<>()*@#!?;&|~^$')


_BEYOND_A_SCRIPT = NEEDS_SEVERAL | {
    "edge-error-document",
    "error-unique-keys",
    "failed-says-why",
    "file-dry-data",
    "file-fields",
    "file-filters",
    "file-includes-nested",
    "file-related-ids",
    "file-star",
    "list-shows-created",
    "pending-not-completed",
    "rate-limit-headers",
    "retrieve-sparse",
    "retrieve-unknown-404",
}
"""Requirements whose rule compares more than one value; `exports-conformance reproduce` checks most of them."""

_NOT_THE_API = "401|403|407|408|429|5??"
"""Statuses, as a pattern of the shell, that say nothing of a requirement unless they came in the run, too."""

_STATUSES = re.compile(r"\d{3}(?: or \d{3})*")
_LISTED = re.compile(r"/data/\d+/")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")


def reproduction(fault: Fault, exchanges: Sequence[Exchange]) -> str:
    """Return the script that reproduces a fault; `exchanges` are those of the run, the earliest first."""
    witness = fault.witness.exchange
    requirement = requirements()[fault.name]
    head = [
        f"{fault.name}: {requirement.statement}",
        f"{requirement.said_in}: {requirement.source}",
        f"It occurs {fault.condition.text}.",
    ]
    before = _before(witness, exchanges)
    steps = [line for each in before for line in _send(each)]
    first = f"first=$(value {shlex.quote(fault.witness.violation.at)})"
    steps += [first] if fault.name == "meta-constant" else []
    steps += _poll(witness)
    steps += [first] if fault.name == "ended-stays" else []
    steps += [*_send(witness), *_check(fault)]
    tags = [each.expectation.tag for each in (*before, witness) if each.expectation.tag]
    text = TEMPLATE.read_text(encoding="ascii")
    for name, value in (
        ("#HEAD#", "\n".join(f"# {harmless(line)}" for line in head)),
        ("#TAG#", shlex.quote(tags[0] if tags else "")),
        ("#STEPS#", "\n".join(steps)),
    ):
        text = text.replace(name, value)
    return text


def _before(witness: Exchange, exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the creation of the export that the witness is about, its updates and deletion; none for a creation."""
    earlier = [each for each in exchanges if each.started <= witness.started and each.id != witness.id]
    creation = own_creation(witness, earlier)
    if creation is None:
        return []
    own = as_text(creation.data.get("id"))
    changes = [
        each
        for each in earlier
        if own
        and each.expectation.operation in {"update", "delete"}
        and own in each.request.path
        and not each.expectation.is_bookkeeping
    ]
    return [creation, *changes]


def _poll(witness: Exchange) -> Iterator[str]:
    """Wait for the status that the witness showed, or for the file that it fetched."""
    if witness.expectation.operation == "retrieve" and (status := as_text(witness.attributes.get("status"))):
        yield f"poll {shlex.quote(status)}"
    if witness.expectation.operation == "download":
        yield "poll completed"
        yield "url=$(value /data/attributes/attachment_url | tr -d '\"' | sed 's/\\\\u0026/\\&/g')"


def _send(exchange: Exchange) -> Iterator[str]:
    request = exchange.request
    words = ["call", shlex.quote(request.method), _url(exchange)]
    names = {name.lower() for name, _ in request.headers}
    for name, value in request.headers:
        if name.lower() == "authorization" and value.startswith(TOKEN_VARIABLE):
            words.append(f"-H {_with_token(value)}")
        elif name.lower() in {"accept", "content-type", "authorization"}:
            words.append(f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
    added = ("accept",) if request.body is None else ("accept", "content-type")
    words += [f"-H {name}:" for name in added if name not in names]
    if request.body is not None:
        yield _write_body(request)
        words.append('--data-binary @"$folder/body"')
    yield " ".join(words)


def _url(exchange: Exchange) -> str:
    request = exchange.request
    if request.is_elsewhere:
        return '"$url"'
    path = request.path + (f"?{request.query}" if request.query else "")
    for id_ in _ids(exchange):
        before, found, after = path.partition(id_)
        if found:
            return f'"$COMMERCELAYER_API_ENDPOINT"{shlex.quote(before)}"$id"{shlex.quote(after) if after else ""}'
    return f'"$COMMERCELAYER_API_ENDPOINT"{shlex.quote(path)}'


def _ids(exchange: Exchange) -> list[str]:
    """Return the ids of the export that an exchange is about, as far as it names one."""
    if exchange.expectation.operation in {"create", "list", "other", "foreign"}:
        return []
    own = exchange.request.path.split("/")[2:3]
    return [each for each in (as_text(member(exchange.expectation.expected, "id")), *own) if each]


def _write_body(request: Request) -> str:
    """Return the command that writes a request's body, whatever its bytes, with the export's id in place of the old."""
    body = request.body or b""
    quoted = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in body)
    write = f"printf '{quoted}' > \"$folder/body\""
    old = request.path.split("/")[2:3]
    if request.method == "PATCH" and old and old[0].encode() in body:
        write += f'; sed "s/{old[0]}/$id/g" "$folder/body" > "$folder/own"; mv "$folder/own" "$folder/body"'
    return write


def _check(fault: Fault) -> Iterator[str]:
    """Compare the response with what was expected, or with what came in the run, as far as the violation allows."""
    exchange, violation = fault.witness.exchange, fault.witness.violation
    yield f"expected={shlex.quote(_line(violation.expected))}"
    if violation.requirement == "attachment-fresh":
        yield f"first=$(value {shlex.quote(violation.at)}); sleep 3"
        yield from _send(exchange)
        yield from _check_first(exchange, violation.at, shown_if="=")
    elif violation.requirement in {"ended-stays", "meta-constant"}:
        yield from _check_first(exchange, violation.at, shown_if="!=")
    elif exchange.reading.is_marked:
        yield 'begins=$(head -c 3 "$folder/response" | od -An -tx1 | tr -d " ")'
        yield 'if [ "$begins" = efbbbf ]; then shown "$begins"; else not_shown "$begins"; fi'
    elif _is_beyond_a_script(fault):
        yield 'not_checked "$status"'
    elif _STATUSES.fullmatch(violation.expected):
        yield from _check_status(exchange.status, violation.expected)
    elif violation.at:
        yield from _check_value(exchange, violation.at, violation.expected, violation.actual)
    elif exchange.file is not None:
        yield from _check_file(exchange, violation.requirement)
    elif violation.actual.startswith(str(exchange.status)):
        yield f'if [ "$status" = {exchange.status} ]; then shown "$status"; else not_shown "$status"; fi'
    elif exchange.response is not None and violation.requirement.endswith("media-type"):
        came = exchange.response.header("content-type") or ""
        yield "came=$(header content-type)"
        yield f'if [ "$came" = {shlex.quote(came)} ]; then shown "$came"; else not_shown "$came"; fi'
    else:
        yield from _check_shape(exchange, "")


def _is_beyond_a_script(fault: Fault) -> bool:
    """Return True if the script's comparison would be the same on a conforming server."""
    exchange, violation = fault.witness.exchange, fault.witness.violation
    is_generated = violation.requirement == "retrieve-as-created" and violation.at.endswith(("/id", "/created_at"))
    is_as_usual = exchange.file is not None and _is_as_usual(exchange)
    is_listed = bool(_LISTED.match(violation.at))  # a list shows exports of others, too
    is_relative = bool(_TIME.search(violation.expected)) and not violation.expected.startswith(('"', "{", "["))
    links_elsewhere = violation.requirement == "answer-self-link" and violation.actual.startswith('"')
    is_no_text = exchange.file is None and not _is_utf_8(exchange)
    cannot = (is_generated, is_as_usual, is_listed, is_relative, links_elsewhere, is_no_text)
    return violation.requirement in _BEYOND_A_SCRIPT or any(cannot)


def _is_as_usual(exchange: Exchange) -> bool:
    """Return True if a file came, is gzipped once, and has the form that was asked for: what a script looks at."""
    file, wanted = exchange.file, member(exchange.expectation.expected, "attributes", "format") or "json"
    return file is not None and (exchange.status, file.layers, file.form) == (HTTPStatus.OK, 1, wanted)


def _is_utf_8(exchange: Exchange) -> bool:
    try:
        (exchange.response.body if exchange.response else b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _check_status(came: int, expected: str) -> Iterator[str]:
    """Compare the status with the one of the run and with those expected; any other shows nothing."""
    yield f'case $status in {came}) shown "$status" ;; {expected.replace(" or ", "|")}) not_shown "$status" ;; esac'
    yield 'not_checked "$status"'


def _check_value(exchange: Exchange, at: str, expected: str, actual: str) -> Iterator[str]:
    yield from _check_answered(exchange)
    if expected == ABSENT:
        yield f'part {shlex.quote(at)} > "$folder/part"'
        yield 'if [ -s "$folder/part" ]; then shown "$(head -n 1 "$folder/part" | tr "\\t" " ")"; fi; not_shown absent'
        return
    try:
        wanted: Json = json.loads(expected)
    except ValueError:
        if not _is_sent(exchange, at):
            yield from _compare_shape(exchange, at)
            return
        wanted = exchange.sent_attributes[at.rpartition("/")[2]]  # shown in part only
    yield f'part {shlex.quote(at)} > "$folder/part"'
    if wanted is None and at.endswith(("/format", "/dry_data")):  # their defaults conform, too
        yield f'if [ "$(cut -f 2- "$folder/part")" != {shlex.quote(actual)} ]; then not_shown "as expected"; fi'
    elif wanted in (None, "", [], {}) and wanted is not False:
        yield "case $(cut -f 2- \"$folder/part\") in ''|null|'\"\"'|'[]'|'{}') not_shown empty ;; esac"
    else:
        lines = "\n".join(sorted(_flat(wanted, ""), key=lambda line: line.encode("utf-8", "surrogatepass")))
        yield _write_lines(lines)
        yield 'if cmp -s "$folder/part" "$folder/wanted"; then not_shown "as expected"; fi'
    yield 'shown "$(cut -c 1-400 "$folder/part" | tr "\\t" " ")"'


def _is_sent(exchange: Exchange, at: str) -> bool:
    """Return True if a creation sent the attribute at a pointer, and should show it again."""
    parent, _, name = at.rpartition("/")
    is_creation = exchange.expectation.operation == "create" and not exchange.expectation.breaks
    return is_creation and parent == "/data/attributes" and name in exchange.sent_attributes


def _check_first(exchange: Exchange, at: str, *, shown_if: str) -> Iterator[str]:
    """Compare the value at a pointer with that of the response before."""
    yield from _check_answered(exchange)
    yield f"second=$(value {shlex.quote(at)})"
    yield f'if [ -n "$first" ] && [ "$first" {shown_if} "$second" ]; then shown "$second"; else not_shown "$second"; fi'


def _check_answered(exchange: Exchange) -> Iterator[str]:
    """End the script where the status is not that of the run: what it says of anything but the API shows nothing."""
    others = f'{_NOT_THE_API}) not_checked "$status" ;; *) not_shown "$status" ;;'
    yield f"case $status in {exchange.status}) ;; {others} esac"


def _check_shape(exchange: Exchange, at: str) -> Iterator[str]:
    """Compare the part of a response at a pointer, if the status is that of the run."""
    yield from _check_answered(exchange)
    yield from _compare_shape(exchange, at)


def _compare_shape(exchange: Exchange, at: str) -> Iterator[str]:
    """Compare the part of the response at a pointer with the recorded one, numbers, ids and times apart."""
    reading = exchange.reading
    lines = ["\tnot JSON"] if reading.problem or reading.repeated_keys else list(_flat(reading.value, ""))
    own = [line[len(at) :] for line in lines if line.split("\t")[0] == at or line.startswith(f"{at}/")]
    yield _write_lines("\n".join(sorted(own, key=lambda line: line.encode("utf-8", "surrogatepass"))))
    yield f'part {shlex.quote(at)} > "$folder/part"'
    yield 'shape < "$folder/part" | sort > "$folder/one"; shape < "$folder/wanted" | sort > "$folder/other"'
    yield 'actual="$status $(head -n 3 "$folder/part" | cut -c 1-200 | tr "\\t" " ")"'
    yield 'if cmp -s "$folder/one" "$folder/other"; then shown "$actual"; else not_shown "$actual"; fi'


def _check_file(exchange: Exchange, requirement: str) -> Iterator[str]:
    """Compare how often a file is gzipped, and its form; "broken" if it is neither json nor csv."""
    file = exchange.file
    assert file is not None  # noqa: S101  the caller has checked it
    yield 'layers=0; cp "$folder/response" "$folder/text"'
    yield 'while gunzip -c < "$folder/text" > "$folder/next" 2> /dev/null; do'
    yield '  mv "$folder/next" "$folder/text"; layers=$((layers + 1)); done'
    yield "form=csv"
    yield "begins=$(head -c 2 \"$folder/text\" | od -An -tx1 | tr -d ' ')"
    yield "case $begins in 5b*|7b*) form=json ;; 1f8b|3c*) form=broken ;; esac"
    if requirement == "file-gzip":
        wanted, came = f"{exchange.status} {file.layers}", "$status $layers"
    elif file.form:
        wanted, came = f"{exchange.status} {file.layers} {file.form}", "$status $layers $form"
    else:
        wanted, came = f"{exchange.status} broken", "$status $form"
    yield f'if [ "{came}" = "{wanted}" ]; then shown "{came}"; else not_shown "{came}"; fi'


def _write_lines(lines: str) -> str:
    data = f"{lines}\n".encode("utf-8", "surrogatepass") if lines else b""
    quoted = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in data)
    return f"printf '{quoted}' > \"$folder/wanted\""


def _flat(value: Json, path: str) -> Iterator[str]:
    """Return the lines that the script's `flatten` makes of a JSON value."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _flat(each, f"{path}/{_escaped(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from _flat(each, f"{path}/{at}")
    else:
        yield f"{path}\t{_scalar(value)}"


def _scalar(value: Json) -> str:
    """Return a scalar as the script's `flatten` writes it: equal numbers are written alike."""
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    if isinstance(value, bool) or not isinstance(value, int | float):
        return json.dumps(value)
    double = float(value) if abs(value) <= sys.float_info.max else math.copysign(math.inf, value)
    return f"{double + 0:.17g}"  # of a negative zero, zero


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" if each < " " or each in '"\\' else each for each in text)


def _line(text: str) -> str:
    return harmless(text)[:400]


TOKEN_VARIABLE = "Bearer $COMMERCELAYER_ACCESS_TOKEN"  # noqa: S105  the name of a variable, not a secret


def _with_token(value: str) -> str:
    """Return the header of a credential that is the token, or begins with it, as a word of the shell."""
    rest = value.removeprefix(TOKEN_VARIABLE)
    return f'"Authorization: {TOKEN_VARIABLE}"' + (shlex.quote(rest) if rest else "")


def curl(request: Request, *, body_file: str = "") -> str:
    """Return a shell command that sends a request again.

    The base URL and the token come from the variables COMMERCELAYER_API_ENDPOINT and COMMERCELAYER_ACCESS_TOKEN;
    everything else is quoted. A body is read from `body_file`.
    """
    query = f"?{request.query}" if request.query else ""
    words = ["curl -g -i -X", shlex.quote(request.method)]
    words.append(("" if request.is_elsewhere else '"$COMMERCELAYER_API_ENDPOINT"') + shlex.quote(request.path + query))
    for name, value in request.headers:
        if name.lower() == "authorization" and value.startswith(TOKEN_VARIABLE):
            words.append(f"-H {_with_token(value)}")
        elif name.lower() in {"accept", "content-type", "authorization"}:
            words.append(f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
    names = {name.lower() for name, _ in request.headers}
    added = ("Accept",) if request.body is None else ("Accept", "Content-Type")  # which curl adds by itself
    words += [f"-H {shlex.quote(f'{name}:')}" for name in added if name.lower() not in names]
    if request.body is not None and body_file:
        words.append(f"--data-binary @{shlex.quote(body_file)}")
    return " ".join(words)
