"""Errors whose text is a sentence that a person can act on: programs print it and nothing else."""

from __future__ import annotations


class SentenceError(Exception):
    """The base of Ronda's own refusals. A command prints the text and exits with 1."""


class WireError(SentenceError, ValueError):
    """A message that cannot be understood, or that exceeds a bound."""


class UnknownMessage(WireError):
    """Well-formed, but of a type that this version does not know; a listener skips it."""
