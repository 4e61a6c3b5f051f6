"""The story view: what happened, in sentences, and what to make of it.

Why: the lanes show that three threads waited; the story says for what, and what to do next. A
finding (a deadlock, an update that got lost, an exception) is a banner here with the next action
as a button, not a dialog that stands in the way.

Guarantees: a function of `(trace, t)` and the findings given; the newest moment stands at the
bottom; no more than `LIMIT` sentences are ever laid out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from engine.sentences import Part, called
from engine.story import Moment, Sentence, story_at
from engine.trace import Trace
from gui.cursor import Cursor
from gui.flow_text import FlowText, Paragraph, Run
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, body_font, mix

TITLE = "Story"
SUBTITLE = "what happened, in order"
LIMIT = 60  # sentences

Tone = Literal["bad", "good", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run showed: *parts* are its words, *actions* pairs of (button's words, id)."""

    tone: Tone
    parts: tuple[Part, ...]
    actions: tuple[tuple[str, str], ...] = ()


class Banner(QFrame):
    """One finding.

    Signals:
        action(str): a button was pressed; its id.
    """

    action = Signal(str)

    def __init__(self, finding: Finding, theme: Theme) -> None:
        super().__init__()
        self.finding = finding
        self._words = _WholeLabel(_rich(finding.parts))
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._words.setWordWrap(True)
        self._words.setFont(body_font())
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        plain = "".join(part.text for part in finding.parts)
        self._words.setAccessibleName(plain)
        self.setAccessibleName(plain)
        self.setObjectName("banner")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addWidget(self._words)
        if finding.actions:
            row = QHBoxLayout()
            row.setSpacing(8)
            for label, name in finding.actions:
                button = QPushButton(label)
                button.clicked.connect(partial(self._pressed, name))
                row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        edge = {"bad": theme.lock_wait, "good": theme.running, "note": theme.accent}[
            self.finding.tone
        ]
        back = mix(edge, theme.pane, 0.16 if theme.is_dark else 0.09)
        self.setStyleSheet(
            f"#banner {{ background: {back.name()}; border: 1px solid {edge.name()};"
            " border-radius: 8px; }"
        )

    def _pressed(self, name: str) -> None:
        self.action.emit(name)


class _WholeLabel(QLabel):
    """Words that wrap and are never cut: what stands below gives way, and scrolls."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the words need at this width."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))


class StoryView(QWidget):
    """Findings above, the moments below.

    Signals:
        action(str): a button of a finding was pressed; its id.
    """

    action = Signal(str)

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._selection = selection
        self._banners: list[Banner] = []
        self._findings: list[Finding] = []
        self._note = EmptyNote("Nothing has happened yet.", "Press Run.")
        self._text = FlowText(theme)
        self._text.setAccessibleName(TITLE)
        self._head = QVBoxLayout()
        self._head.setContentsMargins(14, 0, 14, 0)
        self._head.setSpacing(8)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._note)
        self._pages.addWidget(self._text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addLayout(self._pages, 1)
        self.setAccessibleName(TITLE)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Tell the story of *trace* up to *t* (ns)."""
        moments = story_at(trace, t, LIMIT)
        self._text.show_paragraphs(_paragraphs(trace, moments))
        self._pages.setCurrentIndex(1 if moments else 0)
        if len(trace):
            self._note.say("Nothing has happened yet at this moment.", "Move the cursor on.")
        else:
            self._note.say("Nothing has happened yet.", "Press Run.")

    def set_findings(self, findings: Sequence[Finding]) -> None:
        """Show *findings* above the story, and no others."""
        if list(findings) == self._findings:
            return
        for banner in self._banners:
            self._head.removeWidget(banner)
            banner.deleteLater()
        self._findings = list(findings)
        self._banners = [Banner(finding, self._theme) for finding in findings]
        self._head.setContentsMargins(14, *((12, 14, 4) if findings else (0, 14, 0)))
        for banner in self._banners:
            banner.action.connect(self.action)
            self._head.addWidget(banner)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self._text.set_theme(theme)
        for banner in self._banners:
            banner.set_theme(theme)

    def plain_text(self) -> str:
        """Return what is shown, with names for chips."""
        return self._text.plain_text()

    def sizeHint(self) -> QSize:
        """Ask for ten sentences."""
        return QSize(500, 260)


def _paragraphs(trace: Trace, moments: Sequence[Moment]) -> list[Paragraph]:
    found: list[Paragraph] = []
    for moment in moments:
        found.append((Run(moment.label, quiet=True),))
        if moment.folded:
            steps = "step is" if moment.folded == 1 else "steps are"
            many = "At least " if moment.is_cut else ""
            words = f"{many}{moment.folded} earlier {steps} folded"
            found.append((Run(words, quiet=True), Run("")))
        found.extend(_paragraph(trace, sentence) for sentence in moment.sentences)
    return found


def _paragraph(trace: Trace, sentence: Sentence) -> Paragraph:
    runs = [Run(called(trace, lane), thread=lane) for lane in sentence.threads]
    if runs:
        runs.append(Run(" "))
    for part in sentence.parts:
        if part.thread is not None:
            runs.append(Run(called(trace, part.thread), thread=part.thread))
        else:
            runs.append(Run(part.text, bold=part.bold, bad=sentence.bad))
    return tuple(runs)


def _rich(parts: Sequence[Part]) -> str:
    """Return *parts* as rich text; what a script named itself cannot become markup."""
    return "".join(
        f"<b>{_escaped(part.text)}</b>" if part.bold else _escaped(part.text) for part in parts
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
