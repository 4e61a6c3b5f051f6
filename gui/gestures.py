"""What mouse, touch and keys do to time, the same in every pane that has a time axis.

Why: a person who has learned one pane knows them all.
Guarantees: any gesture but zoom and measuring stops following the live end; what the mouse can do
here the keyboard can do as well; nothing here draws.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engine.bookmarks import Bookmark
from gui import tips
from gui.announce import announce
from gui.cursor import Cursor
from gui.overlay import keeps_escape
from gui.painting.marks import GRIP_TOP, bookmark_words, exact, length
from gui.painting.ruler import RULER
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis
from gui.touch import Fingers

_NOTCH = 1.25  # zoom of one notch of a wheel
_STEP = 0.1  # pan of one notch or key, in windows
_FINE = 0.01  # the ruler's step by key, in windows
_CLOSER = 0.25  # what a double click shows of the window where nothing is under it
_FINGER = 150  # px of two fingers up or down that zoom as much as `_NOTCH` three times
_REACH = 6  # px: so near counts as upon it
_PAN_BUTTONS = Qt.MouseButton.MiddleButton | Qt.MouseButton.RightButton
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ARROWS = {int(Qt.Key.Key_Left): -1, int(Qt.Key.Key_Right): 1}


@dataclass(slots=True)
class _Drag:
    """What the button that is down does: "scrub", "pan", or "measure" from *anchor* (ns)."""

    what: str
    at: QPointF
    anchor: int = 0


class TimeGestures:
    """Translates the events of *widget*, whose plot begins at *left* px.

    Attributes: stretch_at (what stands at a place, as (start, end) in ns, or None; by the widget).
    """

    def __init__(
        self, widget: QWidget, cursor: Cursor, axis: TimeAxis, left: int = LABEL_WIDTH
    ) -> None:
        self._widget = widget
        self._cursor = cursor
        self._axis = axis
        self._left = left
        self._drag: _Drag | None = None
        self._fingers = Fingers(
            widget,
            lambda moved: self._pan(-moved / max(1.0, self.scale.right - self.scale.left)),
            self._zoom,
            lambda x: cursor.seek(self.scale.t(x)),
        )
        self.stretch_at: Callable[[QPointF], tuple[float, float] | None] = lambda _at: None

    def listen(self) -> None:
        """Have the widget told of what it would not be; its `event` may be called by this."""
        widget = self._widget
        widget.setMouseTracking(True)  # an end of the ruler says that it can be dragged
        if sys.platform != "darwin":  # there it is a pad that is touched, which tells gestures
            widget.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    @property
    def scale(self) -> Scale:
        """The conversion between time and the widget's pixels."""
        return self._axis.scale(self._widget.width(), self._left)

    # ---- the mouse

    def mouse(self, event: QMouseEvent) -> bool:
        """Take a press, move or release; say whether it was one of ours."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event)
        if kind == QEvent.Type.MouseButtonRelease:
            ours, self._drag = self._drag is not None, None
            self._widget.unsetCursor()
            return ours
        if self._drag is None:
            self._hint(event.position())
            return False
        self._move(self._drag, event.position())
        return True

    @property
    def is_measuring(self) -> bool:
        """Whether the ruler is being laid or dragged: nothing is chosen by that."""
        return self._drag is not None and self._drag.what == "measure"

    def _press(self, event: QMouseEvent) -> bool:
        at = event.position()
        if event.button() & _PAN_BUTTONS:
            self._cursor.hold()
            self._drag = _Drag("pan", at)
            self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
            return True
        if event.button() != Qt.MouseButton.LeftButton or at.x() < self._left:
            return False
        anchor = self._anchor(at)
        if anchor is None and event.modifiers() & _SHIFT:
            anchor = self._edge(at)
        if anchor is not None:
            self._drag = _Drag("measure", at, anchor)
            return True
        self._drag = _Drag("scrub", at)
        mark = self._mark_at(at)
        self._cursor.seek(self.scale.t(at.x()) if mark is None else mark.time)
        return True

    def _move(self, drag: _Drag, at: QPointF) -> None:
        if drag.what == "pan":
            moved = at.x() - drag.at.x()
            drag.at = at
            self._axis.pan(-moved / max(1.0, self.scale.right - self.scale.left))
        elif drag.what == "measure":
            self._axis.marks.selection.measure(drag.anchor, self._edge(at))
        else:
            self._cursor.seek(self.scale.t(at.x()))

    def _edge(self, at: QPointF) -> int:
        """Return the time at *at*, within the run; that of a slice's end where one is near.

        What is measured is a slice as a rule, and a hand is never exact to the nanosecond.
        """
        scale = self.scale
        t = scale.t(at.x())
        ends = self.stretch_at(at) or ()
        near = min(ends, key=lambda end: abs(end - t), default=t)
        if abs(scale.x(near) - at.x()) <= _REACH:
            t = near
        return round(min(max(0.0, t), self._cursor.end))

    def _anchor(self, at: QPointF) -> int | None:
        """Return the far end of the ruler when its near end is under *at*."""
        laid, scale = self._axis.marks.selection.stretch, self.scale
        if laid is None or not GRIP_TOP <= at.y() < RULER:
            return None
        near, far = sorted(laid, key=lambda t: abs(scale.x(t) - at.x()))
        return far if abs(scale.x(near) - at.x()) <= _REACH else None

    def _mark_at(self, at: QPointF) -> Bookmark | None:
        if at.y() >= RULER or at.x() < self._left:
            return None
        scale = self.scale
        return self._axis.marks.near(scale.t(at.x()), _REACH * scale.per_pixel)

    def _hint(self, at: QPointF) -> None:
        if self._anchor(at) is not None:
            self._widget.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._mark_at(at) is not None:
            self._widget.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self._widget.unsetCursor()

    def zoom_on(self, at: QPointF) -> None:
        """Go to what stands at *at*, where a double click fell; closer where nothing does.

        On the ruler it is what is measured that fills the window.
        """
        if at.x() < self._left:
            return
        stretch = self.stretch_at(at)
        laid, t = self._axis.marks.selection.stretch, self.scale.t(at.x())
        if at.y() < RULER and laid is not None and laid[0] <= t <= laid[1]:
            stretch = laid
        self._axis.marks.jumping.emit()
        self._cursor.hold()
        if stretch is None:
            start, end = self._axis.start, self._axis.end
            self._axis.show_range(t - _CLOSER * (t - start), t + _CLOSER * (end - t))
        else:
            self._axis.show(*stretch)

    # ---- wheel and fingers

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom with Ctrl, pan with Shift or sideways; say whether it was one of ours.

        Two fingers on a pad tell pixels: the window moves with them.
        """
        turned, moved = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            notches = 3 * moved.y() / _FINGER if moved.y() else turned.y() / 120
            self._zoom(_NOTCH**-notches, event.position().x())
            return True
        shifted = bool(event.modifiers() & _SHIFT)
        if not moved.isNull():
            sideways = moved.x() or (moved.y() if shifted else 0)
            # A finger never moves straight; the lanes scroll when it moves mainly up or down.
            if sideways and (shifted or abs(moved.x()) >= abs(moved.y())):
                self._pan(-sideways / max(1.0, self.scale.right - self.scale.left))
                return True
            return False
        sideways = turned.x() or (turned.y() if shifted else 0)
        if sideways:
            self._pan(-_STEP * sideways / 120)
        return bool(sideways)

    def event(self, event: QEvent) -> bool:
        """Take a pinch, or a question about a bookmark; say whether it was one of ours.

        Escape, which stops a run elsewhere, is claimed while there is a ruler to take away.
        """
        if self._axis.marks.selection.stretch is not None and keeps_escape(event):
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom(1 / max(0.1, 1 + event.value()), event.position().x())
                return True
            return False
        if isinstance(event, QTouchEvent):
            return self._fingers.touch(event)
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            mark = self._mark_at(QPointF(event.pos()))
            if mark is not None:
                tips.show(event, bookmark_words(mark), self._widget)
                return True
        return False

    def _zoom(self, factor: float, x: float) -> None:
        self._axis.zoom(float(factor), self.scale.t(x))

    def _pan(self, fraction: float) -> None:
        self._cursor.hold()
        self._axis.pan(fraction)

    # ---- keys

    def key(
        self, event: QKeyEvent, total: float, chosen: tuple[float, float] | None = None
    ) -> bool:
        """Do what a key means on an axis; say whether it was one of ours.

        The run is *total* ns long; *chosen* is the stretch of what is selected.
        """
        shifted = event.modifiers() & ~_KEYPAD == _SHIFT
        if event.modifiers() & ~_KEYPAD and not shifted:
            return False
        return self._shift_key(event, chosen) if shifted else self._plain_key(event, total)

    def _plain_key(self, event: QKeyEvent, total: float) -> bool:
        key, marks, t = event.key(), self._axis.marks, self._cursor.time
        if key in (Qt.Key.Key_W, Qt.Key.Key_S):
            at = t if self._axis.start <= t <= self._axis.end else sum(self._axis.aim) / 2
            self._axis.zoom(1 / _NOTCH if key == Qt.Key.Key_W else _NOTCH, at)
        elif key in (Qt.Key.Key_A, Qt.Key.Key_D):
            self._pan(-_STEP if key == Qt.Key.Key_A else _STEP)
        elif key == Qt.Key.Key_F:
            self._cursor.hold()
            self._axis.fit_smoothly(total)
        elif key == Qt.Key.Key_M:
            if marks.add(t) is not None:
                announce(self._widget, f"Bookmark at {exact(t)}")
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self._go_to(marks.before(t) if key == Qt.Key.Key_BracketLeft else marks.after(t))
        elif key == Qt.Key.Key_N and len(marks.hits):
            marks.hit_asked.emit(1)
        elif key == Qt.Key.Key_Escape and marks.selection.stretch is not None:
            marks.selection.measure_nothing()
        else:
            return False
        return True

    def _shift_key(self, event: QKeyEvent, chosen: tuple[float, float] | None) -> bool:
        key, marks = event.key(), self._axis.marks
        if key == Qt.Key.Key_F:
            shown = marks.selection.stretch or chosen
            if shown is not None:
                self._cursor.hold()
                self._axis.show(*shown)
        elif key == Qt.Key.Key_M:
            mark = marks.add(self._cursor.time)
            if mark is not None:
                marks.note_asked.emit(mark)
        elif key == Qt.Key.Key_N and len(marks.hits):
            marks.hit_asked.emit(-1)
        elif key in _ARROWS:
            self.measure_to(round(self._cursor.time + _ARROWS[key] * _FINE * self._axis.span))
        else:
            return False
        return True

    def measure_to(self, t: int) -> None:
        """Go to *t* (ns), and lay the ruler from where the cursor was up to there."""
        before = self._cursor.time
        self._cursor.seek(t)
        self._axis.keep_visible(self._cursor.time)
        self._axis.marks.extend(before, self._cursor.time)
        laid = self._axis.marks.selection.stretch
        if laid is not None:
            announce(self._widget, f"{length(laid[1] - laid[0])} measured")

    def _go_to(self, mark: Bookmark | None) -> None:
        if mark is not None:
            self._axis.marks.jumping.emit()
            self._cursor.seek(mark.time)
            self._axis.keep_visible(mark.time)
            announce(self._widget, f"{mark.note or 'Bookmark'} at {exact(mark.time)}")
