"""Files held over the window, and dropped on it.

Guarantees: while a file is held the window says what would happen; a drop opens at most one file
and runs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from engine.formats.manifest import SUFFIX
from engine.program import MAIN
from gui import theme

KNOWN = (".py", ".pyw", ".pyz", SUFFIX)


@dataclass(frozen=True, slots=True)
class Drop:
    """What a drop would open (None: nothing), and the words for it."""

    path: Path | None
    words: str


def decide(paths: Sequence[Path]) -> Drop:
    """Return what dropping *paths* means: the first of them that is a script or a saved run."""
    scripts = [path for path in paths if _is_known(path)]
    if scripts:
        more = len(paths) - 1
        rest = (
            "; the other one is left alone" if more == 1 else f"; the other {more} are left alone"
        )
        return Drop(scripts[0], f"Open {scripts[0].name}{rest if more else ''}")
    if len(paths) == 1 and paths[0].is_dir():
        words = f"{paths[0].name} is a folder without a {MAIN}. Drop one of the Python files in it."
        return Drop(None, words)
    if len(paths) == 1:
        return Drop(None, f"{paths[0].name} is no script (.py), and no saved run ({SUFFIX}).")
    return Drop(None, f"None of these is a script (.py), or a saved run ({SUFFIX}).")


def _is_known(path: Path) -> bool:
    if path.is_dir():
        return (path / MAIN).is_file()
    return path.suffix.lower() in KNOWN


def local_paths(data: QMimeData) -> list[Path]:
    """Return the files of this machine that *data* names."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DropOverlay(QWidget):
    """What lies over the window while a file is held over it. Attributes: drop, window_."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.window_ = window
        self.drop = Drop(None, "")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_drop(self, drop: Drop) -> None:
        """Cover the window and say what a drop would do."""
        self.drop = drop
        self.setAccessibleName(drop.words)
        self.setGeometry(self.window_.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a veil, a frame, and the words."""
        tokens = theme.current()
        tone = tokens.accent if self.drop.path else tokens.bad
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.window)  # a copy: the token is everybody's
        veil.setAlpha(215)
        painter.fillRect(self.rect(), veil)
        pen = QPen(tone, 3)
        if self.drop.path is None:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(24, 24, -24, -24), 14, 14)
        painter.setPen(tokens.text if self.drop.path else tokens.bad)
        painter.setFont(theme.body_font(20))
        box = self.rect().adjusted(60, 60, -60, -60)
        wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(wrapped), self.drop.words)
        painter.end()
