"""Servers that break exactly one requirement each, one family a module."""

from tests.mutants import (
    acceptance,
    answers,
    combinations,
    echoes,
    ends,
    errors,
    files,
    leniency,
    life,
    lists,
    refusals,
    selections,
    stories,
    texts,
)
from tests.mutants.mutant import MUTANTS, Mutant

FAMILIES = (
    acceptance,
    answers,
    combinations,
    echoes,
    ends,
    errors,
    files,
    leniency,
    life,
    lists,
    refusals,
    selections,
    stories,
    texts,
)
"""The modules whose mutants register as they are read."""

__all__ = ["FAMILIES", "MUTANTS", "Mutant"]
