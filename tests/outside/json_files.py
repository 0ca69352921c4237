"""Reported faults of JSON files: which records they have, and what is nested in them."""

from collections.abc import Callable

from exports_conformance.contract.resources import known_relationships
from exports_conformance.exchange.strict_json import Json
from tests.mutants.files import records
from tests.outside.server import on_files, reported

Record = dict[str, Json]


def _records(source: str, name: str, summary: str, change: Callable[[list[Record]], Json], missed: str = "") -> None:
    """Register a server whose JSON files have other records."""
    reported(source, family=2, name=name, summary=summary, missed=missed)(on_files(".json", records(change)))


def _each(source: str, name: str, summary: str, change: Callable[[Record], Record], missed: str = "") -> None:
    _records(source, name, summary, lambda found: [change(record) for record in found], missed)


def _on_nested(change: Callable[[str, Json], Record]) -> Callable[[Record], Record]:
    """Return a change of a record that replaces each member with related records by others."""

    def changed(record: Record) -> Record:
        made: Record = {}
        for name, value in record.items():
            made |= change(name, value) if name in known_relationships() else {name: value}
        return made

    return changed


def _flattened(name: str, value: Json) -> Record:
    found = value if isinstance(value, list) else [value]
    ids = {f"{name}_{index}_id": one.get("id") for index, one in enumerate(found) if isinstance(one, dict)}
    return {name: None, **ids}


def _as_links(name: str, value: Json) -> Record:
    found = value if isinstance(value, list) else [value]
    links = [{"href": f"/api/{name}/{one.get('id')}"} for one in found if isinstance(one, dict)]
    return {name: links if isinstance(value, list) else next(iter(links), None)}


def _with_one_member(value: Json) -> Json:
    if isinstance(value, list):
        return [_with_one_member(each) for each in value]
    return dict([*value.items()][:1]) if isinstance(value, dict) else value


_records(
    "NaturalHistoryMuseum/ckanext-nhm#215",
    "record-twice-in-place-of-another",
    "Has a record twice, and lacks another, so that their number is right.",
    lambda found: [found[0], *found[:-1]] if len(found) > 1 else found,
)
_each(
    "payloadcms/payload#17480",
    "relations-as-numbered-columns",
    "Flattens related records to members with a number in their name, as for CSV.",
    _on_nested(_flattened),
)
_each(
    "nasa/openmct#2042",
    "related-records-as-links",
    "Has links in the place of related records.",
    _on_nested(_as_links),
)
_each(
    "gabordemooij/redbean#77",
    "foreign-key-in-place-of-the-record",
    "Has the id of a related record, and not the record.",
    _on_nested(lambda *_: {}),
)
_each(
    "rzhanje1/xane#499",
    "nested-records-with-one-field",
    "Lacks all but the first field of each related record.",
    _on_nested(lambda name, value: {name: _with_one_member(value)}),
)
_each(
    "uvacw/inca#358",
    "selected-fields-and-more",
    "Has a field more than was selected.",
    lambda record: {**record, "exported_by": "service"},
)
