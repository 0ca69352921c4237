"""The variants of the reference, by name: all conform, each in another of the ways or weathers that there are."""

from collections.abc import Callable, Iterable, Mapping

from exports_conformance.reference import choices, disguises, environment, liberties
from exports_conformance.reference.policy import Policy
from exports_conformance.reference.responses import Middleware
from exports_conformance.reference.variant import REGISTERED, Scene, Variant, variant

__all__ = ["VARIANTS", "UnknownVariantError", "Variant", "chosen", "variant"]

SOURCES = (choices, disguises, liberties, environment)
"""The modules whose import registers the variants."""

VARIANTS: Mapping[str, Variant] = REGISTERED


class UnknownVariantError(ValueError):
    """No variant has this name."""


def chosen(names: Iterable[str], policy: Policy) -> tuple[Policy, Callable[[Scene], list[Middleware]]]:
    """Give the policy of variants together, and who makes their middlewares, the first named outermost."""
    picked = []
    for name in names:
        if name not in VARIANTS:
            raise UnknownVariantError(f'there is no variant "{name}"; there are {", ".join(sorted(VARIANTS))}')
        picked.append(VARIANTS[name])
        choose = VARIANTS[name].choose
        policy = choose(policy) if choose else policy

    def around(scene: Scene) -> list[Middleware]:
        made = [each.stage(scene) if each.stage else each.middleware for each in picked]
        return [middleware for middleware in made if middleware]

    return policy, around
