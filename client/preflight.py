"""Preflight: checks an endpoint with at most four reads before anything is created."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Literal

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import shows_live_mode, wait_asked_for
from exports_conformance.client.token import NO_TOKEN
from exports_conformance.client.transport import NOT_SENT
from exports_conformance.contract.edition import Edition, edition_with
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json, as_array, as_object, member

READS = 4
RUNNING_QUERY = "filter[q][status_in]=pending,in_progress&page[size]=1"

Mode = Literal["test", "live", "unknown"]
Token = Literal["accepted", "refused", "not-permitted", "unknown"]


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found; `problem` is one line, empty if exports can be listed.

    `is_marked`: the list begins with a byte order mark.
    Numbers and the edition are None if no response showed them.
    """

    base_url: str
    reachable: bool = False
    this_api: bool = False
    token: Token = "unknown"  # noqa: S105  a state, not a secret
    mode: Mode = "unknown"
    running: int | None = None
    remaining: int | None = None
    limit: int | None = None
    interval: int | None = None
    edition: Edition | None = None
    is_marked: bool = False
    problem: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return it for people, one line for each fact."""
        if self.problem:
            return (self.problem,)
        running = "unknown, the list does not say" if self.running is None else f"{self.running} of 10"
        rate = "not stated" if self.remaining is None else f"{self.remaining} of {self.limit} left in {self.interval} s"
        return (
            f"endpoint  {self.base_url}, answers as this API"
            + (", but behind a byte order mark, which many JSON readers refuse" if self.is_marked else ""),
            f"token     {self.token}: it may read exports",
            f"mode      {self.mode}"
            + ("" if self.mode == "test" else ", so nothing is created without --allow-live-mode"),
            f"running   {running}",
            f"rate      {rate}",
            "creating  not tried: whether this token may create exports shows in a run",
            f"edition   {self.edition or 'no export is listed, the first creation will show it'}",
        )


def preflight(endpoint: Endpoint, *, running: bool = True) -> Preflight:
    """List exports, and unless `running` is false those that run; again after a limit or a gateway answered."""
    first, reads = _read(endpoint, "page[size]=1", "preflight/list", READS - 1)
    found = Preflight(
        endpoint.base_url,
        reachable=first.response is not None,
        this_api=_is_this_api(first),
        token=_token(first),
        mode=_mode(endpoint.client.access_token.claims().get("test")),
    )
    if problem := _problem(first):
        return replace(found, problem=f"{endpoint.base_url} {problem}")
    resource = _first(first.reading.value)
    attributes, said = as_object(resource.get("attributes")), as_object(resource.get("meta")).get("mode")
    # What the API says of its mode counts for more than what the token claims.
    if shows_live_mode(first.reading.value):
        found = replace(found, mode="live")
    elif said == "test":
        found = replace(found, mode="test")
    found = replace(
        found,
        edition=edition_with(attributes)[0] if attributes else None,
        is_marked=first.reading.is_marked,
    )
    if endpoint.limits.halted:
        return found
    last = first
    if running:
        last, _ = _read(endpoint, RUNNING_QUERY, "preflight/running", READS - reads)
    return replace(
        found,
        running=_count(member(last.reading.value, "meta", "record_count")) if running else None,
        remaining=_header(last, "remaining"),
        limit=_header(last, "limit"),
        interval=_header(last, "interval"),
    )


def _read(endpoint: Endpoint, query: str, case: str, most: int) -> tuple[Exchange, int]:
    """List exports, `most` times while a limit or a gateway answers; return the last exchange and their number."""
    reads: list[Exchange] = []

    def once() -> Exchange:
        reads.append(endpoint.list_once(query, expectation=Expectation(case=case, operation="list")))
        return reads[-1]

    def passing(exchange: Exchange) -> bool:
        return environment_error(exchange) in {"throttled", "unavailable"}

    last = endpoint.retries.repeat(
        once, while_=passing, first_wait=wait_asked_for, attempts=most, reason="the API to answer"
    )
    return last, len(reads)


def _problem(exchange: Exchange) -> str:
    """Return why the endpoint cannot list exports, and what to do; empty if it can."""
    response = exchange.response
    if response is None:
        if NO_TOKEN in exchange.trouble:
            return f"cannot be queried: {exchange.trouble.removeprefix(NOT_SENT)}"
        reason = exchange.trouble.removeprefix(NOT_SENT)
        return f"cannot be reached ({reason}): check COMMERCELAYER_API_ENDPOINT and the network"
    passing, status = environment_error(exchange), response.status
    if passing in {"throttled", "unavailable"}:
        problem = " again and again: it is overloaded or at its limit; try again later"
    elif 300 <= status < 400:  # noqa: PLR2004  HTTP's own bounds
        problem = ", a redirect: set COMMERCELAYER_API_ENDPOINT to the address of the API itself"
    elif passing == "firewall":
        problem = f" and {response.media_type or 'nothing'}, not as this API: check the address and any proxy before it"
    elif passing == "not-permitted":
        problem = " UNAUTHORIZED: this application may not read exports; use an integration that may"
    elif status == 401:  # noqa: PLR2004  Unauthorized
        problem = ", the access token is refused: get a new one and set COMMERCELAYER_ACCESS_TOKEN"
    elif not _is_this_api(exchange):
        problem = _unreadable(exchange)
    elif exchange.errors or status != HTTPStatus.OK:
        problem = " and an error document: check the organisation in COMMERCELAYER_API_ENDPOINT"
    else:
        return ""
    return f"answers GET /exports with {status}{problem}"


def _unreadable(exchange: Exchange) -> str:
    """Return why a response is no document of this API, and what to do."""
    claims_json = exchange.response is not None and exchange.response.media_type.endswith("json")
    if claims_json and exchange.reading.problem:
        return f", but its body cannot be read: {exchange.reading.problem}; correct the API, or a proxy before it"
    return " and no JSON:API document: check COMMERCELAYER_API_ENDPOINT"


def _is_this_api(exchange: Exchange) -> bool:
    return bool({"data", "errors"} & as_object(exchange.reading.value).keys())


def _token(exchange: Exchange) -> Token:
    if exchange.response is None or not _is_this_api(exchange):
        return "unknown"
    if exchange.status == 401:  # noqa: PLR2004  Unauthorized
        return "not-permitted" if environment_error(exchange) == "not-permitted" else "refused"
    return "accepted" if exchange.status == HTTPStatus.OK else "unknown"


def _mode(test: Json) -> Mode:
    """Return the mode that the claim `test` of a token names."""
    return "test" if test is True else "live" if test is False else "unknown"


def _first(document: Json) -> dict[str, Json]:
    return as_object(next(iter(as_array(member(document, "data"))), None))


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _header(exchange: Exchange, name: str) -> int | None:
    text = exchange.response.header(f"x-ratelimit-{name}") if exchange.response else None
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004  a count
