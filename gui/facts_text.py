"""Facts on the screen: what each is called, and words that lead on.

Why: a text widget gives wrapping, selection, copying, screen readers, and links that the Tab key
walks, for nothing. Guarantees: it is written anew only when the facts differ, and stays where a
person scrolled to and at the link that has the keyboard; nothing that a script named can become
markup; nothing is ever loaded from anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote, unquote

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPixmap, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from gui.chips import CHIP, chip_pixmap
from gui.facts import Fact, Piece
from gui.theme import Theme, body_font, code_font

_CHIP = "chip"


class FactsText(QTextBrowser):
    """Facts.

    Signals:
        asked(str): a person has followed a link; what it leads to.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.facts: tuple[Fact, ...] = ()
        self._chips: dict[tuple[int, float], QPixmap] = {}
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(self.wordWrapMode().WrapAtWordBoundaryOrAnywhere)
        self.setFont(body_font(13))
        self.document().setDocumentMargin(10)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Details of what is chosen")
        self.anchorClicked.connect(self._follow)
        self.set_theme(theme)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show *facts*."""
        if tuple(facts) != self.facts:
            self.facts = tuple(facts)
            self._write()

    def set_theme(self, theme: Theme) -> None:
        """Write everything anew in *theme*."""
        self._theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, theme.text)
        palette.setColor(QPalette.ColorRole.Base, theme.pane)
        palette.setColor(QPalette.ColorRole.Link, theme.accent)
        self.setPalette(palette)
        self._chips = {}
        self._write()

    def loadResource(self, type: int, name: QUrl | str) -> Any:  # noqa: A002 - Qt's own name
        """Draw a chip; there is nothing else to load."""
        number = QUrl(name).toString().removeprefix(f"{_CHIP}:")
        if type != QTextDocument.ResourceType.ImageResource.value or not number.isdigit():
            return None
        key = int(number), self.devicePixelRatioF()
        if key not in self._chips:
            self._chips[key] = chip_pixmap(self._theme, key[0], CHIP - 4, key[1])
        return self._chips[key]

    def plain_text(self) -> str:
        """Return the facts, one a line."""
        return "\n".join(f"{fact.label}: {fact.text}" for fact in self.facts)

    def sizeHint(self) -> QSize:
        """Ask for a dozen lines."""
        return QSize(400, 240)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show where the keyboard is."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.accent, 2))
            painter.drawRoundedRect(self.viewport().rect().adjusted(1, 1, -1, -1), 6, 6)
            painter.end()

    def _follow(self, url: QUrl) -> None:
        self.asked.emit(unquote(url.toString(QUrl.ComponentFormattingOption.FullyEncoded)))

    def _write(self) -> None:
        bar = self.verticalScrollBar()
        place, was = bar.value(), self.textCursor()
        kept = (was.anchor(), was.position()) if was.hasSelection() else None
        link = was.charFormat().anchorHref() if kept else ""
        # Laid out once, at the end: that halves the time.
        self.document().setLayoutEnabled(False)
        self.setHtml(self._html())
        self.document().setLayoutEnabled(True)
        bar.setValue(min(place, bar.maximum()))
        if kept is not None and max(kept) < self.document().characterCount():
            now = QTextCursor(self.document())
            now.setPosition(kept[0])
            now.setPosition(kept[1], QTextCursor.MoveMode.KeepAnchor)
            if now.charFormat().anchorHref() == link:
                self.setTextCursor(now)

    def _html(self) -> str:
        quiet = self._theme.quiet.name()
        rows = [
            f'<tr><td style="color:{quiet}; padding:3px 14px 3px 0;">'
            f"{escape(fact.label).replace(' ', '&nbsp;')}</td>"
            f'<td style="padding:3px 0;">{"".join(map(self._piece, fact.pieces))}</td></tr>'
            for fact in self.facts
        ]
        return f'<table cellspacing="0" cellpadding="0" width="100%">{"".join(rows)}</table>'

    def _piece(self, piece: Piece) -> str:
        text = escape(piece.text).replace("\n", "<br>").replace("  ", "&nbsp; ")
        if piece.code:
            family = code_font().family()
            text = f"<span style=\"font-family:'{escape(family)}'; font-size:12px;\">{text}</span>"
        if piece.quiet:
            text = f'<span style="color:{self._theme.quiet.name()};">{text}</span>'
        if piece.link:
            color = self._theme.accent.name()
            style = f"color:{color}; text-decoration:none;"
            text = f'<a href="{quote(piece.link, safe=":/")}" style="{style}">{text}</a>'
        if piece.thread is not None:
            side = CHIP - 4
            image = f'<img src="{_CHIP}:{piece.thread}" width="{side}" height="{side}"'
            text = f'{image} style="vertical-align:middle;">&nbsp;{text}'
        return text
