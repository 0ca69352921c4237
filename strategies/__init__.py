"""Strategies: what a caller may say when creating an export, and every way to say it wrong; nothing here sends."""

from exports_conformance.strategies.bodies import DOCUMENTED, Body, creation_attributes, creation_bodies, enveloped
from exports_conformance.strategies.certainty import is_certain
from exports_conformance.strategies.intents import creation, refusal

__all__ = [
    "DOCUMENTED",
    "Body",
    "creation",
    "creation_attributes",
    "creation_bodies",
    "enveloped",
    "is_certain",
    "refusal",
]
