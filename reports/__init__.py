"""What a result means to a reader: the terminal's summary, a failure as it is read, the pages, and what CI shows."""

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports.page import render
from exports_conformance.reports.site import write
from exports_conformance.reports.terminal import failure, summary

__all__ = ["failure", "harmless", "render", "shortened", "summary", "write"]
