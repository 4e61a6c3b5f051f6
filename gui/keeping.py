"""Unsaved edits, kept while they are made and offered again after a crash.

Guarantees: what is typed is on disk a second after the keys rest; edits that were saved, reverted
or discarded are not offered; nothing is restored without being asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from engine.kept_edits import KeptEdit, KeptEdits
from gui.banner import Banner

KEEP_MS = 1_000


class Keeping(QObject):
    """Keeps the edits of one window.

    Attributes: asked (what is kept is asked for here: the path and its text, or None).
    """

    def __init__(
        self, folder: Path, asked: Callable[[], tuple[Path, str] | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.asked = asked
        self._kept = KeptEdits(folder)
        self._timer = QTimer(self)
        self._timer.setObjectName("keep edits")
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self.keep)

    def soon(self) -> None:
        """Keep what is edited when no key has come for a while."""
        self._timer.start()

    def keep(self) -> None:
        """Keep it now, if there is anything."""
        self._timer.stop()
        found = self.asked()
        if found is not None:
            self._kept.keep(*found)

    def forget(self, path: Path | None) -> None:
        """Let go of what was kept for *path*."""
        self._timer.stop()
        if path is not None:
            self._kept.forget(path)

    def pause(self) -> None:
        """Keep nothing more for now."""
        self._timer.stop()

    def offer(self, banner: Banner, restore: Callable[[KeptEdit], None]) -> bool:
        """Offer the newest edits that a window which is gone has left; False if there are none."""
        for kept in self._kept.abandoned():
            when = time.strftime("%d %B, %H:%M", time.localtime(kept.when))

            def discard(kept: KeptEdit = kept) -> None:
                self._kept.forget(kept.path)
                self.offer(banner, restore)

            banner.say(
                f"Changes to {kept.path.name} were not saved when ThreadLab ended ({when}).",
                [("Restore", partial(restore, kept)), ("Discard", discard)],
                is_offer=True,
            )
            return True
        return False
