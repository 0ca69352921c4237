"""The records of an organisation, generated from the resource catalogue: always the same, a few of each type."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from exports_conformance.contract.resources import ResourceType, certain_types, resource_type
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.clock import timestamp

WITHOUT_RECORDS = frozenset({"gift_cards", "returns"})
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The first records of each type have what a file must quote or encode, except line breaks, because the
# vendor's own client counts the lines of a CSV file to count its records.
_TEXTS = ("plain", 'with "quotes", commas', "Größe 40 — 🧦", "semicolon; tab\there")
GAPS = 2  # the record of each type in which some texts are null
FIRST = datetime(2024, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its index among those of its type, and its attributes."""

    type: str
    index: int
    attributes: Mapping[str, Json]

    @property
    def id(self) -> str:
        """The record's id, ten letters."""
        return str(self.attributes["id"])


def letters(number: int) -> str:
    """Return the id of ten ASCII letters that stands for a number."""
    drawn = ""
    for _ in range(10):
        number, rest = divmod(number, len(LETTERS))
        drawn += LETTERS[rest]
    return drawn


@cache
def count_of(name: str) -> int:
    """Return the number of records of a type: three to twelve for a certainly exportable type, else three."""
    if name in WITHOUT_RECORDS:
        return 0
    return 3 + certain_types().index(name) * 7 % 10 if name in certain_types() else 3


@cache
def records_of(name: str) -> tuple[Record, ...]:
    """Return the records of a type."""
    kind = resource_type(name)
    return tuple(Record(name, index, _attributes(kind, index)) for index in range(count_of(name)))


def related_records(record: Record, relationship: str) -> tuple[Record, ...]:
    """Return the related records of a record; a to-many relationship mirrors the to-one of its target, if any."""
    kind = resource_type(record.type)
    target = kind.relationships[relationship].target
    if target is None or not count_of(target):
        return ()  # None: polymorphic
    if not kind.relationships[relationship].many:
        return (records_of(target)[record.index % count_of(target)],)
    back = [link.target for link in resource_type(target).relationships.values() if not link.many]
    if record.type in back:
        mine = (other for other in records_of(target) if other.index % count_of(record.type) == record.index)
        return tuple(mine)
    return (records_of(target)[record.index % count_of(target)],)


def _attributes(kind: ResourceType, index: int) -> dict[str, Json]:
    digest = hashlib.blake2b(f"{kind.name}/{index}".encode(), digest_size=8).digest()
    made = {name: _value(name, value_type, index) for name, value_type in kind.fields.items()}
    made["id"] = letters(int.from_bytes(digest))
    return made


def _value(name: str, value_type: str, index: int) -> Json:
    created = FIRST + timedelta(days=index, hours=index)
    made: dict[str, Json] = {
        "string": _text(name, index),
        "integer": 100 * (index + 1),
        "float": 1.5 * (index + 1),
        "boolean": index % 2 == 0,
        "datetime": timestamp(created + timedelta(hours=1) if name == "updated_at" else created),
        "object": {"season": f"s{index}", "ranks": [index, index + 1]} if index != 1 else {},
        "array": [f"{name}-{index}"],
    }
    return made[value_type]


def _text(name: str, index: int) -> str | None:
    if index == GAPS and name in {"reference", "reference_origin", "description"}:
        return None
    known = {
        "currency_code": "EUR",
        "country_code": "IT",
        "code": "ABCDEFGHIJKL"[index] * 3,  # AAA is in the filter of the documentation's example
        "email": f"customer{index}@example.com",
        "url": f"https://img.example.com/{name}/{index}.png",
    }
    plain = f"{name} {index} {_TEXTS[index % len(_TEXTS)]}"
    return next((text for end, text in known.items() if name == end or name.endswith(f"_{end}")), plain)
