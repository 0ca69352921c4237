"""Servers with faults that people reported of other services in public, one family of faults a module.

Decision: docs/decisions/0085-servers-with-reported-faults.md.
"""

from tests.outside import answers, changes, combinations, csv_files, filters, json_files, luck, requests, stories, texts
from tests.outside.server import FAMILIES, OUTSIDE, Outside

MODULES = (filters, csv_files, json_files, texts, changes, requests, stories, answers, combinations, luck)
"""The modules whose servers register as they are read."""

__all__ = ["FAMILIES", "MODULES", "OUTSIDE", "Outside"]
