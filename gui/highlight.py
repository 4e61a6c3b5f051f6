"""The colours of Python code.

Why: Python's own tokenizer knows what a string is; patterns only guess. It runs once a script,
not once a line.

Guarantees: code that does not tokenize is coloured as far as it does; nothing is executed; words
keep a contrast of 4.5 on the pane in both themes.
"""

from __future__ import annotations

import functools
import io
import keyword
import tokenize
from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.theme import Theme, contrast, mix

Role = Literal["keyword", "string", "number", "comment", "name"]
_READABLE = 4.5
_NAMED = frozenset({"def", "class"})


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a line, and what they are."""

    start: int
    end: int
    role: Role


@functools.lru_cache(maxsize=2)  # the text that is read, and the same in the editor
def spans(text: str) -> dict[int, list[Span]]:
    """Return what to colour in each line of *text*, by line number from 1."""
    found: dict[int, list[Span]] = {}
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            role = _role(token, before)
            if role:
                _add(found, token, role)
            if token.type == tokenize.NAME:
                before = token.string
            elif token.type not in (tokenize.NL, tokenize.COMMENT):
                before = ""
    except (tokenize.TokenError, SyntaxError):
        pass  # what came before the fault keeps its colours
    return found


def _role(token: tokenize.TokenInfo, before: str) -> Role | None:
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return "keyword"
        return "name" if before in _NAMED else None
    if token.type == tokenize.NUMBER:
        return "number"
    if token.type == tokenize.COMMENT:
        return "comment"
    # From 3.12 on an f-string comes in parts: its start, its middles, its end.
    is_string = token.type == tokenize.STRING or tokenize.tok_name[token.type].startswith("FSTRING")
    return "string" if is_string else None


def _add(found: dict[int, list[Span]], token: tokenize.TokenInfo, role: Role) -> None:
    (first, start), (last, end) = token.start, token.end
    for line in range(first, last + 1):
        left = start if line == first else 0
        right = end if line == last else 1 << 20
        found.setdefault(line, []).append(Span(left, right, role))


def role_colors(theme: Theme) -> dict[Role, QColor]:
    """Return the colour of each role in *theme*."""
    return {
        "keyword": _readable(theme.accent, theme),
        "string": _readable(theme.ok, theme),
        "number": _readable(theme.other_wait, theme),
        "comment": theme.quiet,
        "name": theme.text,
    }


def _readable(color: QColor, theme: Theme) -> QColor:
    share = 1.0
    while share > 0 and contrast(mix(color, theme.text, share), theme.pane) < _READABLE:
        share -= 0.1
    return mix(color, theme.text, max(share, 0.0))


class Highlighter(QSyntaxHighlighter):
    """Colours one document from the spans of its text."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._spans: dict[int, list[Span]] = {}
        self._formats: dict[Role, QTextCharFormat] = {}
        self._dress(theme)

    def set_text(self, text: str) -> None:
        """Say which text the document is about to hold."""
        self._spans = spans(text)

    def code_end(self, line: int, text: str) -> int:
        """Return where the code of *line* (from 1), which reads *text*, ends: before a comment."""
        starts = [span.start for span in self._spans.get(line, ()) if span.role == "comment"]
        return len(text[: min(starts, default=len(text))].rstrip())

    def follow(self, text: str) -> None:
        """Colour everything anew: the document was changed, and holds *text* now."""
        self._spans = spans(text)
        self._anew()

    def set_theme(self, theme: Theme) -> None:
        """Colour everything anew."""
        self._dress(theme)
        self._anew()

    def _anew(self) -> None:
        # Laid out line by line, 5,000 lines take 7 seconds; all at once, 0.03.
        document = self.document()
        document.setLayoutEnabled(False)
        self.rehighlight()
        document.setLayoutEnabled(True)

    def _dress(self, theme: Theme) -> None:
        for role, color in role_colors(theme).items():
            form = QTextCharFormat()
            form.setForeground(color)
            self._formats[role] = form

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        for span in self._spans.get(self.currentBlock().blockNumber() + 1, ()):
            end = min(span.end, len(text))
            self.setFormat(span.start, end - span.start, self._formats[span.role])
