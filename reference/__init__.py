"""The reference: an exports API that keeps every documented promise, to be served, tested against, and varied.

`Reference` is the application (WSGI), `server` puts it on a port of loopback, and
`exports_conformance.reference.pytest_plugin` serves it to a test. It stands on its own: of this project it imports the
contract's data and the plain types of an exchange.

A request comes in through `app`, which routes it and applies what holds for every request:

- `messages`: requests and responses as values, their WSGI form, and the middlewares around them
- `checks`: access tokens, media types and document; the documented errors

An operation works with the state:

- `operations`, `lists`: create, retrieve, update, delete, and the resource objects that they show; lists of all
  resources
- `call`, `values`: the request's parameters and the resource in each edition; the values of a creation
- `selection`: the filter predicates, and which records a creation's filters select
- `organisation`, `files`: the time, which a test may set; records; how an export proceeds; what its file holds
- `policy`: what the reference chooses where the documentation leaves a choice

`variants` has the servers that conform and choose otherwise; docs/variants.md lists them.

Decision: docs/decisions/0005-choices-of-the-reference.md.
"""

from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Clock, Organisation
from exports_conformance.reference.server import serving
from exports_conformance.reference.variants import VARIANTS, Variant

__all__ = [
    "VARIANTS",
    "Clock",
    "Middleware",
    "Organisation",
    "Reference",
    "Respond",
    "ServerRequest",
    "ServerResponse",
    "Variant",
    "serving",
]
