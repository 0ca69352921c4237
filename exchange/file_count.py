"""Whether the number of records in a file is the one that its export shows."""

from collections.abc import Mapping

from exports_conformance.exchange.jsonapi import as_array
from exports_conformance.exchange.strict_json import Json


def has_record_count(attributes: Mapping[str, Json], found: int) -> bool:
    """Return True if a file with so many records fits the `records_count` of an export with these attributes.

    CSV may have a row for each included record, since the documentation does not say how it nests them.
    """
    count = attributes.get("records_count")
    more_allowed = attributes.get("format") == "csv" and _has_related(attributes)
    return found == count or (more_allowed and isinstance(count, int) and found > count)


def _has_related(attributes: Mapping[str, Json]) -> bool:
    fields = [field for field in as_array(attributes.get("fields")) if isinstance(field, str)]
    return any("." in field for field in fields) if fields else bool(attributes.get("includes"))
