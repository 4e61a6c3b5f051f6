"""A curve with more corners than pixels, as a picture of one upright line a pixel.

Why: a path of thousands of corners is stroked one after the other, 7 ms for a full width; what is
seen of it is from where to where it goes in each pixel, which arrays tell in 2 ms.
Guarantees: of each pixel its least and its greatest value are covered, and what lies between them;
steps stay level where there are none for a while; what is no number is left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage

Floats = npt.NDArray[np.float64]


def columns(
    x: Floats, y: Floats, width: int, height: int, color: QColor, thick: int = 1
) -> tuple[QPointF, QImage]:
    """Return the picture of the steps through (*x* ascending, *y* upwards), and its place, in px.

    A level stretch is *thick* px high.
    What is left of 0 or right of *width* is left out, but for a corner on the edge; *y* lies within
    *height*.
    """
    seen = (x >= 0) & (x <= width)
    x, y = x[seen], y[seen]
    if not len(x):
        return QPointF(), QImage()
    pixels = np.minimum(x.astype(np.int64), width - 1)
    begins = np.flatnonzero(np.diff(pixels, prepend=-1))
    at = pixels[begins]
    # Pixels without a corner of their own show the last value before them.
    places = np.repeat(np.arange(len(at)), np.diff(at, append=pixels[-1] + 1))
    is_level = np.diff(places, prepend=-1) == 0
    last = np.append(y[begins[1:] - 1], y[-1])
    low = np.where(is_level, last[places], np.fmin.reduceat(y, begins)[places])
    high = np.where(is_level, last[places], np.fmax.reduceat(y, begins)[places])
    known = np.isfinite(low)
    lowest = height - thick
    top = np.where(known, np.clip(np.floor(height - high), 0, lowest), height)
    foot = np.where(known, np.clip(np.floor(height - low), 0, lowest) + thick, 0)
    first, stop = int(top.min()), int(max(foot.max(), top.min() + 1))
    rows = np.arange(first, stop, dtype=np.int32)[:, None]
    inked = (rows >= top.astype(np.int32)) & (rows < foot.astype(np.int32))
    stride = -(-inked.shape[1] // 4) * 4
    codes = np.zeros((len(rows), stride), np.uint8)
    codes[:, : inked.shape[1]] = inked
    image = QImage(codes.data, inked.shape[1], len(rows), stride, QImage.Format.Format_Indexed8)
    image.setColorTable([0, color.rgba()])
    found = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return QPointF(float(at[0]), float(first)), found
