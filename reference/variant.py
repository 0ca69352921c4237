"""What a variant is, and the register of all of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from inspect import getdoc, signature
from typing import TypeVar

from exports_conformance.reference.clock import Clock
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.policy import Policy
from exports_conformance.reference.responses import Ask, Middleware


@dataclass(frozen=True, slots=True)
class Scene:
    """Where weather happens: an organisation, its clock, the lock of its state, and the pace of its time.

    `limits` gives the rate limit headers of an answer to a request.
    """

    organisation: Organisation
    clock: Clock
    lock: AbstractContextManager[object]
    time_scale: float
    limits: Callable[[Ask], tuple[tuple[str, str], ...]]


Choose = Callable[[Policy], Policy]
Stage = Callable[[Scene], Middleware]
Function = TypeVar("Function", bound=Callable[..., object])

REGISTERED: dict[str, "Variant"] = {}


@dataclass(frozen=True, slots=True)
class Variant:
    """A conforming server that uses a freedom of the documentation, or stands in bad weather.

    It has another policy, or a middleware; one with a memory is made for each reference, by `stage`.
    """

    name: str
    summary: str
    choose: Choose | None = None
    middleware: Middleware | None = None
    stage: Stage | None = None


def variant(function: Function) -> Function:
    """Register a variant: a function of a policy, of a scene, or a middleware; its docstring is its documentation."""
    name = function.__name__.replace("_", "-")
    part = {"policy": "choose", "scene": "stage"}.get(next(iter(signature(function).parameters)), "middleware")
    REGISTERED[name] = Variant(name, getdoc(function) or "", **{part: function})  # type: ignore[arg-type]  # as it is
    return function
