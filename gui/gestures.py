"""What mouse and keys do to time, the same in every pane that has a time axis.

Why: a person who has learned one pane knows them all.
Guarantees: any gesture but zoom stops following the live end; nothing here draws.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.cursor import Cursor
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis

_NOTCH = 1.25  # zoom of one notch of a wheel
_STEP = 0.1  # pan of one notch or key, in windows
_PAN_BUTTONS = Qt.MouseButton.MiddleButton | Qt.MouseButton.RightButton


class TimeGestures:
    """Translates the events of *widget*, whose plot begins at *left* px."""

    def __init__(
        self, widget: QWidget, cursor: Cursor, axis: TimeAxis, left: int = LABEL_WIDTH
    ) -> None:
        self._widget = widget
        self._cursor = cursor
        self._axis = axis
        self._left = left
        self._panning: QPointF | None = None
        self._scrubbing = False

    @property
    def scale(self) -> Scale:
        """The conversion between time and the widget's pixels."""
        return self._axis.scale(self._widget.width(), self._left)

    def mouse(self, event: QMouseEvent) -> bool:
        """Take a press, move or release; say whether it was one of ours."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event)
        if kind == QEvent.Type.MouseButtonRelease:
            ours = self._scrubbing or self._panning is not None
            self._scrubbing, self._panning = False, None
            self._widget.unsetCursor()
            return ours
        if self._scrubbing:
            self._cursor.seek(self.scale.t(event.position().x()))
            return True
        if self._panning is not None:
            moved = event.position().x() - self._panning.x()
            self._panning = event.position()
            self._axis.pan(-moved / max(1.0, self.scale.right - self.scale.left))
            return True
        return False

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() & _PAN_BUTTONS:
            self._cursor.hold()
            self._panning = event.position()
            self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
            return True
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() >= self._left:
            self._scrubbing = True
            self._cursor.seek(self.scale.t(event.position().x()))
            return True
        return False

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom with Ctrl, pan with Shift or a sideways wheel; say whether it was one of ours."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            factor = float(_NOTCH ** (-turned.y() / 120))
            self._axis.zoom(factor, self.scale.t(event.position().x()))
            return True
        sideways = turned.x() or (
            turned.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
        )
        if sideways:
            self._cursor.hold()
            self._axis.pan(-_STEP * sideways / 120)
            return True
        return False

    def key(self, event: QKeyEvent, total: float) -> bool:
        """Zoom, pan or fit (the run is *total* ns long); say whether the key was one of ours."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        key = event.key()
        if key in (Qt.Key.Key_W, Qt.Key.Key_S):
            at = self._cursor.time
            if not self._axis.start <= at <= self._axis.end:
                at = int((self._axis.start + self._axis.end) / 2)
            self._axis.zoom(1 / _NOTCH if key == Qt.Key.Key_W else _NOTCH, at)
        elif key in (Qt.Key.Key_A, Qt.Key.Key_D):
            self._cursor.hold()
            self._axis.pan(-_STEP if key == Qt.Key.Key_A else _STEP)
        elif key == Qt.Key.Key_F:
            self._cursor.hold()
            self._axis.fit(total)
        else:
            return False
        return True
