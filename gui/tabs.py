"""Panes that share one frame: their titles are tabs, their header widgets stand beside them.

Guarantees: a pane given back (`release`) is a framed pane again, with its own header; the chosen
tab is told by `chosen`, never for a tab that the program chose.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.pane import HEADER_PIXELS, ROUND_CORNER_PIXELS, Pane


class _Extras(QStackedWidget):
    """What stands beside the tabs: it asks for what the one in front needs, so that tabs are whole.

    A stack asks for what the widest of its pages would like.
    """

    def sizeHint(self) -> QSize:
        """Ask for no more than is needed; the layout gives it what is left over."""
        return QSize(self.minimumSizeHint().width(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Need what the page in front needs."""
        front = self.currentWidget()
        return QSize() if front is None else front.minimumSizeHint()


class TabbedPanes(QFrame):
    """A framed group of panes, one at a time.

    Signals:
        chosen: the name of the pane that a person brought to the front.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._panes: list[QWidget] = []
        self.setProperty("role", "pane")
        self.bar = QTabBar()
        self.bar.setFont(theme.title_font())
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideRight)
        self.bar.setAccessibleName("Panes")
        self._extras = _Extras()
        self._bodies = QStackedWidget()
        header = QFrame()
        header.setProperty("role", "header")
        header.setFixedHeight(HEADER_PIXELS)
        row = QHBoxLayout(header)
        row.setContentsMargins(11, 0, 12, 0)
        row.setSpacing(4)
        row.addWidget(self.bar)
        row.addWidget(self._extras, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 1, ROUND_CORNER_PIXELS)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(self._bodies, 1)
        self.bar.currentChanged.connect(self._show)
        self.bar.tabBarClicked.connect(self._tell)

    def add(self, name: str, title: str, pane: QWidget) -> None:
        """Add `pane` as the last tab."""
        extras = pane.lend_header() if isinstance(pane, Pane) else QWidget()
        self._names.append(name)
        self._panes.append(pane)
        self._extras.addWidget(extras)
        self._bodies.addWidget(pane)
        number = self.bar.addTab(title)
        self.bar.setTabToolTip(number, title)
        self.setAccessibleName(" and ".join(self._names))

    def raise_pane(self, name: str) -> bool:
        """Bring the pane to the front; False if it is not here."""
        if name not in self._names:
            return False
        self.bar.setCurrentIndex(self._names.index(name))
        return True

    def current(self) -> str:
        """Return the name of the pane in front."""
        return self._names[self.bar.currentIndex()]

    def release(self) -> None:
        """Give every pane its header back; the panes are to be taken elsewhere now."""
        for pane in self._panes:
            if isinstance(pane, Pane):
                pane.reclaim_header()

    def _show(self, number: int) -> None:
        self._extras.setCurrentIndex(number)
        self._extras.updateGeometry()
        self._bodies.setCurrentIndex(number)
        self.chosen.emit(self.current())

    def _tell(self, number: int) -> None:
        if number >= 0:
            self.chosen.emit(self._names[number])
