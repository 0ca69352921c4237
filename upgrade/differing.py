"""Discrepancies between two responses to the same request: the document, headers, the order of a list."""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl

from exports_conformance.exchange.exports import own_ids
from exports_conformance.exchange.model import UNSEEN, Exchange
from exports_conformance.exchange.strict_json import ABSENT, Json, as_object, equal, member, objects_in, one_line
from exports_conformance.exchange.tags import untagged
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.rules.engine import NO_CONTENT
from exports_conformance.upgrade.discrepancy import (
    Discrepancy,
    DiscrepancyKind,
    file_discrepancies,
    record_count_discrepancies,
)
from exports_conformance.upgrade.pairing import Pair, outcome
from exports_conformance.upgrade.steady import ID, AnyValue, kind_at, led_to, steady, words

_LONGEST = 200


def header_differences(before: Exchange, after: Exchange) -> Iterator[tuple[str, str, str]]:
    """Yield each header that clients use and that differs in kind: its name, and what it is before and after."""
    for name, kind in _KINDS.items():
        was, is_now = (_in_words(each, name, kind) for each in (before, after))
        if was != is_now:
            yield name, was, is_now


def _in_words(exchange: Exchange, name: str, kind: Callable[[Exchange, str], str]) -> str:
    value = exchange.response.header(name) if exchange.response else None
    return ABSENT if value is None else kind(exchange, value)


def _count(_: Exchange, value: str) -> str:
    return "a whole number" if value.strip().isdecimal() else "not a whole number"


