"""Draws how many threads were in which state over the whole run, as bands upon each other.

Guarantees: a pixel's band is as high as the threads in that state on average while it lasted;
the highest pixel fills the strip; waits are hatched, as they are in lanes, so that colour is not
what tells them apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from engine.events import State
from engine.overview import STATES, Overview
from engine.trace import Trace
from gui.theme import Theme, mix

Floats = npt.NDArray[np.float64]
#: From the foot up.
_BANDS = (State.RUNNING, State.WAITS_LOCK, State.WAITS_OTHER, State.SLEEPING)
_HATCH = 4  # px


def threads_in(overview: Overview, trace: Trace, width: int) -> Floats:
    """Return the threads in each state, on average, in each of *width* equal parts of the run."""
    if not trace.now:
        return np.zeros((width, STATES))
    sums = overview.states(trace)
    edges = np.minimum(np.arange(len(sums) + 1) * overview.length, trace.now)
    wanted = np.linspace(0, trace.now, width + 1)
    upto = np.vstack([np.zeros(STATES), np.cumsum(sums, axis=0)])
    parts = [np.diff(np.interp(wanted, edges, upto[:, state])) for state in range(STATES)]
    return np.stack(parts, axis=1) * (width / trace.now)


def crowd_image(theme: Theme, threads: Floats, height: int, most: float = 1.0) -> QImage:
    """Return the picture of *threads* (a row a pixel column), *height* px high.

    The highest pixel fills it, if that is at least *most* threads.
    """
    tops = np.cumsum(threads[:, list(_BANDS)], axis=1)
    most = max(most, float(tops[:, -1].max(initial=0.0)))
    # The middle of each row of pixels, from the top, in threads.
    levels = (height - np.arange(height) - 0.5)[:, None] * (most / height)
    band = (levels[:, :, None] >= tops[None, :, :]).sum(axis=2)
    rows, columns = np.indices(band.shape)
    dark = ((rows + columns) % _HATCH < _HATCH // 2).astype(np.uint8)
    pixels = np.ascontiguousarray(_colors(theme)[dark, band])
    shape = (threads.shape[0], height, threads.shape[0] * 4)
    return QImage(pixels.data, *shape, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _colors(theme: Theme) -> npt.NDArray[np.uint32]:
    """Return the colour of each band, and of nothing, off and on a hatch's line."""
    bands = (theme.running, theme.lock_wait, theme.other_wait, theme.sleeping)
    hatched = (False, True, True, False)
    plain = [mix(c, theme.pane, 0.35) if h else c for c, h in zip(bands, hatched, strict=True)]
    nothing = QColor(0, 0, 0, 0)
    return np.array([[c.rgba() for c in (*each, nothing)] for each in (plain, bands)], np.uint32)
