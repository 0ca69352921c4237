"""Response headers that clients use, compared by what they are: their values may differ each time."""

from collections.abc import Callable, Iterator, Mapping

from exports_conformance.exchange.exports import own_ids
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.tags import untagged
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.upgrade.steady import ID, led_to

NONE = "absent"
_LONGEST = 200


def header_differences(before: Exchange, after: Exchange) -> Iterator[tuple[str, str, str]]:
    """Yield each header that clients use and that differs in kind: its name, and what it is before and after."""
    for name, kind in _KINDS.items():
        was, is_now = (_in_words(each, name, kind) for each in (before, after))
        if was != is_now:
            yield name, was, is_now


def _in_words(exchange: Exchange, name: str, kind: Callable[[Exchange, str], str]) -> str:
    value = exchange.response.header(name) if exchange.response else None
    return NONE if value is None else kind(exchange, value)


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
