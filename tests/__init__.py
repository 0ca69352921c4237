"""Tests of all this."""
