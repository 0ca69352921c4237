"""The reference endpoint: an exports API that keeps every documented promise, and variants that use its freedoms."""

from exports_conformance.endpoints.reference.answers import Answer, Ask, Middleware, Respond
from exports_conformance.endpoints.reference.app import Reference
from exports_conformance.endpoints.reference.clock import Clock
from exports_conformance.endpoints.reference.organisation import Organisation
from exports_conformance.endpoints.reference.server import serving
from exports_conformance.endpoints.reference.variants import VARIANTS, Variant

__all__ = [
    "VARIANTS",
    "Answer",
    "Ask",
    "Clock",
    "Middleware",
    "Organisation",
    "Reference",
    "Respond",
    "Variant",
    "serving",
]
