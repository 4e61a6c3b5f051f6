"""The CPU view: shares, stacked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine.events import Kind
from engine.trace import Trace
from gui.cursor import Cursor
from gui.painting.shares import MOST_BANDS, shares_in
from gui.theme import DARK, LIGHT
from gui.time_axis import Scale, TimeAxis
from gui.views.cpu import CpuView
from tests.gui.traces import TraceBuilder, cpu_trace

S = 1_000_000_000


def _view(qtbot: QtBot, trace: Trace, t: float = 1.0, cores: int = 2) -> CpuView:
    cursor, axis = Cursor(), TimeAxis()
    cursor.advance(0, trace.now)
    axis.fit(trace.now)
    view = CpuView(DARK, cursor, axis, cores)
    qtbot.addWidget(view)
    qtbot.addWidget(view.header())
    view.resize(540, 290)
    view.prepare()
    view.show_moment(trace, int(t * S))
    return view


def _image(view: CpuView) -> QImage:
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    image.fill(DARK.pane)
    view.render(image)
    return image


def test_with_the_gil_all_threads_share_one_core() -> None:
    shares = shares_in(cpu_trace(4, 1, 4.0), Scale(0, 4 * S, 0, 500))
    assert shares.lanes == [0, 1, 2, 3]
    assert shares.shares.sum(axis=0).mean() == pytest.approx(0.97, abs=0.06)


def test_two_processes_use_two_cores_and_lie_together() -> None:
    trace = cpu_trace(2, 2, 4.0)
    shares = shares_in(trace, Scale(0, 4 * S, 0, 500))
    assert [trace.threads[lane].process for lane in shares.lanes] == [0, 0, 1, 1]
    assert shares.shares.sum(axis=0).mean() == pytest.approx(1.94, abs=0.1)


def test_the_grid_does_not_wobble_while_the_window_glides() -> None:
    trace = cpu_trace(2, 1, 4.0)
    one = shares_in(trace, Scale(1.0 * S, 3.0 * S, 0, 500))
    other = shares_in(trace, Scale(1.013 * S, 3.013 * S, 0, 500))
    common, at_one, at_other = np.intersect1d(one.times, other.times, return_indices=True)
    assert len(common) > 20
    assert np.allclose(one.shares[:, at_one], other.shares[:, at_other])


def test_many_threads_are_folded_visibly(qtbot: QtBot) -> None:
    view = _view(qtbot, cpu_trace(40, 1))
    _image(view)
    assert len(view._shares.lanes) == MOST_BANDS + 1
    assert view._shares.lanes[-1] == -1
    assert view._shares.shares.sum(axis=0).mean() == pytest.approx(0.97, abs=0.4)


def test_bands_are_in_identity_colours(qtbot: QtBot) -> None:
    view = _view(qtbot, cpu_trace(2, 1), 0.2)
    image = _image(view)
    x = int(view.scale.x(1.5 * S))
    for lane, share in ((0, 0.2), (1, 0.75)):
        color = image.pixelColor(x, int(view.y_of(share)))
        assert color.rgb() == view._color(lane).rgb()


def test_says_shares_at_the_cursor(qtbot: QtBot) -> None:
    view = _view(qtbot, cpu_trace(4, 1))
    words = dict(view.figures())
    assert words["cores"] == "2"
    assert words["in all"].endswith("% of a core")
    assert "Thread-1" in view.accessibleDescription()
    _image(view)
    x = view.scale.x(1.0 * S)
    assert "Thread-1" in view.tooltip_at(x, view.y_of(0.1))
    assert view.tooltip_at(x, view.y_of(view.highest)) == ""


def test_waiting_threads_and_missing_readings_are_told_apart(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    build.at(0, lane, Kind.THREAD_BEGIN)
    assert _view(qtbot, build.build(2.0)).empty_note().startswith("No reading")
    build.cpu(lane, [(0.1 * n, 0.05) for n in range(1, 20)])
    idle = _view(qtbot, build.build(2.0))
    assert idle.empty_note() == "No thread uses the processor: all of them wait."
    _image(idle)


def test_processes_are_named_in_the_tooltip_and_themes_change(qtbot: QtBot) -> None:
    view = _view(qtbot, cpu_trace(1, 2))
    dark = _image(view)
    assert "(process 1)" in view.tooltip_at(view.scale.x(S), view.y_of(1.5))
    view.set_theme(LIGHT)
    assert _image(view) != dark
