"""The flaws: every way to get a creation's body wrong that the suites ask about, each with its name."""

from exports_conformance.strategies.flaws import document, resource_object, arguments, read_only, hostile  # noqa: I001  in the document's order
from exports_conformance.strategies.flaws.flaw import FLAWS, Flaw

FAMILIES = (document, resource_object, arguments, read_only, hostile)
"""The modules whose flaws register as they are read, in the order of a document's parts."""

__all__ = ["FAMILIES", "FLAWS", "Flaw"]
