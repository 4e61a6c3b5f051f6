"""The window drawn into a picture, without a screen.

Guarantees: the same window, the same views: a run is driven to its end, the cursor is set, and
what the window would show is what is saved.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from engine import launch
from engine.formats.opening import Opened
from engine.formats.record import Record
from engine.probe.source import Value
from engine.scenario import Scenario
from gui import theme
from gui.app import application
from gui.compare_window import CompareWindow, Shown
from gui.main_window import MainWindow
from gui.settings import Settings

#: Numbers are refreshed four times a second; after this, each shows the moment of the picture.
SETTLE_SECONDS = 0.6


def render(
    scenario: Scenario,
    values: Mapping[str, Value],
    output: Path,
    *,
    size: tuple[int, int] = (1920, 1080),
    theme_name: str = "dark",
    at: float | None = None,
    python: str = sys.executable,
    limit: float | None = None,
    watch: Sequence[str] = (),
    arguments: Sequence[str] = (),
) -> int:
    """Run *scenario*, draw the window at *at* seconds (default: the end), save it as *output*.

    Returns the headless exit status of the run. Raises OSError when the picture cannot be written,
    WatchError for a *watch* that cannot be.
    """

    def prepare(window: MainWindow) -> int:
        window.show_scenario(scenario)
        window.parameters.show_arguments(arguments)
        chosen = {**window.parameters.values(), **values}
        wanted = launch.request(scenario, chosen, arguments, watch=watch)
        window.parameters.set_parameters(scenario.parameters, {**scenario.defaults, **values})
        window.panes.code.set_values(scenario.parameters, window.parameters.values())
        window.begin()
        window.bridge.run(wanted)
        return _drive(application(), window, limit)

    return _draw(prepare, output, size, theme_name, at, python)


def render_run(
    opened: Opened,
    name: str,
    output: Path,
    *,
    size: tuple[int, int] = (1920, 1080),
    theme_name: str = "dark",
    at: float | None = None,
) -> int:
    """Draw the window that shows a run from the file *name*; nothing runs.

    Returns the exit status that the run had. Raises OSError when the picture cannot be written.
    """

    def prepare(window: MainWindow) -> int:
        window.runs.show(opened, name)
        window.bridge.watch_time()
        outcome = opened.record.outcome
        return outcome.status if outcome else 0

    return _draw(prepare, output, size, theme_name, at, sys.executable)


def render_comparison(
    a: Record, b: Record, output: Path, *, size: tuple[int, int], theme_name: str = "dark"
) -> int:
    """Draw the window of two runs; nothing runs. Raises OSError when it cannot be written."""
    made = application()
    theme.apply(made, theme.THEMES[theme_name])
    with tempfile.TemporaryDirectory(prefix="threadlab-") as folder:
        window = CompareWindow(Shown.of(a, b), Settings(Path(folder) / "settings.ini"))
        window.resize(*size)
        window.show()
        _save(made, window, output)
    return 0


def _save(made: QApplication, window: QWidget, output: Path) -> None:
    """Let everything come to rest, draw *window* into *output*, and close it."""
    settled = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < settled:
        made.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    saved = window.grab().save(str(output))
    window.close()
    made.processEvents()
    if not saved:
        raise OSError(f"{output} cannot be written. Does its folder exist?")


def _draw(
    prepare: Callable[[MainWindow], int],
    output: Path,
    size: tuple[int, int],
    theme_name: str,
    at: float | None,
    python: str,
) -> int:
    """Make a window, have it show something, and save its picture."""
    made = application()
    theme.apply(made, theme.THEMES[theme_name])
    with tempfile.TemporaryDirectory(prefix="threadlab-") as folder:
        window = MainWindow(Settings(Path(folder) / "settings.ini"), python, keep_runs=False)
        window.bridge.stdin = "own"  # nobody types into a picture
        window.menuBar().hide()
        window.resize(*size)
        window.show()
        status = prepare(window)
        if at is not None:
            window.cursor_.seek(at * 1e9)
        window.axis.fit(window.bridge.trace.now)
        window.panes.value.prepare()
        window.panes.cpu.prepare()
        _save(made, window, output)
    return status


def _drive(made: QApplication, window: MainWindow, limit: float | None) -> int:
    bridge = window.bridge
    while bridge.outcome is None:
        made.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if limit is not None and bridge.trace.now > limit * 1e9:
            bridge.stop()
    while window.side_by_side.going_on:
        made.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    return bridge.outcome.status
