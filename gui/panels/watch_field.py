"""The field where a watch is typed, and the menu of all watches, for the value pane's header.

Why in the header: a watch is added while looking at the values. Guarantees: what cannot be
watched is refused with the sentence that says why, shown under the field and read out; nothing
typed is lost by a refusal.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, QStringListModel, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QWidget

from gui.theme import body_font
from gui.watch_list import WatchList

_WIDTH = 148
_NARROW = 84  # while nobody types into it, and there is little room
_NOTE_WIDTH = 340


class WatchField(QLineEdit):
    """Takes an expression and adds it to the watches.

    Attributes:
        note: the words under the field; hidden while there are none.
    """

    def __init__(self, watches: WatchList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watches = watches
        self._model = QStringListModel(self)
        completer = self._completer = QCompleter(self._model, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.setPlaceholderText("+ watch")
        self.setMinimumWidth(_NARROW)
        self.setMaximumWidth(_WIDTH)
        self.setProperty("compact", True)
        self.setFont(body_font(13))
        self.setAccessibleName("Add a watch")
        self.setAccessibleDescription(
            "A name, an attribute, len() of a container, or an entry by a constant key"
        )
        self.setToolTip('Watch a value: account.balance, len(buffer), stats["hits"]')
        self.note = QLabel("", self)
        self.note.setObjectName("watch note")
        self.note.setWordWrap(True)
        self.note.setMargin(8)
        self.note.setFont(body_font(13))
        self.note.setProperty("role", "note")
        self.note.hide()
        self.returnPressed.connect(self._add)
        self.textEdited.connect(self._edited)
        watches.refusal.connect(self.say)

    def sizeHint(self) -> QSize:
        """Ask for room for an expression."""
        return QSize(_WIDTH, super().sizeHint().height())

    def say(self, words: str) -> None:
        """Show *words* under the field, where a person can see it; '' hides them."""
        self._mark(wrong=bool(words))
        self.note.setText(words)
        self.note.setAccessibleName(words)
        self.setAccessibleDescription(words)
        if not words or not self.isVisible():
            self.note.hide()
            return
        window = self.window()
        if self.note.parentWidget() is not window:  # over the panes, not cut off by the header
            self.note.setParent(window)
        self.note.setFixedWidth(_NOTE_WIDTH)
        self.note.setFixedHeight(self.note.heightForWidth(_NOTE_WIDTH))
        corner = QPoint(self.width() - _NOTE_WIDTH, self.height() + 6)
        self.note.move(self.mapTo(window, corner))
        self.note.show()
        self.note.raise_()

    def _add(self) -> None:
        if self._watches.add(self.text()):
            # The completer writes what was chosen in it after this: clear behind it.
            QTimer.singleShot(0, self, self.clear)
            self.say("")

    def _edited(self, _: str) -> None:
        if self.note.text():
            self.say("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Offer what the script has now, with room to type."""
        self.setMinimumWidth(_WIDTH)
        self._model.setStringList(self._watches.suggestions())
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leave no note hanging over other panes."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.setMinimumWidth(_NARROW)
            self.say("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Offer all on Down; leave by Escape."""
        popup = self._completer.popup()
        if event.key() == Qt.Key.Key_Down and not (popup and popup.isVisible()):
            self._completer.setCompletionPrefix(self.text())
            self._completer.complete()
        elif event.key() == Qt.Key.Key_Escape and (self.text() or self.note.text()):
            self.clear()
            self.say("")
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Hide the note with the field."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self.say("")

    def _mark(self, *, wrong: bool) -> None:
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