def _link(exchange: Exchange, value: str) -> str:
    settled = untagged(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    for own in own_ids(exchange):
        settled = settled.replace(own, ID)
    return led_to(exchange, settled) or shortened(settled, _LONGEST)


def _parameters(_: Exchange, value: str) -> str:
    given = sorted(part.strip().lower() for part in value.split(";")[1:] if part.strip())
    return shortened("; ".join(given), _LONGEST) or "no parameters"


_KINDS: Mapping[str, Callable[[Exchange, str], str]] = {
    "Content-Type": _parameters,
    "Location": _link,
    "X-Ratelimit-Limit": _count,
    "X-Ratelimit-Interval": _count,
    "X-Ratelimit-Remaining": _count,
}


ENTRIES_NEEDED = 5
"""By chance, one list in sixty of so many entries looks sorted; two lists of opposite orders are rarer still."""


def order_of_entries(exchange: Exchange) -> str:
    """Return the order of the exports in a list by the requested sort key, or by `created_at`; empty if unknown."""
    if exchange.expectation.operation != "list" or not exchange.succeeded:
        return ""
    sort = dict(parse_qsl(exchange.request.query)).get("sort", "")
    key = sort.split(",")[0].lstrip("-") or "created_at"
    values = [_sort_value(each, key) for each in objects_in(member(exchange.reading.value, "data"))]
    texts = [each for each in values if isinstance(each, str) and each != UNSEEN]
    if len(texts) < len(values) or len(set(texts)) < ENTRIES_NEEDED:
        return ""
    if texts == sorted(texts):
        return f"in ascending order of {key}"
    if texts == sorted(texts, reverse=True):
        return f"in descending order of {key}"
    return f"in no order of {key}" if sort else ""


def _sort_value(resource: dict[str, object], key: str) -> object:
    return resource.get("id") if key == "id" else as_object(resource.get("attributes")).get(key)


DISCREPANCIES_AT_MOST = 200
"""The most discrepancies reported between two documents; unrelated documents would have thousands."""

ENUMERATED = frozenset({"enum", "state"})
_CODE, _POINTER, _STATUS = "/errors/*/code", "/errors/*/source/pointer", "/errors/*/status"


def discrepancies(pair: Pair) -> Iterator[Discrepancy]:
    """Yield everything in which the responses of a pair differ, volatile values apart."""
    before, after = pair.before, pair.after
    if before.status != after.status:
        yield Discrepancy("status", "", str(before.status), str(after.status))
    if outcome(before) != outcome(after) or (before.status != after.status and _is_bare(pair)):
        return  # the documents of a success and of a refusal, or a document and none, have nothing in common
    if before.file and after.file:
        yield from file_discrepancies(before.file, after.file)
        yield from record_count_discrepancies(before, after)
    if before.request.is_elsewhere:
        return  # a storage answered, with no document of the API
    if before.response and after.response and before.response.media_type != after.response.media_type:
        yield Discrepancy("media type", "", *(_media_type(each) for each in (before, after)))
    for name, *values in header_differences(before, after):
        yield _in_header(name, *values)
    if before.is_cut or after.is_cut:
        return  # of a document of which only a part was kept, nothing is known
    yield from _in_order_of_entries(before, after)
    was, is_now = steady(before), steady(after)
    if bool(was.problem) != bool(is_now.problem):
        yield Discrepancy("document", "", *(_document(each.problem) for each in (was, is_now)))
    elif not was.problem and not equal(was.value, is_now.value):
        yield from _in_documents(was.value, is_now.value, same_status=before.status == after.status)


def _in_header(name: str, was: str, is_now: str) -> Discrepancy:
    what: DiscrepancyKind = "header added" if was == ABSENT else "header removed" if is_now == ABSENT else "header"
    return Discrepancy(what, name, was, is_now)


def _in_order_of_entries(before: Exchange, after: Exchange) -> Iterator[Discrepancy]:
    was, is_now = order_of_entries(before), order_of_entries(after)
    if was and is_now and was != is_now:
        yield Discrepancy("order", "/data", was, is_now)


def _is_bare(pair: Pair) -> bool:
    """Return whether one of the responses has no document, as its status says."""
    return any(each.status == NO_CONTENT for each in (pair.before, pair.after))


def _media_type(exchange: Exchange) -> str:
    return (exchange.response.media_type if exchange.response else "") or "none"


def _document(problem: str) -> str:
    return f"not JSON: {problem}" if problem else "a JSON document"


def _in_documents(was: Json, is_now: Json, *, same_status: bool) -> Iterator[Discrepancy]:
    looked: set[str] = set()
    found = 0
    for steps in _differing_paths(was, is_now, []):
        path, at = _place(steps)
        if at in looked:  # an array of thousands is one place
            continue
        looked.add(at)
        for each in _at_place(at, _value(was, path), _value(is_now, path)):
            found += 1
            if each.at != _STATUS or same_status or each.what == "retyped":
                yield each
        if found >= DISCREPANCIES_AT_MOST:
            return


def _differing_paths(was: Json, is_now: Json, path: list[str | int]) -> Iterator[list[str | int]]:
    """Yield the path of every place at which two documents differ, arrays compared element by element."""
    if isinstance(was, dict) and isinstance(is_now, dict):
        for name in {**was, **is_now}:
            yield from _differing_members(was, is_now, name, path, found=(name in was, name in is_now))
    elif isinstance(was, list) and isinstance(is_now, list):
        for index in range(max(len(was), len(is_now))):
            yield from _differing_members(was, is_now, index, path, found=(index < len(was), index < len(is_now)))
    elif type(was) is not type(is_now) or was != is_now:
        yield path


def _differing_members(
    was: Json, is_now: Json, step: str | int, path: list[str | int], *, found: tuple[bool, bool]
) -> Iterator[list[str | int]]:
    if all(found):
        yield from _differing_paths(was[step], is_now[step], [*path, step])
    else:
        yield [*path, step]


def _at_place(at: str, before: Json, after: Json) -> Iterator[Discrepancy]:
    if before is ABSENT or after is ABSENT:
        what: DiscrepancyKind = "member added" if before is ABSENT else "member removed"
        yield Discrepancy(what, at, _words_or_absent(before), _words_or_absent(after), _plain(before), _plain(after))
    elif not equal(before, after):  # 1 and 1.0 are the same number in JSON
        what = _kind(at, before, after)
        say = _literal if what in {"code", "pointer", "enum value"} else words
        yield Discrepancy(what, at, say(before), say(after), _plain(before), _plain(after))


def _literal(value: Json) -> str:
    return str(value) if isinstance(value, AnyValue) else one_line(value)


def _kind(at: str, before: Json, after: Json) -> DiscrepancyKind:
    if after is None:
        return "newly null"
    if before is None:
        return "no longer null"
    place, _ = kind_at(at)
    if place in ENUMERATED and isinstance(before, str) and isinstance(after, str):
        return "enum value"
    if at == "/data" and isinstance(before, list | AnyValue) and isinstance(after, list | AnyValue):
        return "value"  # whether the list shows the export that was searched for
    if type(before) is not type(after) and words(before) != words(after):
        return "retyped"
    if isinstance(before, list) and isinstance(after, list) and sorted(map(repr, before)) == sorted(map(repr, after)):
        return "order"
    if at == _CODE:
        return "code"
    if at == _POINTER:
        return "pointer"
    return "prose" if place == "prose" else "value"


def _place(path: list[str | int]) -> tuple[list[str | int], str]:
    """Cut a path off where the client's own data or one of many elements follows; return it with its pointer."""
    kept: list[str | int] = []
    pointer = ""
    for step in path:
        if isinstance(step, int) and kept[:1] != ["errors"] and kept not in (["data"], ["included"]):
            break  # an array that was sent is one value
        kept.append(step)
        if not isinstance(step, int):
            pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
        elif kept[0] == "errors":
            pointer += "/*"
        if kind_at(pointer or "/")[0] == "free":
            break
    return kept, pointer


def _value(document: Json, path: list[str | int]) -> Json:
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return document


def _words_or_absent(value: Json) -> str:
    return ABSENT if value is ABSENT else words(value)


def _plain(value: Json) -> Json:
    return None if value is ABSENT else str(value) if isinstance(value, AnyValue) else value
