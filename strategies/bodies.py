"""Creation bodies over the whole documented domain: every attribute absent, null, empty, one and many."""

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import CERTAIN_TYPES
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies import selections
from exports_conformance.strategies.texts import texts

Attributes = dict[str, Json]
Body = dict[str, Json]


def enveloped(attributes: Mapping[str, Json]) -> Body:
    """Put attributes into their JSON:API envelope."""
    return {"data": {"type": "exports", "attributes": dict(attributes)}}


DOCUMENTED = enveloped({"resource_type": "skus"})
"""The request on the page."""


def formats() -> SearchStrategy[Json]:
    """The documented formats, and null for the default."""
    return st.sampled_from(["json", "csv", None])


def references() -> SearchStrategy[Json]:
    """References that carry the run's mark and any text behind it."""
    return texts().map(lambda text: PLACEHOLDER + text)


def metadata(*, max_leaves: int = 12) -> SearchStrategy[Json]:
    """Objects with values of every JSON type, nested."""
    numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False, width=32)
    scalars = st.none() | st.booleans() | numbers | texts(max_size=40)
    keys = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=max_leaves,
    )
    return st.dictionaries(keys, values, max_size=4)


def creation_attributes(
    *,
    resource_types: SearchStrategy[str] = st.sampled_from(CERTAIN_TYPES),  # noqa: B008  strategies are immutable
    formats: SearchStrategy[Json] = formats(),  # noqa: B008
    references: SearchStrategy[Json] = references(),  # noqa: B008
    metadata: SearchStrategy[Json] = metadata(),  # noqa: B008
) -> SearchStrategy[Attributes]:
    """Attributes of a creation: `resource_type`, and any of the eight optional ones, null and empty included."""

    def of_type(name: str) -> SearchStrategy[Attributes]:
        return st.fixed_dictionaries(
            {"resource_type": st.just(name)},
            optional={
                "format": formats,
                "includes": st.none() | selections.includes(of=name),
                "fields": st.none() | selections.fields(of=name),
                "filters": st.none() | selections.filters(of=name),
                "dry_data": st.none() | st.booleans(),
                "reference": references | st.sampled_from([None, ""]),
                "reference_origin": texts() | st.sampled_from([None, ""]),
                "metadata": st.none() | metadata,
            },
        )

    return resource_types.flatmap(of_type)


def creation_bodies(
    *,
    attributes: SearchStrategy[Attributes] = creation_attributes(),  # noqa: B008
) -> SearchStrategy[Body]:
    """Complete creation bodies: `attributes` in their JSON:API envelope."""
    return attributes.map(enveloped)
