"""The judge compares what was sent with what comes back: as sent, in its class of emptiness, or with its default."""

from typing import Any

import pytest

from exports_conformance.exchange.model import Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules.arguments import ARGUMENTS
from tests.exchanges import EVERY_ARGUMENT, created, held, put, violated, with_answer

DOUBTFUL = Expectation(
    "refusal/some-flaw", "create", outcome="either", breaks="argument-format-known", flaw="some-flaw"
)


def _echo(attribute: str) -> str:
    return f"create-echoes-{attribute.replace('_', '-')}"


CHANGED: dict[str, tuple[Json, ...]] = {
    "resource_type": ("orders", "SKUS", "skus "),
    "format": ("json", None),
    "includes": ([], None, ["prices"], ["prices.price_tiers", "tags"]),
    "fields": ([], None, ["*"], list(reversed(EVERY_ARGUMENT["fields"]))),
    "filters": ({}, None, {"code_eq": "aaa"}, {"code_eq": ["AAA"]}, {"code_eq": "AAA", "id_eq": "x"}),
    "dry_data": (False, None),
    "reference": (None, "", "ANY-EXTERNAL-REFEFERNCE "),
    "reference_origin": (None, "any-external-refefernce-origin"),
    "metadata": ({}, None, {"foo": "bar", "bar": None}, {"foo": ["bar"]}),
}


@pytest.mark.parametrize(
    ("attribute", "back"),
    [pytest.param(name, back, id=f"{name}-{back!r:.30}") for name, values in CHANGED.items() for back in values],
)
def test_value_that_comes_back_changed_breaks_its_echo_alone(attribute: str, back: Json) -> None:
    assert violated(created(**{attribute: back})) == {_echo(attribute)}


def test_every_argument_has_its_echo() -> None:
    assert set(CHANGED) == set(ARGUMENTS) == set(EVERY_ARGUMENT)
    assert {_echo(name) for name in ARGUMENTS} <= held(created())


@pytest.mark.parametrize(
    ("attribute", "sent", "back"),
    [
        ("includes", None, []),
        ("includes", [], None),
        ("fields", None, []),
        ("fields", [], None),
        ("filters", None, {}),
        ("filters", {}, None),
        ("reference", None, ""),
        ("reference", "", None),
        ("metadata", {}, None),
        ("metadata", {"n": 1, "m": 2.0, "k": {"a": 1, "b": 2}}, {"k": {"b": 2.0, "a": 1}, "m": 2, "n": 1.0}),
        ("reference", "Größe 🧦 \u0301", "Größe 🧦 \u0301"),
        ("format", None, "json"),
        ("format", None, None),
        ("dry_data", None, False),
        ("dry_data", None, None),
    ],
)
def test_same_value_in_other_words_is_an_echo(attribute: str, sent: Json, back: Json) -> None:
    exchange = created({"resource_type": "skus", attribute: sent}, **{attribute: back})
    assert violated(exchange) == set()
    assert _echo(attribute) in held(exchange)


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        (True, 1),
        (1, True),
        (1, "1"),
        (0, False),
        (0, None),
        (False, None),
        ([1, 2], [2, 1]),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}", "e\N{COMBINING ACUTE ACCENT}"),
        ({"a": None}, {}),
    ],
)
def test_other_value_within_metadata_is_no_echo(sent: Json, back: Json) -> None:
    exchange = created({"resource_type": "skus", "metadata": {"key": sent}}, metadata={"key": back})
    assert violated(exchange) == {"create-echoes-metadata"}


@pytest.mark.parametrize(("attribute", "sent", "back"), [("format", None, "csv"), ("dry_data", None, True)])
def test_null_returns_as_null_or_the_default_and_nothing_else(attribute: str, sent: Json, back: Json) -> None:
    assert violated(created({"resource_type": "skus", attribute: sent}, **{attribute: back})) == {_echo(attribute)}


