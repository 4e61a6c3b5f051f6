"""Runs and files: save, open, export, and the runs made last.

Why apart from the window: the window is a composition; this owns one part of its File menu, and
what is written and read for it.

Guarantees: files are written and read off the window's thread, with a sign of life and a way out
where it takes long; opening executes nothing; every run that ends is kept in the history, unless
the window has none; a failure is said in words, and leaves what is shown as it is.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QProgressDialog, QWidget

from engine.formats import chrome, csv_tables, keeping
from engine.formats.errors import RunFileError
from engine.formats.history import History, Kept
from engine.formats.manifest import SUFFIX
from engine.formats.opening import Opened, open_run
from engine.formats.record import Record
from engine.formats.saving import Progress, save
from gui import pictures, questions
from gui.background import Background
from gui.kept_bookmarks import KeptBookmarks
from gui.layout import TITLES
from gui.panels.run_fields import called_with

if TYPE_CHECKING:
    from gui.main_window import MainWindow

T = TypeVar("T")

RUNS = f"Runs of ThreadLab (*{SUFFIX})"
SHOWN_IN_HISTORY = 25
#: A job that is done by then shows no sign that it goes on.
PATIENCE_MS = 500
WINDOW = "window"


class Stopped(Exception):
    """A person had enough, or the window closes."""


def is_run(path: Path) -> bool:
    """Whether *path* is named as a saved run is."""
    return path.suffix.lower() == SUFFIX


class RunFiles(QObject):
    """The runs' part of one window's File menu.

    Attributes: history (None: runs are not kept), save_action, open_action, export_menu,
    history_menu, bookmarks (where they are kept).
    Signals: done (what was saved, opened or exported; also of a run kept in the history).
    """

    done = Signal(str)

    def __init__(self, window: MainWindow, history: History | None) -> None:
        super().__init__(window)
        self._window = window
        self.history = history
        self._background = Background(self)
        self._kept_trace = 0
        self.bookmarks = KeptBookmarks(window.axis.marks, self._background, self)
        self.save_action = self._action("Save &run…", self.ask_to_save, "Ctrl+Alt+S")
        self.open_action = self._action("Open r&un…", self.ask_to_open, "Ctrl+Alt+O")
        self.export_menu = QMenu("&Export", window)
        self.history_menu = QMenu("Runs made &last", window)
        self.history_menu.setToolTipsVisible(True)
        self.history_menu.aboutToShow.connect(self.fill_history)
        self._fill_export()
        window.bridge.state_changed.connect(self._state_changed)
        window.navigator.leaving.connect(self.bookmarks.leave)
        window.navigator.keep_with(self.bookmarks)
        self.bookmarks.failed.connect(self._failed)
        self._state_changed()

    def fill_menu(self, menu: QMenu) -> None:
        """Add the entries to the File menu."""
        menu.addActions([self.open_action, self.save_action])
        menu.addMenu(self.history_menu)
        menu.addMenu(self.export_menu)

    def close(self) -> None:
        """Wait for what still runs; what takes long is given up."""
        self.bookmarks.leave()
        self._background.close()

    # ---- save and open

    def record(self) -> Record | None:
        """Return the run shown as it would be kept, or None where none has ended."""
        bridge, shown = self._window.bridge, self._window.conductor.ran
        if bridge.state != "ended" or bridge.request is None or not bridge.trace.threads:
            return None
        marks = self._window.axis.marks.bookmarks
        kept = self._window.conductor.opened_record
        if kept is not None:
            return dataclasses.replace(kept, bookmarks=marks)
        if shown is None or bridge.session is None:
            return None
        made = keeping.keep(
            shown,
            bridge.request,
            bridge.trace,
            bridge.outcome,
            bridge.deadlock,
            bridge.session.interpreter,
            tuple(bridge.session.intake.errors),
        )
        return dataclasses.replace(made, bookmarks=marks)

    def ask_to_save(self) -> None:
        """Let the person choose where the run shown is saved."""
        path = self._ask_for_target("Save run", RUNS, SUFFIX)
        if path is not None:
            self.save(path)

    def save(self, path: Path) -> None:
        """Save the run shown at *path*."""
        record = self.record()
        if record is not None:
            self._work(
                f"Saving {path.name}", lambda progress: save(record, path, progress), str(path)
            )

    def ask_to_open(self) -> None:
        """Let the person choose a run to open."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open run", "", f"{RUNS};;All files (*)"
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Show the run in the file at *path*; nothing of it runs until Run is pressed."""
        if not self._window.files.may_leave():
            return

        def then(opened: Opened) -> None:
            if not self._window.files.may_leave():  # something was typed meanwhile
                return
            self.show(opened, path.name)
            ours = self.history is not None and path.parent == self.history.folder
            (self.bookmarks.kept_in if ours else self.bookmarks.came_from)(
                path, opened.record.bookmarks
            )
            self.done.emit(str(path))

        self.start(f"Opening {path.name}", lambda progress: open_run(path, progress), then)

    def show(self, opened: Opened, name: str) -> None:
        """Show a run from the file *name*: its trace, its script, its parameters, its lesson.

        Nothing of it runs: no interpreter is looked for beside a script that a file names, and
        nothing is measured beside it.
        """
        window, record = self._window, opened.record
        shown, trouble = keeping.scenario_of(record)
        problems = (*opened.problems, trouble) if trouble else opened.problems
        window.conductor.show_kept(shown, record, problems)
        if not shown.group:
            called = called_with(record.request.arguments, record.request.directory, shown.folder)
            window.parameters.show_called(called, shown.folder)
        window.gallery.select_none()
        window.interpreters.set_script(None)
        window.side_by_side.set_beside(None)
        window.bridge.show(record, name, whole=not opened.problems)
        window.axis.marks.show_bookmarks(record.bookmarks)
        window.axis.fit(window.bridge.trace.now)
        window.navigator.history.reset()  # to show a run is no step of the view

    # ---- exports

    def export_chrome(self, path: Path) -> None:
        """Write the run shown as Chrome trace JSON."""
        record = self.record()
        if record is not None:
            work: Callable[[Progress], None] = lambda p: chrome.export(record, path, p)  # noqa: E731
            self._work(f"Exporting {path.name}", work, str(path))

    def export_csv(self, folder: Path) -> None:
        """Write the run shown as three tables into *folder*."""
        record = self.record()
        if record is not None:
            work: Callable[[Progress], object] = lambda p: csv_tables.export(  # noqa: E731
                record, folder, p
            )
            self._work(f"Exporting to {folder.name}", work, str(folder))

    def export_picture(self, name: str, path: Path) -> None:
        """Draw pane *name* (or the window) into *path*: PNG or SVG, by its ending."""
        widget, title = self._pictured(name)
        try:
            pictures.save_picture(widget, path, title)
        except RunFileError as error:
            self._failed(error)
        else:
            self.done.emit(str(path))

    def _pictured(self, name: str) -> tuple[QWidget, str]:
        window = self._window
        if name == WINDOW:
            return window, "ThreadLab"
        window.workspace.raise_pane(name)
        window.workspace.repaint()
        # A pane that was hidden shows the moment only from the next frame on.
        window.panes.show_moment(window.bridge.trace, window.cursor_.time, live=False)
        return window.workspace.pane(name), f"ThreadLab: {TITLES[name]}"

    def _ask_chrome(self) -> None:
        kinds = "Chrome trace JSON (*.json);;Packed (*.json.gz)"
        path = self._ask_for_target("Export for Perfetto", kinds, ".json")
        if path is not None:
            self.export_chrome(path)

    def _ask_csv(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, "Export tables into a folder")
        if folder:
            self.export_csv(Path(folder))

    def _ask_picture(self, name: str) -> None:
        path = self._ask_for_target(
            f"Picture of {TITLES.get(name, 'the window')}", "PNG (*.png);;SVG (*.svg)", ".png"
        )
        if path is not None:
            self.export_picture(name, path)

    def _fill_export(self) -> None:
        self.export_menu.addAction(self._action("Chrome &trace for Perfetto…", self._ask_chrome))
        self.export_menu.addAction(self._action("&CSV tables…", self._ask_csv))
        drawn = self.export_menu.addMenu("&Picture of")
        self.picture_menu = drawn
        for name in (*TITLES, WINDOW):
            title = TITLES.get(name, "The whole window")
            drawn.addAction(self._action(f"{title}…", functools.partial(self._ask_picture, name)))

    # ---- the runs made last

    def fill_history(self) -> None:
        """List the runs made last, newest first."""
        menu = self.history_menu
        menu.clear()
        kept = self.history.runs(SHOWN_IN_HISTORY) if self.history else []
        for run in kept:
            action = menu.addAction(history_words(run))
            action.setToolTip(str(run.path))
            action.triggered.connect(lambda _checked=False, path=run.path: self.open(path))
        if not kept:
            menu.addAction("No run was made yet").setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(self._action("Forget all of them…", self._ask_to_forget))

    def _ask_to_forget(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Forget the runs made last")
        box.setText("Remove every run that was kept by itself? Runs that you saved stay.")
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        if self.history is not None:
            remove.clicked.connect(self.history.clear)
        box.open()

    def _state_changed(self) -> None:
        bridge = self._window.bridge
        there = bridge.state == "ended" and bool(bridge.trace.threads)
        self.save_action.setEnabled(there)
        for action in self.export_menu.actions()[:2]:
            action.setEnabled(there)
        if there and self.history is not None and not bridge.opened:
            self._keep()

    def _keep(self) -> None:
        record, history = self.record(), self.history
        if record is None or history is None or id(record.trace) == self._kept_trace:
            return
        self._kept_trace = id(record.trace)

        def work() -> Path:
            return history.add(record, self._unless_closing)

        def kept(path: Path) -> None:
            if id(self._window.bridge.trace) == self._kept_trace:
                self.bookmarks.kept_in(path, record.bookmarks)
            self.done.emit(str(path))

        self._background.run("keep run", work, kept, self._not_kept)

    def _not_kept(self, error: Exception) -> None:
        """Disturb nobody: no person asked for it to be kept."""
        if not isinstance(error, (RunFileError, Stopped)):
            raise error

    # ---- work in the background

    def _unless_closing(self, _share: float) -> None:
        if self._background.closing:
            raise Stopped

    def _work(self, title: str, work: Callable[[Progress], object], what: str) -> None:
        self.start(title, work, lambda _result: self.done.emit(what))

    def start(self, title: str, work: Callable[[Progress], T], then: Callable[[T], None]) -> None:
        """Do *work* in the background, showing how far it is where it takes long."""
        shown = QProgressDialog(f"{title}…", "Stop", 0, 100, self._window)
        shown.setWindowTitle(title)
        shown.setMinimumDuration(PATIENCE_MS)
        shown.setAutoClose(False)
        shown.setAutoReset(False)
        shown.setValue(0)
        stopped: list[bool] = []
        shown.canceled.connect(lambda: stopped.append(True))
        told = [0]

        def progress(share: float) -> None:
            if stopped or self._background.closing:
                raise Stopped
            percent = int(share * 100)
            if percent > told[0]:
                told[0] = percent
                self._background.tell(lambda: shown.setValue(percent))

        def finished(result: T) -> None:
            _discard(shown)
            then(result)

        def failed(error: Exception) -> None:
            _discard(shown)
            self._failed(error)

        self._background.run(title, lambda: work(progress), finished, failed)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Stopped):
            return
        if not isinstance(error, RunFileError):
            raise error
        questions.warn(self._window, "Runs and files", str(error))

    # ---- small things

    def _action(self, text: str, does: Callable[[], None], keys: str = "") -> QAction:
        return made_action(self._window, text, does, keys)

    def _ask_for_target(self, title: str, kinds: str, ending: str) -> Path | None:
        name, kind = QFileDialog.getSaveFileName(self._window, title, self._likely(ending), kinds)
        if not name:
            return None
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(kind.rpartition("*")[2].rstrip(")") or ending)
        return path

    def _likely(self, ending: str) -> str:
        shown = self._window.conductor.scenario
        return f"{shown.path.stem if shown else 'run'}{ending}"


def made_action(owner: QObject, text: str, does: Callable[[], None], keys: str = "") -> QAction:
    """Return an action of *owner* that *does* something, also by its *keys*."""
    action = QAction(text, owner)
    if keys:
        action.setShortcut(keys)
    action.triggered.connect(lambda _checked=False: does())
    return action


def history_words(run: Kept) -> str:
    """Return what a list says of a run: when, what, with which parameters, how it ended."""
    said = run.manifest
    title = said.scenario.title or said.request.script.name
    values = ", ".join(f"{name} = {value}" for name, value in said.request.values.items())
    ending = said.outcome.sentence() if said.outcome else "not ended"
    count = len(said.bookmarks)
    marks = f"{count} bookmark{'' if count == 1 else 's'}" if count else ""
    when = f"{said.saved.astimezone():%d %b %H:%M:%S}"
    parts = (when, title, _short(values, 60), _short(ending, 40), marks)
    # An ampersand would underline the letter behind it, as the one of a menu's key.
    return " · ".join(part for part in parts if part).replace("&", "&&")


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _discard(dialog: QProgressDialog) -> None:
    dialog.reset()
    dialog.close()
    dialog.deleteLater()
