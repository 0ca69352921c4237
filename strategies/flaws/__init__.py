"""The flaws: every way to get a creation's body wrong that the suites send, each with a name and a requirement.

`document` has the flaws of the document and its resource object, and what crashes careless parsers; `arguments` has
those of the attributes; `flaw` is what a flaw is.

Decision: docs/decisions/0003-flaws-in-a-minimal-body.md.
"""

from exports_conformance.strategies.flaws.arguments import ARGUMENT_FLAWS
from exports_conformance.strategies.flaws.document import (
    DOCUMENT_FLAWS,
    HOSTILE_FLAWS,
    READ_ONLY_FLAWS,
    RESOURCE_OBJECT_FLAWS,
    UNREADABLE_FLAWS,
)
from exports_conformance.strategies.flaws.flaw import Flaw, by_name

FLAWS = by_name(
    (*UNREADABLE_FLAWS, *DOCUMENT_FLAWS, *RESOURCE_OBJECT_FLAWS, *ARGUMENT_FLAWS, *READ_ONLY_FLAWS, *HOSTILE_FLAWS),
)
"""Every flaw by its name, in the order of a document's parts."""

__all__ = ["FLAWS", "Flaw"]
