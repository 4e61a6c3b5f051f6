"""The window: a composition of the bar, the panes and the status, and nothing else.

What happens when a person does something stands in `conductor`; where panes stand in `layout`;
what they show in `views`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
)
from PySide6.QtWidgets import QLineEdit, QMainWindow, QMessageBox, QVBoxLayout, QWidget

from engine.formats.history import History
from engine.scenario import Scenario
from engine.version import VERSION
from gui import motion, theme
from gui.answering import Answering
from gui.bridge import Bridge
from gui.comparing import Comparing
from gui.conductor import Conductor
from gui.cursor import Cursor
from gui.dropping import DropOverlay, decide, local_paths
from gui.file_menu import FileMenus
from gui.files import Files
from gui.interpreter_choice import InterpreterChoice
from gui.lane_actions import fill_lanes_menu
from gui.layout import Workspace
from gui.marks import Marks
from gui.memory_choice import MemoryChoice
from gui.navigator import Navigator
from gui.panels.gallery import Gallery
from gui.panels.parameters import Parameters
from gui.panels.transport import Transport
from gui.panes import Panes
from gui.run_files import RunFiles, is_run
from gui.selection import Selection
from gui.settings import Settings
from gui.side_by_side import SideBySide
from gui.status import StatusBar
from gui.time_axis import TimeAxis
from gui.watch_list import WatchList


class MainWindow(QMainWindow):
    """ThreadLab's window.

    Attributes: cursor, axis, selection, bridge, panes, gallery, parameters, transport, status,
    workspace, interpreters, side_by_side, files, file_menus, runs, comparing, overlay, navigator,
    conductor, settings.
    """

    def __init__(self, settings: Settings, python: str, *, keep_runs: bool = True) -> None:
        super().__init__()
        self.settings = settings
        self.setWindowTitle("ThreadLab[*]")
        self.setAcceptDrops(True)
        self.cursor_ = Cursor(self)
        self.selection = Selection(self)
        self.axis = TimeAxis(self, Marks(self.selection, self))
        self.axis.motion = motion.wanted(settings.motion)
        self.bridge = Bridge(self.cursor_, python, self)
        self.watches = WatchList(self)
        self.panes = Panes(self.cursor_, self.axis, self.selection, self.watches)
        self.gallery = Gallery()
        self.parameters = Parameters()
        self.transport = Transport()
        self.status = StatusBar()
        self.workspace = Workspace(
            {"gallery": self.gallery, "parameters": self.parameters, **self.panes.frames}
        )
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.workspace, 1)
        column.addWidget(self.status)
        self.setCentralWidget(page)
        self.interpreters = InterpreterChoice(
            self.bridge, settings, self.transport.interpreter_button, self
        )
        self.side_by_side = SideBySide(self.bridge, self.interpreters.find_all, self)
        self.files = Files(self)
        self.navigator = Navigator(self)
        self.conductor = Conductor(self)
        self.answering = Answering(self.panes.console.input, self.bridge, self.workspace)
        self.runs = RunFiles(self, History(settings.runs_folder()) if keep_runs else None)
        self.comparing = Comparing(self)
        self._menus()
        self.overlay = DropOverlay(self)
        self.gallery.open_requested.connect(self.files.ask_to_open)
        self._restore()
        theme.notifier().changed.connect(self.panes.set_theme)

    def begin(self) -> None:
        """Start the frame clock and warm the first child; call it once the window is shown."""
        self.gallery.view.setFocus()
        self._take_all_drops()
        self.bridge.begin()
        self.interpreters.begin()
        self.navigator.begin()
        self.files.offer_kept()

    def open_script(self, path: Path) -> bool:
        """Show the script at *path*; nothing of it runs until Run is pressed."""
        return self.files.open(path)

    def open_path(self, path: Path) -> None:
        """Open a file that a person pointed at: a saved run, or a script."""
        if is_run(path):
            self.runs.open(path)
        else:
            self.open_script(path)

    def show_scenario(self, scenario: Scenario) -> None:
        """Show a preset or an opened script."""
        self.conductor.show_scenario(scenario)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what would happen to the files that are held over the window."""
        paths = local_paths(event.mimeData())
        if paths:
            self._take_all_drops()
            self.overlay.show_drop(decide(paths))
            event.acceptProposedAction()

    def _take_all_drops(self) -> None:
        """A field would take a dropped file for a text, and hold its name afterwards."""
        for field in self.findChildren(QLineEdit):
            field.setAcceptDrops(False)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Be as before: they were taken away again."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a file that was dropped."""
        self.overlay.hide()
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.files.open_dropped(decide(paths))

    def changeEvent(self, event: QEvent) -> None:
        """Look whether the script has changed on disk, when the person comes back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.files.look()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask for unsaved edits, remember what was set, and leave no process behind."""
        if not self.files.may_leave():
            event.ignore()
            return
        self.files.close()
        self.settings.geometry = bytes(self.saveGeometry().data())
        self.settings.layout = self.workspace.save_state()
        self.settings.table = self.panes.table.save_state()
        self.settings.set_sorting(self.panes.details.sorting())
        self.conductor.remember()
        self.settings.save()
        self.bridge.close()
        self.interpreters.close()
        self.side_by_side.close()
        self.comparing.close()
        self.runs.close()
        self.navigator.close()
        theme.notifier().changed.disconnect(self.panes.set_theme)
        super().closeEvent(event)

    def _restore(self) -> None:
        if not (
            self.settings.geometry and self.restoreGeometry(QByteArray(self.settings.geometry))
        ):
            self.resize(1600, 900)
        self.panes.details.set_sorting(self.settings.sorting())
        if self.settings.layout:
            self.workspace.restore_state(self.settings.layout)
        self.panes.table.restore_state(self.settings.table)

    def _path_action(self) -> QAction:
        """Return the action that shows the critical path, as it was left the last time."""
        action = self.panes.contention.header().action
        action.setChecked(self.settings.path_on_lanes)
        action.toggled.connect(partial(setattr, self.settings, "path_on_lanes"))
        return action

    def _menus(self) -> None:
        self.file_menus = FileMenus(self, self.menuBar())
        running = self.menuBar().addMenu("&Run")
        bar = self.transport
        running.addActions([bar.run_action, bar.pause_action, bar.stop_action, bar.restart_action])
        running.addSeparator()
        running.addActions([bar.live_action, bar.play_action])
        running.addSeparator()
        self.comparing.fill_menu(running)
        running.addSeparator()
        running.addAction(bar.interpreter_button.open_action)
        running.addAction(MemoryChoice(self, self.settings, self.bridge).action)
        view = self.menuBar().addMenu("&View")
        self.workspace.fill_view_menu(view)
        self.navigator.fill_view_menu(view)
        view.addAction(self._path_action())
        fill_lanes_menu(view, self.panes.activity.board, self.panes.lane_strip.action)
        self.navigator.fill(self.menuBar())
        helping = self.menuBar().addMenu("&Help")
        helping.addAction(self.navigator.help_action)
        about = QAction("About ThreadLab", self)
        about.triggered.connect(self._about)
        helping.addAction(about)

    def _about(self) -> None:
        QMessageBox.about(
            self,
            "About ThreadLab",
            f"<b>ThreadLab {VERSION}</b><p>Real Python threads, made visible.",
        )