@pytest.mark.parametrize(
    ("attribute", "back"), [("format", "csv"), ("format", None), ("dry_data", True), ("dry_data", None)]
)
def test_attribute_that_was_not_sent_has_its_default(attribute: str, back: Json) -> None:
    exchange = created({"resource_type": "skus"}, **{attribute: back})
    assert violated(exchange) == {f"create-default-{attribute.replace('_', '-')}"}


def test_attributes_that_were_not_sent_are_free_but_for_the_documented_defaults() -> None:
    free: dict[str, Any] = {name: EVERY_ARGUMENT[name] for name in ("includes", "fields", "filters", "metadata")}
    assert violated(created({"resource_type": "skus"}, **free, reference="theirs")) == set()


@pytest.mark.parametrize(
    ("sent", "fields", "back", "is_echo"),
    [
        ([], ["prices.*"], ["prices"], True),
        (None, ["prices.price_tiers.up_to"], ["prices", "prices.price_tiers"], True),
        (None, ["prices.price_tiers.up_to"], ["prices.price_tiers"], True),
        (["tags"], ["prices.*", "code"], ["tags", "prices"], True),
        (["tags"], ["prices.*"], ["prices", "tags"], True),
        (["tags", "prices"], ["prices.*"], ["prices", "tags"], False),
        (["tags"], ["prices.*"], ["prices"], False),
        (["tags"], ["prices.*"], ["tags", "stock_items"], False),
        (["tags"], ["code"], ["tags", "code"], False),
        (["tags"], None, ["tags", "prices"], False),
    ],
)
def test_includes_are_filled_in_only_from_fields_and_around_what_was_sent(
    sent: Json, fields: Json, back: Json, *, is_echo: bool
) -> None:
    exchange = created({"resource_type": "skus", "includes": sent, "fields": fields}, includes=back)
    assert violated(exchange) == (set() if is_echo else {"create-echoes-includes"})


def test_echo_is_not_judged_where_the_flaw_was_planted() -> None:
    """A coerced value may be right: the text "true" may be shown as true."""
    for at, sent, back in (("dry_data", "true", True), ("metadata", "text", {}), ("filters", [], {"coerced": True})):
        expectation = Expectation(
            "refusal/x", "create", "either", breaks="argument-format-typed", at=f"/data/attributes/{at}"
        )
        assert violated(created({"resource_type": "skus", at: sent}, expectation=expectation, **{at: back})) == set()


def test_echo_of_everything_else_is_judged_beside_a_flaw() -> None:
    expectation = Expectation(
        "refusal/x", "create", "either", breaks="argument-format-known", at="/data/attributes/format"
    )
    exchange = created(
        {"resource_type": "skus", "format": "xml", "reference": "mine"}, expectation=expectation, format="json"
    )
    assert violated(exchange) == set()
    assert violated(put(exchange, "/data/attributes/reference", "yours")) == {"create-echoes-reference"}


def test_flaw_in_fields_does_not_stop_the_echo_of_includes() -> None:
    """The echo of `includes` is judged without an exception, whatever `fields` holds."""
    expectation = Expectation(
        "refusal/x", "create", "either", breaks="argument-fields-typed", at="/data/attributes/fields"
    )
    exchange = created(
        {"resource_type": "skus", "includes": ["tags"], "fields": 7}, expectation=expectation, fields=None
    )
    assert violated(exchange) == set()
    assert violated(put(exchange, "/data/attributes/includes", ["prices"])) == {"create-echoes-includes"}


def test_creation_that_should_have_been_refused_is_no_echo() -> None:
    expectation = Expectation("refusal/x", "create", "refusal", breaks="request-type-exports", answers=frozenset({422}))
    assert violated(created(expectation=expectation, reference="other")) == {"request-type-exports"}


def test_echo_of_a_deep_value_is_judged() -> None:
    deep: Json = {"end": True}
    for _ in range(200):
        deep = {"deeper": deep}
    exchange = created({"resource_type": "skus", "metadata": deep})
    assert violated(exchange) == set()
    assert exchange.response
    assert b'"end": true' in exchange.response.body
    other = exchange.response.body.replace(b'"end": true', b'"end": 1')
    assert violated(with_answer(exchange, body=other)) == {"create-echoes-metadata"}
