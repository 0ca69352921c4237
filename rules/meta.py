"""Rules of what is said about an answer: the resource's `meta`, and the rate-limit headers."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import one_line
from exports_conformance.rules.applies import performed, shows_resource
from exports_conformance.rules.engine import Finding, rule
from exports_conformance.rules.values import TEXT


@rule("meta-mode", applies=shows_resource, needs=("answer-meta",))
def mode_is_test_or_live(exchange: Exchange) -> Iterator[Finding]:
    """`meta.mode` is test or live."""
    mode = exchange.data["meta"].get("mode")
    if mode not in ("test", "live"):
        yield Finding("test or live", one_line(mode), "/data/meta/mode")


def _is_text(requirement: str, name: str) -> None:
    def member_is_a_text(exchange: Exchange) -> Iterator[Finding]:
        value = exchange.data["meta"].get(name)
        if not TEXT.fits(value):
            yield Finding(TEXT.words, one_line(value), f"/data/meta/{name}")

    rule(requirement, applies=shows_resource, needs=("answer-meta",))(member_is_a_text)


_is_text("meta-organization-id", "organization_id")
_is_text("meta-trace-id", "trace_id")


@rule("rate-limit-headers", applies=performed)
def answer_tells_its_rate_limit(exchange: Exchange) -> Iterator[Finding]:
    """Every answer tells the limit, its interval and what remains of it."""
    for name in ("X-Ratelimit-Limit", "X-Ratelimit-Interval", "X-Ratelimit-Remaining"):
        value = exchange.response.header(name) if exchange.response else None
        if value is None or not value.strip().isdecimal():
            yield Finding(f"{name}: a whole number", f"{name}: {value}")
