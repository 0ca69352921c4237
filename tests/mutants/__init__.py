"""Servers that break exactly one requirement each."""

from tests.mutants import acceptance, answers, echoes, ends, errors, files, life, lists, refusals
from tests.mutants.mutant import MUTANTS, Mutant

FAMILIES = (acceptance, answers, echoes, ends, errors, files, life, lists, refusals)
"""The modules whose mutants register as they are read."""

__all__ = ["FAMILIES", "MUTANTS", "Mutant"]
