"""A window with every panel and placeholder panes, and a look for words that have no room.

Started as a program it prints what is clipped at a size: the scale of the screen is fixed when Qt
starts, so another scale needs another process.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from engine.scenario import Parameter
from gui import theme
from gui.arrangement import NAMES, SIDE
from gui.layout import TITLES, Workspace
from gui.pane import ElidedLabel, EmptyNote, Pane
from gui.panels.gallery import Gallery
from gui.panels.number_field import NumberField
from gui.panels.parameters import Parameters
from gui.panels.transport import Transport, TransportState
from gui.status import StatusBar

PARAMETERS = (
    Parameter("THREADS", "int", 5, 1, 64, "threads", help="how many", line=3, title="Threads"),
    Parameter("TASK_SECONDS", "float", 0.2, 0, 10, "s", line=4, title="Task duration"),
    Parameter("USE_LOCK", "bool", True, line=5, title="Use the lock"),
    Parameter("MODE", "str", "both", choices=("threads", "both"), line=6),
    Parameter("GREETING", "str", "hello", line=7),
    Parameter("HUGE", "int", 10**30, line=8),
)


@dataclass(frozen=True)
class Entry:
    """A scenario, as far as the gallery knows one."""

    id: str
    title: str
    summary: str
    group: str


ENTRIES = (
    Entry("start", "Start and join", "Main and a worker count side by side", "Threading basics"),
    Entry("lost", "Lost update", "Five threads, no lock: counts disappear", "Races and locks"),
    Entry("lock", "Lock", "One at a time: acquire, release", "Races and locks"),
    Entry("pool", "ThreadPoolExecutor", "5 tasks, 3 workers", "Pools"),
)
MINE = Entry("/home/me/mine.py", "mine.py", "", "")


class Shell(QWidget):
    """The window's parts, composed as the window does."""

    def __init__(self) -> None:
        super().__init__()
        self.gallery, self.parameters = Gallery(), Parameters()
        self.gallery.set_scenarios(ENTRIES)
        self.gallery.select("lock")
        self.parameters.set_parameters(PARAMETERS, {})
        self.panes: dict[str, QWidget] = {"gallery": self.gallery, "parameters": self.parameters}
        for name in NAMES:
            if name not in SIDE:
                note = EmptyNote("Nothing has run yet.", "Run the script to see it.")
                self.panes[name] = Pane(TITLES[name], "who holds, who waits", note)
        self.transport, self.status = Transport(), StatusBar()
        self.transport.set_title("A scenario with a rather long title")
        self.transport.interpreter_button.set_interpreter(
            "Python 3.13 · free-threaded", "3.13t", ""
        )
        self.transport.fit()
        self.transport.set_badge("FREE RUN · replay at 12.62 s")
        self.status.set_figures([("elapsed", "0.62 s"), ("events", "148"), ("lost updates", "0")])
        self.status.set_verdict("deadlock: 2 threads, 2 locks", "bad")
        self.workspace = Workspace(self.panes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.workspace, 1)
        column.addWidget(self.status)


def clipped(window: QWidget) -> list[str]:
    """Name every visible widget below `window` that has less room than its words need."""
    return [
        f"{type(widget).__name__} {_words(widget)!r}: {widget.size().toTuple()}"
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and (_too_small(widget) or _outside(widget))
    ]


def _words(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def _too_small(widget: QWidget) -> bool:
    if isinstance(widget, ElidedLabel):
        return widget.height() < widget.sizeHint().height() or widget.width() < 24
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    if isinstance(widget, QAbstractButton):
        # Qt asks for three pixels more in height than the style sheet allows a tool button.
        icon_only = not isinstance(widget, QCheckBox) and widget.width() <= 40
        need = widget.iconSize().width() if icon_only else widget.sizeHint().width()
        return widget.width() < need or widget.height() < min(widget.fontMetrics().height(), 14)
    if isinstance(widget, QLabel | QTabBar | NumberField):
        wish = widget.sizeHint()
        return widget.width() < wish.width() or widget.height() < wish.height()
    if isinstance(widget, QLineEdit):
        return widget.height() < widget.sizeHint().height()
    return False


def _outside(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if parent is None or widget.isWindow() or isinstance(parent.parentWidget(), QScrollArea):
        return False
    return not parent.rect().contains(widget.geometry())


def report(width: int, height: int) -> list[str]:
    """Show the shell in every state, theme and tab of that size; name what is clipped."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    found: list[str] = []
    for look in (theme.DARK, theme.LIGHT):
        theme.apply(app, look)
        shell = Shell()
        shell.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shell.resize(width, height)
        shell.show()
        for state in TransportState:
            shell.transport.set_state(state)
            app.processEvents()
            found += clipped(shell)
        shell.workspace.set_pool(True)
        for name in NAMES:
            shell.workspace.raise_pane(name)
            app.processEvents()
            found += clipped(shell)
        shell.close()
    return found


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(int(sys.argv[1]), int(sys.argv[2]))))
