"""What a result means to a reader: the terminal's summary, a failure as it is read, and the page."""

from exports_conformance.reports.page import render, write
from exports_conformance.reports.safe_text import harmless, shortened
from exports_conformance.reports.terminal import failure, summary

__all__ = ["failure", "harmless", "render", "shortened", "summary", "write"]
