"""Strategies: what a caller may say when creating an export, and every way to say it wrong; nothing here sends."""
