"""Editions of the documentation: the page's, and what later schemas add to it, drop from it and close in it."""

from exports_conformance.contract.editions.changes import Change, Edition, changes, closed, closing, explanation

__all__ = ["Change", "Edition", "changes", "closed", "closing", "explanation"]
