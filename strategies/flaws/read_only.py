"""Flaws of presumption: a creation that sets what only the API sets."""

from collections.abc import Mapping

from hypothesis import strategies as st

from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws.flaw import INVALID, Flaw, register, replaced

LONG_AGO = "2001-01-01T00:00:00.000Z"

PRESUMED: Mapping[str, Json] = {
    "status": "completed",
    "started_at": LONG_AGO,
    "completed_at": LONG_AGO,
    "interrupted_at": LONG_AGO,
    "records_count": 777_777,
    "attachment_url": "https://example.com/planted",
    "errors_log": {"planted": "value"},
    "created_at": LONG_AGO,
    "updated_at": LONG_AGO,
}
"""The attributes that no caller may create, each with a value that no endpoint would give it by chance."""

for _attribute, _value in PRESUMED.items():
    _at = f"/data/attributes/{_attribute}"
    register(
        Flaw(
            f"read-only-{_attribute.replace('_', '-')}",
            "read-only-attributes",
            _at,
            "either",
            INVALID,
            st.just(_value),
            replaced(_at),
        )
    )
