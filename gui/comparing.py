"""Which two runs are compared: the run shown, one that was kept, one made before, one in a file.

Why apart from the window: the window is a composition; this owns one menu, and the windows that it
opens.

Guarantees: the run shown is B, what it is compared with is A; files are read and numbers added up
off the window's thread; opening executes nothing; a damaged file says what of it is missing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from engine.comparing import whole_or_not
from engine.formats.history import Kept
from engine.formats.opening import open_run
from engine.formats.record import Record
from engine.formats.saving import Progress
from gui import questions
from gui.compare_window import CompareWindow, Shown
from gui.run_files import RUNS, history_words, made_action

if TYPE_CHECKING:
    from gui.main_window import MainWindow

MOST_LISTED = 12
TITLE = "Compare runs"
Source = Callable[[Progress], tuple[Record, tuple[str, ...]]]


class Comparing(QObject):
    """The menu Compare of one window.

    Attributes: menu, kept (the run kept for comparing, or None), keep_action, kept_action,
    previous_action, file_action, two_action, windows (those open now).
    Signals: opened(the window of two runs).
    """

    opened = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.kept: Record | None = None
        self.windows: list[CompareWindow] = []
        self.menu = QMenu("&Compare this run with", window)
        self.menu.setToolTipsVisible(True)
        self.keep_action = self._action("&Keep this run for comparing", self.keep, "Ctrl+K")
        self.keep_action.setToolTip("Then run again with other parameters, and compare")
        self.kept_action = self._action("The run that was kept", self.with_kept, "Ctrl+Shift+K")
        self.previous_action = self._action("The &previous run", self.with_previous, "Ctrl+Alt+P")
        self.file_action = self._action("A &saved run…", self.ask_for_file)
        self.two_action = self._action("&Two saved runs…", self.ask_for_two)
        self.two_action.setToolTip("Compare two files with each other")
        self.menu.aboutToShow.connect(self.fill)
        self.fill()

    # ---- the menu

    def fill_menu(self, menu: QMenu) -> None:
        """Add the entries to the Run menu."""
        menu.addAction(self.keep_action)
        menu.addMenu(self.menu)
        menu.addAction(self.two_action)

    def fill(self) -> None:
        """List what the run shown can be compared with."""
        there = self._window.runs.record() is not None
        self.menu.clear()
        self.kept_action.setText(f"The run that was kept{self._kept_words()}")
        self.menu.addActions([self.kept_action, self.previous_action, self.file_action])
        history = self._window.runs.history
        runs = history.runs(MOST_LISTED) if history else []
        if runs:
            self.menu.addSeparator()
        for run in runs:
            action = self.menu.addAction(history_words(run))
            action.setToolTip(str(run.path))
            action.setEnabled(there and not self._is_shown(run))
            action.triggered.connect(functools.partial(self._with_path, run.path))

    def _kept_words(self) -> str:
        if self.kept is None:
            return ""
        values = ", ".join(f"{name} = {value}" for name, value in self.kept.request.values.items())
        title = self.kept.scenario.title or self.kept.request.script.name
        words = ": ".join(part for part in (title, values) if part)
        return f" ({words if len(words) <= 60 else words[:59] + '…'})".replace("&", "&&")

    def keep(self) -> None:
        """Keep the run shown: the next one can be compared with it."""
        record = self._window.runs.record()
        if record is None:
            self._refuse("There is no run that has ended.", "Run the script, then keep the run.")
            return
        self.kept = record
        self._window.status.set_verdict(
            "kept for comparing: change something, run again", "neutral"
        )

    # ---- what is compared

    def with_kept(self) -> None:
        """Compare the run shown with the one that was kept."""
        kept = self.kept
        if kept is None:
            self._refuse(
                "No run was kept for comparing.", "Choose Keep this run, then make another one."
            )
            return
        self._compare(lambda _progress: (kept, ()))

    def with_previous(self) -> None:
        """Compare the run shown with the one that was made before it."""
        history = self._window.runs.history
        before = [run for run in history.runs(3) if not self._is_shown(run)] if history else []
        if not before:
            self._refuse("No run was made before this one.", "Run the script once more.")
            return
        self._with_path(before[0].path)

    def two_files(self, a: Path, b: Path) -> None:
        """Compare the runs in two files."""
        self._open(_from(a), _from(b))

    def ask_for_file(self) -> None:
        """Let the person choose what the run shown is compared with."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Compare with", "", RUNS)
        if name:
            self._with_path(Path(name))

    def ask_for_two(self) -> None:
        """Let the person choose two files."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Choose two runs", "", RUNS)
        if len(names) == 2:
            self.two_files(Path(names[0]), Path(names[1]))
        elif names:
            self._refuse("Two runs are compared.", "Choose two files, with Ctrl for the second.")

    def _with_path(self, path: Path, _checked: bool = False) -> None:
        self._compare(_from(path))

    def _compare(self, a: Source) -> None:
        record = self._window.runs.record()
        if record is None:
            self._refuse("There is no run that has ended.", "Run the script, or open a run.")
            return
        self._open(a, lambda _progress: (record, ()))

    def _open(self, a: Source, b: Source) -> None:
        problems: list[str] = []

        def work(progress: Progress) -> Shown:
            sides = []
            for place, source in enumerate((a, b)):
                record, missing = source(lambda share, at=place: progress((at + share) / 2.2))  # type: ignore[misc]
                problems.extend(f"{'AB'[place]}: {words}" for words in missing)
                sides.append(whole_or_not(record, missing))
            return Shown.of(sides[0], sides[1])

        def then(shown: Shown) -> None:
            self._show(shown)
            if problems:
                questions.warn(
                    self._window, TITLE, "A run could not be read whole.", "\n".join(problems)
                )

        self._window.runs.start("Comparing runs", work, then)

    def _show(self, shown: Shown) -> CompareWindow:
        made = CompareWindow(shown, self._window.settings, self._window)
        self.windows.append(made)
        made.swap_asked.connect(self._swap)
        made.destroyed.connect(functools.partial(self._forget, id(made)))
        made.show()
        self.opened.emit(made)
        return made

    def _swap(self, window: CompareWindow) -> None:
        a, b = window.shown.b, window.shown.a

        def then(shown: Shown) -> None:
            self._show(shown)
            if any(each is window for each in self.windows):
                window.close()

        self._window.runs.start("Comparing runs", lambda _progress: Shown.of(a, b), then)

    def _forget(self, number: int, _object: object = None) -> None:
        self.windows = [each for each in self.windows if id(each) != number]

    def close(self) -> None:
        """Close the windows of two runs."""
        for window in list(self.windows):
            window.close()

    # ---- small things

    def _is_shown(self, run: Kept) -> bool:
        """Whether *run* of the history is the run shown; its file does not say so."""
        trace = self._window.bridge.trace
        said = run.manifest
        return (said.now, said.counts.get("events")) == (trace.now, len(trace))

    def _refuse(self, words: str, more: str) -> None:
        questions.warn(self._window, TITLE, words, more)

    def _action(self, text: str, does: Callable[[], None], keys: str = "") -> QAction:
        return made_action(self._window, text, does, keys)


def _from(path: Path) -> Source:
    def source(progress: Progress) -> tuple[Record, tuple[str, ...]]:
        found = open_run(path, progress)
        return found.record, tuple(f"{path.name}: {words}" for words in found.problems)

    return source
