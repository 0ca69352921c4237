"""The reference endpoint: an exports API that keeps every documented promise, and variants that use its freedoms."""

from exports_conformance.reference.app import Reference
from exports_conformance.reference.clock import Clock
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.responses import Ask, Middleware, Respond, Response
from exports_conformance.reference.server import serving
from exports_conformance.reference.variants import VARIANTS, Variant

__all__ = [
    "VARIANTS",
    "Ask",
    "Clock",
    "Middleware",
    "Organisation",
    "Reference",
    "Respond",
    "Response",
    "Variant",
    "serving",
]
