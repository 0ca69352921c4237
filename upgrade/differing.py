"""Differing: in what two answers to the same question differ, as far as that means something."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, equal, one_line
from exports_conformance.rules.conditions import NO_CONTENT
from exports_conformance.upgrade.files import of_files
from exports_conformance.upgrade.finding import ABSENT, Finding, What
from exports_conformance.upgrade.pairing import Pair, outcome
from exports_conformance.upgrade.steady import AnyValue, kind_at, steady, words

if TYPE_CHECKING:
    from deepdiff import DeepDiff

MOST = 200
"""Differences that are told of two documents; an answer that has nothing in common with another is told by fewer."""

ENUMERATED = frozenset({"enum", "state"})
_CODE, _POINTER, _STATUS = "/errors/*/code", "/errors/*/source/pointer", "/errors/*/status"


def findings(pair: Pair) -> Iterator[Finding]:
    """Give everything in which the answers of a pair differ, volatile values apart."""
    before, after = pair.before, pair.after
    if before.status != after.status:
        yield Finding("status", "", str(before.status), str(after.status))
    if outcome(before) != outcome(after) or (before.status != after.status and _is_bare(pair)):
        return  # the documents of a success and of a refusal, or a document and none, have nothing in common
    if before.file and after.file:
        yield from of_files(before.file, after.file)
    if before.request.is_elsewhere:
        return  # which is a storage's answer, and no document of the API's
    if before.response and after.response and before.response.media_type != after.response.media_type:
        yield Finding("media type", "", *(_media_type(each) for each in (before, after)))
    was, is_now = steady(before), steady(after)
    if bool(was.problem) != bool(is_now.problem):
        yield Finding("document", "", *(_document(each.problem) for each in (was, is_now)))
    elif not was.problem and not equal(was.value, is_now.value):
        yield from _in_documents(was.value, is_now.value, same_status=before.status == after.status)


def _is_bare(pair: Pair) -> bool:
    """One of the answers has no document, as its status says."""
    return any(each.status == NO_CONTENT for each in (pair.before, pair.after))


def _media_type(exchange: Exchange) -> str:
    return (exchange.response.media_type if exchange.response else "") or "none"


def _document(problem: str) -> str:
    return f"no JSON: {problem}" if problem else "a JSON document"


def _in_documents(was: Json, is_now: Json, *, same_status: bool) -> Iterator[Finding]:
    for found in _tree(_Keyed(was), _Keyed(is_now)):
        if found.at != _STATUS or same_status or found.what == "retyped":
            yield found


class _Keyed:
    """A document that can be looked up: equal to another of the same text, tokens and types told apart."""

    __slots__ = ("_key", "document")

    def __init__(self, document: Json) -> None:
        self.document = document
        self._key = repr(document)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self._key == other._key


@lru_cache(maxsize=1024)
def _tree(was: _Keyed, is_now: _Keyed) -> tuple[Finding, ...]:
    """Give the differences of two documents, each place once."""
    looked: set[str] = set()
    found: list[Finding] = []
    for kind, changes in _deep(*_apart(was.document, is_now.document)).items():
        for change in changes:
            path, at = _place(change.path(output_format="list"))
            if at not in looked:  # an array of thousands is one place
                looked.add(at)
                found += _findings(kind, at, _value(was.document, path), _value(is_now.document, path))
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def _deep(was: Json, is_now: Json) -> "DeepDiff":
    from deepdiff import DeepDiff  # noqa: PLC0415  it loads numpy, and most runs compare nothing

    return DeepDiff(
        was,
        is_now,
        view="tree",
        zip_ordered_iterables=True,
        threshold_to_diff_deeper=0,  # however little two objects have in common, their members are told apart
    )


def _apart(was: Json, is_now: Json) -> tuple[Json, Json]:
    """Leave out the members that two objects share; the library looks at each of what is left."""
    if not isinstance(was, dict) or not isinstance(is_now, dict):
        return was, is_now
    both = {name: _apart(was[name], is_now[name]) for name in was.keys() & is_now.keys() if _unlike(was, is_now, name)}
    apart = [
        {name: each for name, each in one.items() if name not in other} for one, other in ((was, is_now), (is_now, was))
    ]
    for name, (one, other) in both.items():
        apart[0][name], apart[1][name] = one, other
    return apart[0], apart[1]


def _unlike(was: dict[str, Json], is_now: dict[str, Json], name: str) -> bool:
    return was[name] is not is_now[name] and repr(was[name]) != repr(is_now[name])


def _findings(kind: str, at: str, before: Any, after: Any) -> Iterator[Finding]:
    if before is ABSENT or after is ABSENT:
        what: What = "member added" if before is ABSENT else "member removed"
        yield Finding(what, at, _said(before), _said(after), _plain(before), _plain(after))
    elif not equal(before, after):  # 1 and 1.0 are, which the library takes for two
        what = _what(kind, at, before, after)
        said = _literal if what in {"code", "pointer", "enum value"} else words
        yield Finding(what, at, said(before), said(after), _plain(before), _plain(after))


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, AnyValue) else one_line(value)


def _what(kind: str, at: str, before: Json, after: Json) -> What:
    if after is None:
        return "newly null"
    if before is None:
        return "no longer null"
    place, _ = kind_at(at)
    if place in ENUMERATED and isinstance(before, str) and isinstance(after, str):
        return "enum value"
    if at == "/data" and isinstance(before, list | AnyValue) and isinstance(after, list | AnyValue):
        return "value"  # what was sought, or something else
    if kind == "type_changes" and words(before) != words(after):
        return "retyped"
    if isinstance(before, list) and isinstance(after, list) and sorted(map(repr, before)) == sorted(map(repr, after)):
        return "order"
    if at == _CODE:
        return "code"
    if at == _POINTER:
        return "pointer"
    return "prose" if place == "prose" else "value"


def _place(path: list[Any]) -> tuple[list[Any], str]:
    """Cut a path off where what follows is the caller's own or one of many, and give its pointer."""
    kept: list[Any] = []
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


def _value(document: Json, path: list[Any]) -> Any:
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return document


def _said(value: Any) -> str:
    return ABSENT if value is ABSENT else words(value)


def _plain(value: Any) -> Json:
    return None if value is ABSENT else str(value) if isinstance(value, AnyValue) else value
