"""The menu of scripts opened lately.

Guarantees: files of one name are told apart by their folders; one that is gone is marked, and can
be taken from the list; nothing is run.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from gui.settings import Settings


class RecentMenu(QMenu):
    """The menu. Signals: chosen, missing (a path that is there, or is not any more)."""

    chosen = Signal(object)
    missing = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open &recent", parent)
        self._settings = settings
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List what was opened; files come and go, so this is done whenever it is shown."""
        self.clear()
        paths = self._settings.recent_files()
        for number, (path, words) in enumerate(zip(paths, labels(paths), strict=True), 1):
            there = path.exists()
            key = f"&{number} " if number < 10 else ""
            action = self.addAction(key + words.replace("&", "&&") + ("" if there else "  (gone)"))
            action.setToolTip(str(path))
            signal = self.chosen if there else self.missing
            action.triggered.connect(lambda _=False, s=signal, p=path: s.emit(p))
        if paths:
            self.addSeparator()
            self.addAction("&Clear the list").triggered.connect(self._empty)
        # A menu that is disabled cannot be shown, and so never filled; an empty one says so.
        if not paths:
            self.addAction("No script was opened yet").setEnabled(False)

    def _empty(self) -> None:
        self._settings.clear_recent()
        self.fill()


def labels(paths: list[Path]) -> list[str]:
    """Return a name for each path, with as many of its folders as tell it from the others."""
    deepest = max((len(path.parts) for path in paths), default=1)
    found = [path.name for path in paths]
    for depth in range(1, deepest):
        counts = Counter(found)
        found = [
            words if counts[words] == 1 else _label(path, depth)
            for path, words in zip(paths, found, strict=True)
        ]
    return found


def _label(path: Path, depth: int) -> str:
    folder = Path(*path.parent.parts[-depth:])
    return f"{path.name} in {folder}"
