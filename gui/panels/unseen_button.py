"""A button that says how many lines may store a watched value unseen, and lists them.

Why: a curve is only as honest as what the probes see; a person must find what they do not.
Guarantees: it is there only while there is such a line.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gui.theme import body_font
from gui.watch_list import WatchList

MOST = 20


class UnseenButton(QToolButton):
    """The button.

    Signals:
        line_asked(int): a line is to be shown in the code.
    """

    line_asked = Signal(int)

    def __init__(self, watches: WatchList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watches = watches
        self.setProperty("role", "quiet")
        self.setFont(body_font(13))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._list = QMenu(self)
        self.setMenu(self._list)
        watches.changed.connect(self._update)
        self._update()

    def lines(self) -> list[str]:
        """Return what the menu says."""
        return [action.text() for action in self._list.actions()]

    def _update(self) -> None:
        found = self._watches.unseen()
        self.setVisible(bool(found))
        count = f"{len(found)} unseen"
        words = (
            "Lines that may store a watched value without being recorded: "
            "its curve may be wrong from there on"
        )
        self.setText(count)
        self.setToolTip(words)
        self.setAccessibleName(f"{count}: {words}")
        self._list.clear()
        for each in found[:MOST]:
            words = f"Line {each.line}: {each.reason}".replace("&", "&&")
            self._list.addAction(words, partial(self.line_asked.emit, each.line))
        if len(found) > MOST:
            self._list.addAction(f"… and {len(found) - MOST} more").setEnabled(False)
