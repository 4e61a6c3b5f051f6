"""How much memory the record of a run may take, as the user wants it.

Guarantees: what is chosen holds at once, for the run that is shown and for the next ones, and is
remembered; nothing is lost by it, since what does not fit is moved to disk.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QWidget

from gui.bridge import Bridge
from gui.settings import LEAST_MEMORY, MOST_MEMORY, Settings

_WORDS = (
    "Megabytes of memory that the record of a run may take. What is older is moved to disk, and "
    "stays in every pane."
)


class MemoryChoice(QObject):
    """Asks for the limit. Attributes: action (opens the question)."""

    def __init__(self, window: QWidget, settings: Settings, bridge: Bridge) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._bridge = bridge
        self.action = QAction("&Memory for a run…", window)
        self.action.triggered.connect(self.ask)
        bridge.set_memory_limit(settings.memory << 20)

    def ask(self) -> None:
        """Open the question."""
        dialog = QInputDialog(self._window)
        dialog.setObjectName("memory")
        dialog.setWindowTitle("Memory for a run")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setLabelText(_WORDS)
        dialog.setIntRange(LEAST_MEMORY, MOST_MEMORY)
        dialog.setIntStep(256)
        dialog.setIntValue(self._settings.memory)
        dialog.intValueSelected.connect(self.choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def choose(self, megabytes: int) -> None:
        """Take *megabytes* as the limit from now on."""
        self._settings.memory = megabytes
        self._bridge.set_memory_limit(megabytes << 20)
