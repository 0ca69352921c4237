"""Tests of drift: what is read, what is compared, what is accepted."""
