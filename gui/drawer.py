"""The side column of a narrow window: a strip of icons, and the pane that opens over the rest.

Guarantees: at most one pane is open; Esc, a click elsewhere and a second click on its icon close
it; the pane is only borrowed, and can be taken back at any time.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import icons, theme

STRIP_PIXELS = 48
DRAWER_PIXELS = 288
DRAWER_GAP = 10


class Strip(QFrame):
    """The icons, one for each folded pane.

    Signals:
        clicked: the name of the pane whose icon was clicked.
    """

    clicked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[str, QToolButton] = {}
        self._icons: dict[str, str] = {}
        self.setProperty("role", "strip")
        self.setFixedWidth(STRIP_PIXELS)
        self.setAccessibleName("Folded panes")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 7, 6, 7)
        self._column.setSpacing(6)
        self._column.addStretch(1)
        theme.notifier().changed.connect(self._dress)

    def set_panes(self, panes: list[tuple[str, str, str]]) -> None:
        """Show a button for each (name, title, icon)."""
        for button in self._buttons.values():
            button.hide()  # deleted only when the event loop comes round
            button.deleteLater()
        self._buttons, self._icons = {}, {}
        for number, (name, title, icon) in enumerate(panes):
            button = QToolButton()
            button.setCheckable(True)
            button.setProperty("compact", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(title)
            button.setToolTip(f"{title} (opens over the other panes)")
            button.clicked.connect(lambda _, name=name: self.clicked.emit(name))
            self._column.insertWidget(number, button)
            self._buttons[name], self._icons[name] = button, icon
        self._dress()

    def button(self, name: str) -> QToolButton:
        """Return the button of a pane."""
        return self._buttons[name]

    def show_open(self, name: str | None) -> None:
        """Show which pane is open."""
        for each, button in self._buttons.items():
            button.setChecked(each == name)

    def _dress(self) -> None:
        tokens = theme.current()
        for name, button in self._buttons.items():
            button.setIcon(icons.icon(self._icons[name], tokens.text, checked=tokens.on_accent))
            button.setIconSize(QSize(icons.SIDE, icons.SIDE))


class Drawer(QFrame):
    """The place over the other panes where a folded pane opens.

    Signals:
        closed: it closed, whoever did it.
    """

    closed = Signal()

    def __init__(self, parent: QWidget, strip: Strip) -> None:
        super().__init__(parent)
        self._ground = parent
        self._strip = strip
        self.name: str | None = None
        self._column = QVBoxLayout(self)
        # The window's colour around it sets the pane apart from what it covers.
        self._column.setContentsMargins(DRAWER_GAP, 0, DRAWER_GAP, 0)
        self.setProperty("role", "drawer")
        self.setAccessibleName("Open pane")
        self.hide()

    def open(self, name: str, pane: QWidget) -> None:
        """Show `pane` over the others, and give it the keyboard."""
        self.shut()
        self.name = name
        self._column.addWidget(pane)
        pane.show()
        self.place()
        self.show()
        self.raise_()
        self._strip.show_open(name)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._focus_first(pane)

    def shut(self) -> None:
        """Close; the pane waits, hidden, to be taken elsewhere or opened again."""
        if self.name is None:
            return
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.name = None
        item = self._column.takeAt(0)
        pane = item.widget() if item is not None else None
        if pane is not None:
            pane.hide()
            pane.setParent(self._ground)
        self.hide()
        self._strip.show_open(None)
        self.closed.emit()

    def place(self) -> None:
        """Stand beside the strip, as high as it."""
        corner = self._strip.mapTo(self._ground, QPoint(STRIP_PIXELS, 0))
        wide = DRAWER_PIXELS + 2 * DRAWER_GAP
        self.setGeometry(corner.x(), corner.y(), wide, self._strip.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close at a press anywhere else in the window."""
        if event.type() is QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            inside = watched is self or self.isAncestorOf(watched)
            on_strip = watched is self._strip or self._strip.isAncestorOf(watched)
            if not inside and not on_strip and watched.window() is self.window():
                self.shut()
        return False

    def event(self, event: QEvent) -> bool:
        """Take Esc before it is a shortcut: here it closes, and must not stop the run."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a press that nobody wanted: passed on to what lies below, it would close this."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close at Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        else:
            super().keyPressEvent(event)

    def _focus_first(self, pane: QWidget) -> None:
        strong = Qt.FocusPolicy.StrongFocus
        for child in pane.findChildren(QWidget):
            if child.focusPolicy() & strong == strong and child.isVisibleTo(self):
                child.setFocus(Qt.FocusReason.PopupFocusReason)
                return
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus(Qt.FocusReason.PopupFocusReason)
