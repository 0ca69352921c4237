"""Whom a difference breaks: what a client says it uses decides, and what it says nothing of it is taken to use."""

from pathlib import Path

import pytest

from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.usage import Uses, UsesError, read_uses
from tests.exchanges import ABSENT, EVERY_ARGUMENT, created, error_object, put, refused
from tests.test_comparison import FLAWED

STATUS_GONE = (created(), put(created(), "/data/attributes/status", ABSENT))
EVENTS_GONE = (created(), put(created(), "/data/relationships/events", ABSENT))
MODE_GONE = (created(), put(created(), "/data/meta/mode", ABSENT))
CRASH = (created(), refused(500))
FILTERS_REFUSED = (created(), refused(422, error_object(422, "/data/attributes/filters")))
ANOTHER_400 = (refused(422, error_object(422), expectation=FLAWED), refused(400, error_object(400), expectation=FLAWED))
CODE = (
    refused(422, error_object(422), expectation=FLAWED),
    refused(422, error_object(422, code="SAVE_FAILED"), expectation=FLAWED),
)
OTHER_STATE = (
    put(created(), "/data/attributes/status", "failed"),
    put(created(), "/data/attributes/status", "queued"),
)
UNKNOWN_STATE = (
    put(created(), "/data/attributes/status", "completed"),
    put(created(), "/data/attributes/status", "done"),
)
MORE = (created(), put(created(), "/data/meta/cell", 1))


def touched(pair: tuple[Exchange, Exchange], uses: Uses) -> bool:
    """Return True if any difference between the pair breaks this client."""
    compared = compare_exchanges([pair[0]], [pair[1]], uses=uses)
    assert all(each.breaks_you is not None for each in compared.differences)
    return any(each.breaks_you for each in compared.differences)


@pytest.mark.parametrize(
    ("pair", "uses", "breaks"),
    [
        (STATUS_GONE, Uses(), True),
        (STATUS_GONE, Uses(attributes=["status"]), True),
        (STATUS_GONE, Uses(attributes=["records_count"]), False),
        (STATUS_GONE, Uses(types=["orders"]), False),
        (STATUS_GONE, Uses(types=["skus"], formats=["csv"]), True),
        (STATUS_GONE, Uses(formats=["json"]), False),
        (EVENTS_GONE, Uses(attributes=[]), True),
        (EVENTS_GONE, Uses(relationships=["versions"]), False),
        (EVENTS_GONE, Uses(relationships=["events"]), True),
        (MODE_GONE, Uses(attributes=[], relationships=[], statuses=[], error_codes=[]), True),
        (CRASH, Uses(attributes=[], relationships=[], statuses=[], error_codes=[]), True),
        (CRASH, Uses(types=["orders"]), False),
        (FILTERS_REFUSED, Uses(attributes=["filters"]), True),
        (FILTERS_REFUSED, Uses(attributes=["metadata"]), False),
        (ANOTHER_400, Uses(), False),
        (ANOTHER_400, Uses(statuses=[422]), True),
        (ANOTHER_400, Uses(statuses=[400, "completed"]), False),
        (CODE, Uses(), True),
        (CODE, Uses(error_codes=["VALIDATION_ERROR"]), True),
        (CODE, Uses(error_codes=["INVALID_TOKEN"]), False),
        (OTHER_STATE, Uses(statuses=["failed"]), False),
        (UNKNOWN_STATE, Uses(statuses=["completed"]), True),
        (UNKNOWN_STATE, Uses(statuses=["interrupted"]), False),
        (UNKNOWN_STATE, Uses(attributes=["status"], statuses=[201, 422]), True),
        (UNKNOWN_STATE, Uses(statuses=[]), False),
        (MORE, Uses(), False),
    ],
)
def test_client_is_broken_by_what_it_uses(pair: tuple[Exchange, Exchange], uses: Uses, breaks: bool) -> None:  # noqa: FBT001  a value
    assert touched(pair, uses) is breaks


def test_default_format_counts_as_sent() -> None:
    sent = {name: value for name, value in EVERY_ARGUMENT.items() if name != "format"}
    pair = (created(sent, format="json"), put(created(sent, format="json"), "/data/attributes/status", ABSENT))
    assert touched(pair, Uses(formats=["json"]))
    assert not touched(pair, Uses(formats=["csv"]))


def test_one_occurrence_that_breaks_is_enough() -> None:
    before = [
        created(),
        created({**EVERY_ARGUMENT, "resource_type": "orders"}, expectation=Expectation("creation/o", "create")),
    ]
    after = [put(each, "/data/attributes/status", ABSENT) for each in before]
    (difference,) = compare_exchanges(before, after, uses=Uses(types=["orders"])).differences
    assert (difference.count, difference.breaks_you) == (2, True)


def test_fixed_violation_is_not_breaking() -> None:
    pointed = error_object(422, "/data/attributes/format")
    pair = (refused(500, error_object(500), expectation=FLAWED), refused(422, pointed, expectation=FLAWED))
    assert not touched(pair, Uses(statuses=[500]))


def test_uses_are_read(tmp_path: Path) -> None:
    file = tmp_path / "uses.toml"
    file.write_text('attributes = ["status"]\nstatuses = [201, "completed"]\nformats = []\n', encoding="utf-8")
    assert read_uses(file) == Uses(attributes=["status"], statuses=[201, "completed"], formats=[])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("attributes = 1", "attributes: input should be a valid list; it may have the arrays attributes"),
        ('attribute = ["status"]', "did you mean attributes?"),
        ("zzz = []", "it may have the arrays attributes, relationships, types, formats, statuses, error_codes"),
        ("attributes = [", "is not TOML"),
        ("attributes = [1]", "attributes: input should be a valid string"),
        ("\ufeff\0", "is not TOML"),
        ('attributes = ["format", "satus"]', 'attributes: "satus" is not documented; did you mean "status"?'),
        ('relationships = ["event"]', 'did you mean "events"?'),
        ('types = ["sku"]', 'did you mean "skus"?'),
        ('formats = ["CSV"]', 'did you mean "csv"?'),
        ('statuses = ["404"]', 'statuses: "404" is not documented; did you mean 404?'),
        ('statuses = ["complete"]', 'did you mean "completed"?'),
        ('error_codes = ["validation_error"]', 'did you mean "VALIDATION_ERROR"?'),
    ],
)
def test_uses_that_cannot_be_read_end_in_one_line(text: str, hint: str, tmp_path: Path) -> None:
    file = tmp_path / "uses.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsesError) as raised:
        read_uses(file)
    assert str(file) in str(raised.value)
    assert hint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_a_newer_api_may_have_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "uses.toml"
    file.write_text(
        'attributes = ["priority"]\nrelationships = ["tags"]\ntypes = ["novelties"]\nformats = ["xml"]\n'
        'statuses = [418, "queued"]\nerror_codes = ["INVALID_FIELDS"]\n',
        encoding="utf-8",
    )
    assert read_uses(file).attributes == ["priority"]


def test_missing_uses_file_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsesError, match="No such file"):
        read_uses(tmp_path / "nix.toml")
