"""The speed of the cursor as five segments: from a thousandth to tenfold.

Guarantees: exactly one segment is chosen; `changed` is sent when a person chooses another.
"""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from gui import theme

SPEEDS: tuple[tuple[float, str], ...] = (
    (0.001, "1/1000×"),
    (0.01, "1/100×"),
    (0.1, "1/10×"),
    (1.0, "1×"),
    (10.0, "10×"),
)


class SpeedBar(QWidget):
    """The segments, with a quiet word before them.

    Signals:
        changed: the chosen speed; 1.0 is real time.
    """

    changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Speed of the replay")
        self._word = QLabel("Speed")
        self._word.setProperty("role", "quiet")
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._word)
        row.addSpacing(10)
        for number, (speed, text) in enumerate(SPEEDS):
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setChecked(speed == 1.0)
            last = len(SPEEDS) - 1
            button.setProperty("segment", {0: "first", last: "last"}.get(number, "middle"))
            button.setProperty("compact", True)
            button.setFont(theme.body_font(14, QFont.Weight.Medium))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(f"Speed {text}")
            button.setToolTip(_explain(speed))
            self._group.addButton(button, number)
            row.addWidget(button)
        self._group.idClicked.connect(lambda number: self.changed.emit(SPEEDS[number][0]))

    def speed(self) -> float:
        """Return the chosen speed."""
        return SPEEDS[self._group.checkedId()][0]

    def set_speed(self, speed: float) -> None:
        """Choose the segment nearest to `speed` (more than 0), without a signal."""
        distances = [abs(math.log10(each / speed)) for each, _ in SPEEDS]
        self._group.button(distances.index(min(distances))).setChecked(True)

    def set_compact(self, compact: bool) -> None:
        """Leave out the word before the segments."""
        self._word.setVisible(not compact)


def _explain(speed: float) -> str:
    if speed == 1.0:
        return "Replay as fast as it happened"
    if speed > 1:
        return f"Replay {speed:g} times as fast as it happened"
    return f"Replay {1 / speed:,.0f} times slower than it happened"
