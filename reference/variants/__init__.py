"""The variants of the reference: each conforms, and uses another freedom that the documentation leaves.

- `forms` write the same response in another documented form, such as times with an offset, or put the reference in a
  difficult environment: latency, firewalls, other people's exports
- `freedoms` decide otherwise where the documentation is silent, such as which status refuses a body, or choose another
  policy, such as a slower pace
- `rails` behave as the vendor's framework does by itself; `ruby`: how that reads and stores documents and values

`variant` is what a variant consists of.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from exports_conformance.reference.messages import Middleware
from exports_conformance.reference.policy import Policy
from exports_conformance.reference.variants import forms, freedoms
from exports_conformance.reference.variants.freedoms import POLICIES
from exports_conformance.reference.variants.rails import RAILS
from exports_conformance.reference.variants.variant import Internals, Variant, declared

__all__ = ["VARIANTS", "Internals", "UnknownVariantError", "Variant", "combined"]

_DECLARED = [variant for module in (forms, freedoms) for variant in declared(vars(module))]

VARIANTS: Mapping[str, Variant] = {variant.name: variant for variant in (*POLICIES, *_DECLARED, *RAILS)}


class UnknownVariantError(ValueError):
    """No variant has this name; the message lists those that exist."""


def combined(names: Iterable[str], policy: Policy) -> tuple[Policy, Callable[[Internals], list[Middleware]]]:
    """Return the policy that the named variants have together, and a function that makes their middlewares.

    The first named is the outermost middleware; of two that change the same member of the policy, the last wins.
    Raises `UnknownVariantError`.
    """
    picked = []
    for name in names:
        if name not in VARIANTS:
            raise UnknownVariantError(f'there is no variant "{name}"; use one of {", ".join(sorted(VARIANTS))}')
        picked.append(VARIANTS[name])
        policy = replace(policy, **VARIANTS[name].policy)

    def make_middlewares(internals: Internals) -> list[Middleware]:
        made = [each.make_middleware(internals) if each.make_middleware else each.middleware for each in picked]
        return [middleware for middleware in made if middleware]

    return policy, make_middlewares
