"""The flaws: every way to get a creation's body wrong that the suites send, each with a name and a requirement.

`document` has the flaws of the document and its resource object, `arguments` those of the attributes, `hostile` what
crashes careless parsers; `flaw` is what a flaw is.
"""

from exports_conformance.strategies.flaws.arguments import ARGUMENTS
from exports_conformance.strategies.flaws.document import (
    DOCUMENTS,
    READ_ONLY_ATTRIBUTES,
    RESOURCE_OBJECTS,
    UNREADABLE_DOCUMENTS,
)
from exports_conformance.strategies.flaws.flaw import Flaw, by_name
from exports_conformance.strategies.flaws.hostile import HOSTILE

FLAWS = by_name(
    (*UNREADABLE_DOCUMENTS, *DOCUMENTS, *RESOURCE_OBJECTS, *ARGUMENTS, *READ_ONLY_ATTRIBUTES, *HOSTILE),
)
"""Every flaw by its name, in the order of a document's parts."""

__all__ = ["FLAWS", "Flaw"]
