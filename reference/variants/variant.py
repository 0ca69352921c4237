"""What a variant of the reference is, and the decorators that declare one from a function."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any

from exports_conformance.reference.messages import Middleware, ServerRequest
from exports_conformance.reference.organisation import Clock, Organisation


@dataclass(frozen=True, slots=True)
class Internals:
    """The parts of a running reference that a stateful variant works with.

    Hold `lock` while the organisation changes. `time_scale` divides every duration. `limits` returns the rate limit
    headers of the response to a request.
    """

    organisation: Organisation
    clock: Clock
    lock: AbstractContextManager[object]
    time_scale: float
    limits: Callable[[ServerRequest], tuple[tuple[str, str], ...]]


MakeMiddleware = Callable[[Internals], Middleware]


@dataclass(frozen=True, slots=True)
class Variant:
    """A conforming server that uses a freedom of the documentation, or runs in a difficult environment.

    `policy` changes members of the reference's `Policy`. `middleware` edits requests or responses;
    `make_middleware` makes one for each reference, so that it can have state and reach the reference's parts. `advice`
    names the recommendations that it does not follow.
    """

    name: str
    summary: str
    policy: Mapping[str, Any] = field(default_factory=dict)
    middleware: Middleware | None = None
    make_middleware: MakeMiddleware | None = None
    advice: tuple[str, ...] = ()


def stateless(middleware: Middleware, *, advice: tuple[str, ...] = ()) -> Variant:
    """Declare a variant from a middleware; its name is the function's, its summary the docstring."""
    return Variant(_name(middleware), getdoc(middleware) or "", middleware=middleware, advice=advice)


def stateful(make_middleware: MakeMiddleware) -> Variant:
    """Declare a variant from a function that makes its middleware; name and summary as with `stateless`."""
    return Variant(_name(make_middleware), getdoc(make_middleware) or "", make_middleware=make_middleware)


def declared(module: Mapping[str, object]) -> list[Variant]:
    """Return the variants among the members of a module, in the order of their definition."""
    return [value for value in module.values() if isinstance(value, Variant)]


def _name(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", "-")
