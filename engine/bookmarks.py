"""A moment of a run that a person marked, with a note.

Why: what was found in a run is worth finding again, also by somebody else who opens its file.
Guarantees: a note is one line of text and nothing else, however it came here: what would start a
new line, or turn the direction of reading, or move a terminal's cursor, is a space.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

MOST = 1_000
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True, order=True)
class Bookmark:
    """A mark at *time* (ns since the run's start) with a *note*, which may be empty."""

    time: int
    note: str = ""


def note_of(text: str) -> str:
    """Return *text* as a note: one line, without what cannot be seen, at most `LONGEST_NOTE`."""
    # "C": controls, what only changes how its neighbours are shown, and what is no character.
    seen = (" " if unicodedata.category(c)[0] == "C" else c for c in text[: 4 * LONGEST_NOTE])
    return " ".join("".join(seen).split())[:LONGEST_NOTE].rstrip()
