"""The same slices and values as one would draw them first: the way of pyqtgraph, a plain loop.

Each of them is made from arrays, and says how long a frame takes; the caller decides how far.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.events import State
from engine.trace import Trace
from gui.theme import DARK

_COLORS = {
    State.RUNNING: DARK.running,
    State.WAITS_LOCK: DARK.lock_wait,
    State.WAITS_OTHER: DARK.other_wait,
    State.SLEEPING: DARK.sleeping,
}


class Slices:
    """All slices of a trace as plain arrays: lanes, begins, ends (ns), states."""

    def __init__(self, trace: Trace) -> None:
        starts = [lane.starts[:] for lane in trace.lanes]
        self.begins: npt.NDArray[np.int64] = np.concatenate(starts)
        self.ends: npt.NDArray[np.int64] = np.concatenate(
            [np.append(begins[1:], trace.now) for begins in starts]
        )
        self.states: npt.NDArray[np.uint8] = np.concatenate(
            [lane.states[:] for lane in trace.lanes]
        )
        self.lanes: npt.NDArray[np.int64] = np.repeat(
            np.arange(len(starts)), [len(begins) for begins in starts]
        )


def bars(slices: Slices) -> tuple[QWidget, Any]:
    """Return a plot of a `BarGraphItem` a state, and what sets its range in ns."""
    plot = pg.PlotWidget()
    plot.hideAxis("bottom")
    plot.hideAxis("left")
    for state, color in _COLORS.items():
        mine = slices.states == state
        plot.addItem(
            pg.BarGraphItem(
                x0=slices.begins[mine] / 1e9,
                x1=slices.ends[mine] / 1e9,
                y0=slices.lanes[mine] + 0.1,
                height=0.8,
                pen=None,
                brush=color,
            )
        )
    plot.setYRange(0, int(slices.lanes[-1]) + 1, padding=0)

    def put(start: float, end: float) -> None:
        plot.setXRange(start / 1e9, end / 1e9, padding=0)

    return plot, put


class _Loop(QWidget):
    """Draws every slice in view, one after the other."""

    def __init__(self, slices: Slices) -> None:
        super().__init__()
        self._slices = slices
        self._range = (0.0, 1.0)

    def put(self, start: float, end: float) -> None:
        """Show [start, end] (ns)."""
        self._range = (start, end)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        start, end = self._range
        painter = QPainter(self)
        colors = {int(state): QColor(color) for state, color in _COLORS.items()}
        high = self.height() / (int(self._slices.lanes[-1]) + 1)
        seen = (self._slices.ends > start) & (self._slices.begins < end)
        unit = self.width() / (end - start)
        columns = (
            ((self._slices.begins[seen] - start) * unit).tolist(),
            ((self._slices.ends - self._slices.begins)[seen] * unit).tolist(),
            (self._slices.lanes[seen] * high).tolist(),
            self._slices.states[seen].tolist(),
        )
        for x, width, y, state in zip(*columns, strict=True):
            if state in colors:
                painter.fillRect(QRectF(x, y, width, high * 0.8), colors[state])
        painter.end()


def loop(slices: Slices) -> tuple[QWidget, Any]:
    """Return a widget that draws slice by slice, and what sets its range in ns."""
    widget = _Loop(slices)
    return widget, widget.put


def curve(times: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> tuple[QWidget, Any]:
    """Return a plot of steps as pyqtgraph thins them, and what sets its range in ns."""
    plot = pg.PlotWidget()
    item = pg.PlotDataItem()
    plot.addItem(item)
    item.setClipToView(True)
    item.setDownsampling(auto=True, method="peak")
    item.setData(np.repeat(times / 1e9, 2)[1:], np.repeat(values, 2)[:-1])

    def put(start: float, end: float) -> None:
        plot.setXRange(start / 1e9, end / 1e9, padding=0)

    return plot, put
