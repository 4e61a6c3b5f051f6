"""Fingers on a screen: one scrubs and taps, two move the window of time and stretch it.

Why not Qt's pinch gesture: it needs touches that nobody accepts, which also come as clicks of a
mouse, so that a pinch moves the cursor; and it was seen to tell one movement twice.

Guarantees: what is under the fingers stays under them; a tap is a click, whatever a click does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QTouchEvent
from PySide6.QtWidgets import QApplication, QWidget

TAP = 10  # px: a finger that moves less has tapped


@dataclass(frozen=True, slots=True)
class Grip:
    """Two fingers: where their middle is (px), and how far they are apart."""

    x: float
    apart: float


class Fingers:
    """Translates the touches of *widget*.

    *move* is told by how many px the window moves, *zoom* how much more time is to be seen around
    which x, *scrub* the x of one finger.
    """

    def __init__(
        self,
        widget: QWidget,
        move: Callable[[float], None],
        zoom: Callable[[float, float], None],
        scrub: Callable[[float], None],
    ) -> None:
        self._widget = widget
        self._move, self._zoom, self._scrub = move, zoom, scrub
        self._grip: Grip | None = None
        self._tap: QPointF | None = None  # where the only finger came down, until it moves

    def touch(self, event: QTouchEvent) -> bool:
        """Take a touch."""
        places = [point.position() for point in event.points()]
        kind = event.type()
        if kind == QEvent.Type.TouchBegin:
            self._grip, self._tap = None, places[0]
        if kind == QEvent.Type.TouchEnd:
            self._end()
        elif kind == QEvent.Type.TouchCancel:
            self._grip = self._tap = None
        elif len(places) > 1:
            self._two(places[0], places[1])
        elif self._grip is None:
            self._one(places[0])
        event.accept()
        return True

    def _one(self, at: QPointF) -> None:
        if self._tap is not None and (at - self._tap).manhattanLength() < TAP:
            return
        self._tap = None
        self._scrub(at.x())

    def _two(self, one: QPointF, other: QPointF) -> None:
        self._tap = None
        apart = math.hypot(one.x() - other.x(), one.y() - other.y())
        grip, before = Grip((one.x() + other.x()) / 2, max(1.0, apart)), self._grip
        self._grip = grip
        if before is not None:
            self._move(grip.x - before.x)
            self._zoom(before.apart / grip.apart, grip.x)

    def _end(self) -> None:
        at, self._tap, self._grip = self._tap, None, None
        if at is None:
            return
        button, where = Qt.MouseButton.LeftButton, self._widget.mapToGlobal(at)
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            click = QMouseEvent(kind, at, where, button, button, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(self._widget, click)
