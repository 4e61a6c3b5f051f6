"""What may be wrong with a run's file, in words for a person."""

from __future__ import annotations


class RunFileError(ValueError):
    """A file that cannot be opened or saved; the text says why and what to do."""


class Damaged(Exception):
    """A part of a file that cannot be read, while the others may be."""
