"""A dense curve as a picture, against what each pixel's corners say."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from gui.painting.columns import columns

WIDTH, HEIGHT = 40, 30
INK = QColor(200, 40, 60)


@given(seed=st.integers(0, 1 << 30), count=st.integers(1, 300), gaps=st.booleans())
def test_each_pixel_is_inked_from_its_least_to_its_greatest_value(
    seed: int, count: int, gaps: bool
) -> None:
    made = np.random.default_rng(seed)
    x = np.sort(made.uniform(-3, WIDTH, count))
    y = np.round(made.uniform(1, HEIGHT - 1, count))
    if gaps:
        y[made.random(count) < 0.2] = np.nan
    place, picture = columns(x, y, WIDTH, HEIGHT, INK)
    left, top = int(place.x()), int(place.y())
    seen = x >= 0
    x, y = x[seen], y[seen]
    assert picture.isNull() == (not len(x))
    last = np.nan
    for pixel in range(left, left + picture.width()):
        mine = y[x.astype(int) == pixel]
        within = mine if len(mine) else np.array([last])
        last = float(within[-1])
        inked = [
            row + top
            for row in range(picture.height())
            if picture.pixel(pixel - left, row) == INK.rgb()
        ]
        known = within[np.isfinite(within)]
        expected = (
            list(range(HEIGHT - int(known.max()), HEIGHT - int(known.min()) + 1))
            if len(known)
            else []
        )
        assert inked == expected


def test_a_curve_goes_on_level_up_to_the_edge() -> None:
    x, y = np.array([2.0, 2.5, 40.0]), np.array([10.0, 20.0, 20.0])
    place, picture = columns(x, y, WIDTH, HEIGHT, INK)
    assert place.x() == 2
    assert picture.width() == WIDTH - 2
    for pixel in range(1, picture.width()):
        rows = [r for r in range(picture.height()) if picture.pixel(pixel, r) == INK.rgb()]
        assert len(rows) == 1
