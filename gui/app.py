"""The application: made once, dressed, shown, and left without a process behind."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.scenario import Scenario, catalogue
from gui import theme
from gui.interpreter_choice import first_choice
from gui.main_window import MainWindow
from gui.settings import Settings


def application() -> QApplication:
    """Return the application, made at the first call."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    made = QApplication(sys.argv[:1])
    made.setApplicationName("ThreadLab")
    made.setOrganizationName("ThreadLab")
    return made


def first_scenario(settings: Settings) -> Scenario:
    """Return what to show first: the scenario shown last, or the first preset."""
    presets = catalogue()
    return next((s for s in presets if s.id == settings.last_scenario), presets[0])


def run(
    shown: Scenario | None,
    python: str | None = None,
    opened: Path | None = None,
    arguments: Sequence[str] = (),
) -> int:
    """Show the window with *shown*, or with the script or run *opened*; return the exit status.

    *python* runs the scripts, this time only; None stands for the remembered choice. *arguments*
    are put into the script's field, in place of the remembered ones.
    """
    made = application()
    settings = Settings()
    theme.apply(made, theme.THEMES.get(settings.theme, theme.DARK))
    path, notice = first_choice(settings, python)
    window = MainWindow(settings, path)
    window.interpreters.notice = notice
    window.show_scenario(shown or first_scenario(settings))
    window.show()
    if opened is not None:
        window.open_path(opened)
    window.parameters.show_arguments(arguments)
    window.begin()
    # Ctrl+C in the terminal closes the window; Python sees a signal only when it runs, which
    # the frame clock makes it do sixty times a second.
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, window.close))
    return made.exec()
