"""Bookmarks that are set after a run was kept in the history find their way into its file.

Why: a run is kept when it ends; what is found in it is marked later.

Guarantees: a file of the history is written soon after the last change, and before another run is
shown or the window closes; a file of a person's own only when that is asked for (`save`); off the
window's thread, one write at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.bookmarks import Bookmark
from engine.formats.amending import amend
from engine.formats.errors import RunFileError
from gui.background import Background
from gui.marks import Marks

SOON_MS = 1_500


class KeptBookmarks(QObject):
    """The bookmarks of the run shown, and the file that it is kept in, if it is.

    Attributes: own (the file of a person's own that the run came from, or None).
    Signals: changed (own, or whether there is something to save into it); failed (why it was not
    saved).
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, marks: Marks, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._marks = marks
        self._background = background
        self._path: Path | None = None
        self.own: Path | None = None
        self._written: tuple[Bookmark, ...] = ()
        #: What is to stand in each file; a job reads it when its turn comes.
        self._wanted: dict[Path, tuple[Bookmark, ...]] = {}
        self._one_at_a_time = threading.Lock()
        self._soon = QTimer(self)
        self._soon.setObjectName("bookmarks into the history")
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.write)
        marks.bookmarks_changed.connect(self._changed)

    def kept_in(self, path: Path, bookmarks: tuple[Bookmark, ...]) -> None:
        """Say that the run shown is in the file at *path*, with these *bookmarks*."""
        self._path, self._written = path, bookmarks
        self._changed()

    def came_from(self, path: Path, bookmarks: tuple[Bookmark, ...]) -> None:
        """Say that the run shown came from a person's own file at *path*."""
        self.own, self._written = path, bookmarks
        self.changed.emit()

    @property
    def can_save(self) -> bool:
        """Whether a person's own file has other bookmarks than those that are shown."""
        return self.own is not None and self._marks.bookmarks != self._written

    def save(self) -> None:
        """Write the bookmarks into the file that the run came from."""
        path, before = self.own, self._written

        def not_saved(error: Exception) -> None:
            if self.own == path:
                self._written = before
                self.changed.emit()
            self.failed.emit(error)

        if path is not None and self.can_save:
            self._write(path, not_saved)
            self.changed.emit()

    def leave(self) -> None:
        """Write what is left to write: the run shown is about to be gone."""
        self.write()
        self._path = self.own = None
        self.changed.emit()

    def write(self) -> None:
        """Write the bookmarks into the file where they differ from those in it."""
        self._soon.stop()
        if self._path is not None and self._marks.bookmarks != self._written:
            self._write(self._path, _not_kept)

    def _write(self, path: Path, failed: Callable[[Exception], None]) -> None:
        self._written = self._wanted[path] = self._marks.bookmarks

        def work() -> None:
            with self._one_at_a_time:
                amend(path, self._wanted[path])

        self._background.run("keep bookmarks", work, lambda _none: None, failed)

    def _changed(self) -> None:
        if self._path is not None and self._marks.bookmarks != self._written:
            self._soon.start()
        self.changed.emit()


def _not_kept(error: Exception) -> None:
    """Disturb nobody: the file may be gone, as the oldest of the history are."""
    if not isinstance(error, RunFileError):
        raise error
