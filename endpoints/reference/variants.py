"""The variants of the reference, by name: all conform, each uses another freedom of the documentation."""

from collections.abc import Iterable, Mapping

from exports_conformance.endpoints.reference import choices, disguises, liberties
from exports_conformance.endpoints.reference.answers import Middleware
from exports_conformance.endpoints.reference.policy import Policy
from exports_conformance.endpoints.reference.variant import REGISTERED, Variant, variant

__all__ = ["VARIANTS", "UnknownVariantError", "Variant", "chosen", "variant"]

SOURCES = (choices, disguises, liberties)
"""The modules whose import registers the variants."""

VARIANTS: Mapping[str, Variant] = REGISTERED


class UnknownVariantError(ValueError):
    """No variant has this name."""


def chosen(names: Iterable[str], policy: Policy) -> tuple[Policy, list[Middleware]]:
    """Give the policy and the middlewares of variants together, the first named outermost."""
    middlewares = []
    for name in names:
        if name not in VARIANTS:
            raise UnknownVariantError(f'there is no variant "{name}"; there are {", ".join(sorted(VARIANTS))}')
        picked = VARIANTS[name]
        policy = picked.choose(policy) if picked.choose else policy
        middlewares += [picked.middleware] if picked.middleware else []
    return policy, middlewares
