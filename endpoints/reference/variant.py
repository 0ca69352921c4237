"""What a variant is, and the register of all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc, signature
from typing import TypeVar

from exports_conformance.endpoints.reference.answers import Middleware
from exports_conformance.endpoints.reference.policy import Policy

Choose = Callable[[Policy], Policy]
Function = TypeVar("Function", bound=Callable[..., object])

REGISTERED: dict[str, "Variant"] = {}


@dataclass(frozen=True, slots=True)
class Variant:
    """A conforming server that uses a freedom of the documentation: by another policy, or by a middleware."""

    name: str
    summary: str
    choose: Choose | None = None
    middleware: Middleware | None = None


def variant(function: Function) -> Function:
    """Register a variant: a function of a policy, or a middleware; its docstring is its documentation."""
    name = function.__name__.replace("_", "-")
    chooses = list(signature(function).parameters) == ["policy"]
    part = {"choose" if chooses else "middleware": function}
    REGISTERED[name] = Variant(name, getdoc(function) or "", **part)  # type: ignore[arg-type]  # one of the two
    return function
