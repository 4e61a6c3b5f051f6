"""Tells when the file of the script that is shown changes on disk.

Why not the system's signal alone: editors write in pieces, or put another file in the place of
the old one, which is then watched no more; and some disks tell nothing. So a signal only says
"look", a look compares what is there, and the window looks as well whenever it is activated.

Guarantees: `changed` is sent once for each new content, `gone` once when there is none any more,
`back` when the known content is there again; what ThreadLab wrote itself is no change.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from engine import textfile

#: An editor that writes in pieces has come to its end by then.
SETTLE_MS = 150


class FileWatch(QObject):
    """Watches one file.

    Signals: changed, gone, back.
    """

    changed = Signal()
    gone = Signal()
    back = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._known = ""
        self._told: str | None = None
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._soon)
        self._watcher.directoryChanged.connect(self._soon)
        self._timer = QTimer(self)
        self._timer.setObjectName("file settles")
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_gone(self) -> bool:
        """Whether the file was not there at the last look."""
        return self._path is not None and self._told is None

    def watch(self, path: Path | None, stamp: str = "") -> None:
        """Watch *path* (None: nothing), whose content is known by *stamp*."""
        watched = [*self._watcher.files(), *self._watcher.directories()]
        if watched:
            self._watcher.removePaths(watched)
        self._path, self._known, self._told = path, stamp, stamp
        self._timer.stop()
        if path is not None:
            self._watcher.addPath(str(path.parent))
            self._add()

    def know(self, stamp: str) -> None:
        """Take *stamp* as the content that is known: it was loaded, or written by us."""
        self._known = self._told = stamp

    def look(self) -> bool:
        """Compare what is on disk with what is known; return whether it is the same."""
        path = self._path
        if path is None:
            return True
        self._add()
        found = textfile.stamp_of(path)
        if found == self._told:
            return found == self._known
        before, self._told = self._told, found
        same = found == self._known
        if found is None:
            self.gone.emit()
        elif not same:
            self.changed.emit()
        elif before is None:
            self.back.emit()
        return same

    def close(self) -> None:
        """Watch nothing any more."""
        self.watch(None)

    def _soon(self) -> None:
        self._timer.start()

    def _add(self) -> None:
        # A file that was replaced by another of its name is not the one that was watched.
        if self._path is not None and str(self._path) not in self._watcher.files():
            self._watcher.addPath(str(self._path))
