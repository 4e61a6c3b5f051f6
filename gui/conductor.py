"""What happens when a person does something: commands go to the bridge, its news to the panes.

Why apart from the window: the window is a composition; this is the one place where a command
meets the state of a run, so every rule about what may happen when stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from engine import launch, scenario, textfile
from engine.formats import keeping
from engine.formats.record import Record
from engine.probe.source import SourceError, Value
from engine.scenario import Scenario
from gui import figures, findings, theme
from gui.panels.run_fields import Called
from gui.panels.transport import TransportState

if TYPE_CHECKING:
    from gui.main_window import MainWindow

_STATES = {
    "idle": TransportState.IDLE,
    "starting": TransportState.STARTING,
    "running": TransportState.RUNNING,
    "paused": TransportState.PAUSED,
    "ended": TransportState.ENDED,
}


class Conductor(QObject):
    """Connects the panels, the bridge and the panes of one window.

    Attributes: scenario (what is shown, or None), ran (what it was when the run shown began),
    opened_record (the run shown as its file gave it, or None where it was made here).
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.scenario: Scenario | None = None
        self._opened: dict[str, Scenario] = {}
        self.ran: Scenario | None = None
        self.opened_record: Record | None = None
        self._refused = ""
        self._problems: tuple[str, ...] = ()
        self._drawing = False
        self._connect()
        self._fill_gallery()

    # ---- what is shown

    def show_scenario(self, chosen: Scenario) -> None:
        """Show *chosen*: its code, its parameters, its lesson; an earlier run is let go."""
        window = self._window
        settings = window.settings
        self._show(chosen, settings.parameters(chosen.id), settings.watches(chosen.id))
        if not chosen.group and chosen.id not in self._opened:
            # What the gallery does not list would be left for its first entry when it is focused.
            self._opened[chosen.id] = chosen
            self._fill_gallery()
        window.gallery.select(chosen.id)
        window.settings.last_scenario = chosen.id
        window.interpreters.set_script(None if chosen.group else chosen.path)
        self._news()
        self._draw()

    def show_kept(self, shown: Scenario, record: Record, problems: tuple[str, ...]) -> None:
        """Show the script of a kept run as it was run; what is set for it is set for no other."""
        wanted = record.request
        added = [text for text in wanted.watch if text not in shown.lesson.watch]
        self._show(shown, wanted.values, {"added": added})
        self._problems, self.opened_record = problems, record

    def _show(
        self,
        chosen: Scenario,
        values: Mapping[str, Value],
        watches: Mapping[str, Sequence[str]],
    ) -> None:
        window, settings = self._window, self._window.settings
        self.remember()
        self.scenario = chosen
        self._refused, self._problems, self.opened_record = "", (), None
        window.bridge.clear()
        window.selection.clear()
        window.axis.reset()
        window.navigator.reset()
        known = {p.name: values.get(p.name, p.default) for p in chosen.parameters}
        window.parameters.set_parameters(chosen.parameters, known)
        window.watches.set_script(chosen.text, watches)
        window.panes.lanes.restore(settings.lanes(chosen.id))
        own = not chosen.group and not chosen.id.startswith(keeping.OPENED)
        called = Called(*settings.called(chosen.id)) if own else None
        window.parameters.show_called(called, chosen.folder)
        window.panes.code.set_script(chosen.path, chosen.text)
        window.panes.code.set_values(chosen.parameters, window.parameters.values())
        window.panes.frames["code"].set_title(chosen.path.name)
        window.panes.notes.set_lesson(chosen.lesson)
        window.side_by_side.set_beside(chosen.lesson.beside)
        window.transport.set_title(chosen.title)
        window.workspace.set_pool("PoolExecutor" in chosen.text)
        window.files.shown(chosen.path, chosen)

    def show_own(self, chosen: Scenario) -> None:
        """Show a script of the person's own, and list it among those opened."""
        self._opened[chosen.id] = chosen
        self._fill_gallery()
        self.show_scenario(chosen)

    def forget_new(self, path: Path) -> None:
        """List a new script no more under *path*: it was saved under another name."""
        if not path.exists() and self._opened.pop(str(path), None) is not None:
            self._fill_gallery()

    def adopt(self, found: Scenario) -> None:
        """Go on with *found*, which an edit has made of what is shown; a run stays as it is.

        A parameter keeps the value that was set, unless the text now gives it another.
        """
        window, before = self._window, self.scenario
        self.scenario, self._refused = found, ""
        values = window.parameters.values() if before else window.settings.parameters(found.id)
        old = {p.name: p.default for p in (before or found).parameters}
        if before is None or found.parameters != before.parameters:
            known = {
                p.name: values.get(p.name, p.default) if old.get(p.name) == p.default else p.default
                for p in found.parameters
            }
            window.parameters.set_parameters(found.parameters, known)
        window.panes.code.set_values(found.parameters, window.parameters.values())
        if before is None or found.lesson != before.lesson:
            window.panes.notes.set_lesson(found.lesson)
        self._news()

    def open_script(self, path: Path) -> bool:
        """Show a script of the person's own. A file that cannot run says why, and runs nothing."""
        try:
            opened = scenario.find(str(path))
        except (SourceError, scenario.ScenarioError) as error:
            self._refuse(path, error)
            return False
        if opened.group:
            self.show_scenario(opened)
        else:
            self.show_own(opened)
        return True

    def remember(self) -> None:
        """Keep the parameters of what is shown; those of an edited text or a run are its own."""
        shown = self.scenario
        if shown is not None and not shown.edited and not shown.id.startswith(keeping.OPENED):
            settings = self._window.settings
            settings.set_parameters(shown.id, self._window.parameters.values())
            settings.set_watches(shown.id, self._window.watches.state())
            settings.set_lanes(shown.id, self._window.panes.lanes.state())

    def _refuse(self, path: Path, error: Exception) -> None:
        window = self._window
        window.bridge.clear()
        window.navigator.reset()
        self.scenario = None
        line = getattr(error, "line", None) or 1
        text = textfile.glimpse(path)
        window.parameters.set_parameters((), {})
        window.parameters.show_called(None, path.parent)
        window.panes.code.set_script(path, text)
        window.panes.code.show_error(line, str(error))
        window.panes.frames["code"].set_title(path.name)
        window.workspace.raise_pane("code")
        window.transport.set_title(path.name)
        self._refused = str(error)
        window.files.shown(path, None)
        self._news()

    def _fill_gallery(self) -> None:
        self._window.gallery.set_scenarios([*scenario.catalogue(), *self._opened.values()])

    # ---- commands

    def _connect(self) -> None:
        window = self._window
        bar, bridge, cursor = window.transport, window.bridge, window.cursor_
        window.gallery.chosen.connect(self._choose)
        window.parameters.changed.connect(self._values_changed)
        window.parameters.run_fields.changed.connect(self._called_changed)
        bar.run_requested.connect(self.run)
        bar.restart_requested.connect(self.run)
        bar.pause_requested.connect(bridge.pause)
        bar.resume_requested.connect(bridge.resume)
        bar.stop_requested.connect(bridge.stop)
        bar.live_requested.connect(cursor.follow)
        bar.play_toggled.connect(lambda on: cursor.play() if on else cursor.stop())
        bar.speed_changed.connect(self._speed)
        bar.theme_toggled.connect(self.toggle_theme)
        cursor.mode_changed.connect(self._news)
        bridge.frame.connect(self._frame)
        bridge.numbers.connect(self._numbers)
        bridge.state_changed.connect(self._news)
        window.axis.changed.connect(self._draw)
        window.panes.story.action.connect(self.act)
        window.panes.code.watch_asked.connect(self._watch)
        window.panes.details.line_asked.connect(self._show_line)
        window.panes.unseen_button.line_asked.connect(self._show_line)
        window.watches.changed.connect(self._draw)
        window.interpreters.changed.connect(self._interpreters_changed)
        window.panes.notes.stop_requested.connect(window.side_by_side.stop)
        window.side_by_side.changed.connect(self._compared)
        window.workspace.visibility_changed.connect(lambda _name, _shown: self._draw())
        cursor.speed = window.settings.speed
        bar.set_speed(cursor.speed)

    def run(self) -> None:
        """Run what is shown with the parameters as they are set."""
        window = self._window
        chosen = window.files.runnable()
        if chosen is None:
            return
        window.panes.code.header.edit_action.setChecked(False)
        window.workspace.set_pool("PoolExecutor" in chosen.text)
        if chosen.edited:
            window.watches.set_script(chosen.text, window.watches.state())
        try:
            wanted = launch.request(
                chosen,
                window.parameters.values(),
                *window.parameters.called(),
                watch=window.watches.added,
            )
        except ValueError as error:
            window.status.set_verdict(str(error), "bad")
            if window.parameters.run_fields.complaint():
                window.parameters.run_fields.focus_refused()
            return
        window.selection.clear()
        window.cursor_.reset()
        window.axis.reset()
        window.navigator.reset()
        self.ran, self._problems, self.opened_record = chosen, (), None
        window.bridge.run(wanted)

    def act(self, action: str) -> None:
        """Do what a finding's button says."""
        window = self._window
        outcome = window.bridge.outcome
        if action == findings.OPEN_FIXED and self.scenario is not None:
            self._choose(self.scenario.lesson.fixed)
        elif action == findings.CHOOSE_PYTHON:
            window.transport.interpreter_button.show_list()
        elif action == findings.USE_BESIDE and window.interpreters.beside is not None:
            window.interpreters.choose(window.interpreters.beside)
        elif action == findings.SHOW_BESIDE:
            window.workspace.raise_pane("notes")
            window.panes.notes.show_card()
        elif action == findings.STOP_BESIDE:
            window.side_by_side.stop()
        elif action == findings.SHOW_CYCLE:
            window.workspace.raise_pane("locks")
        elif action == findings.SHOW_CONSOLE:
            window.workspace.raise_pane("console")
        elif action == findings.SHOW_LINE and outcome and outcome.error and outcome.error.line:
            window.workspace.raise_pane("code")
            window.panes.code.show_error(outcome.error.line, outcome.error.message)

    def toggle_theme(self) -> None:
        """Change between dark and light."""
        look = theme.LIGHT if theme.current().is_dark else theme.DARK
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, look)
        self._window.settings.theme = look.name
        self._news()
        self._draw()

    def _choose(self, scenario_id: str) -> None:
        chosen = self._opened.get(scenario_id)
        if chosen is None:
            chosen = next((s for s in scenario.catalogue() if s.id == scenario_id), None)
        if chosen is None or (self.scenario is not None and chosen.id == self.scenario.id):
            return
        if not self._window.files.may_leave():
            self._window.gallery.select(self.scenario.id if self.scenario else "")
        elif chosen.group or not chosen.place.exists():
            self.show_scenario(chosen)
        else:  # it may have been changed since it was opened
            self.open_script(chosen.place)

    def _values_changed(self, values: Mapping[str, Value]) -> None:
        if self.scenario is not None:
            self._window.panes.code.set_values(self.scenario.parameters, values)
            self.remember()

    def _show_line(self, line: int, file: str = "") -> None:
        if file and not self._window.panes.code.shows(file):
            self._window.status.set_verdict(f"{Path(file).name} is not the script shown", "neutral")
            return
        self._window.workspace.raise_pane("code")
        self._window.panes.code.show_line(line)

    def _watch(self, expression: str) -> None:
        """Watch what was chosen in the code; the value pane says why it cannot be."""
        self._window.workspace.raise_pane("value")
        self._window.watches.add(expression)

    def _called_changed(self, called: Called) -> None:
        if self.scenario is not None and not self.scenario.id.startswith(keeping.OPENED):
            self._window.settings.set_called(self.scenario.id, called.arguments, called.folder)

    def _speed(self, speed: float) -> None:
        self._window.cursor_.speed = speed
        self._window.settings.speed = speed

    def _interpreters_changed(self) -> None:
        self._window.transport.fit()
        self._news()

    def _compared(self) -> None:
        self._window.panes.notes.show_comparison(self._window.side_by_side.comparison)
        self._numbers()

    # ---- news

    def _draw(self) -> None:
        if self._drawing:  # following moves the axis, and the axis asks for a drawing
            return
        self._drawing = True
        try:
            self._draw_once()
        finally:
            self._drawing = False

    def _frame(self) -> None:
        """Move the window of time with the clock, and draw once for both."""
        window = self._window
        self._drawing, there = True, True
        try:
            if window.cursor_.following:
                there = window.axis.glide(window.bridge.trace.now, window.bridge.elapsed)
            elif window.cursor_.playing:
                window.axis.accompany(window.cursor_.time, window.bridge.elapsed)
        finally:
            self._drawing = False
        if not there:
            window.bridge.draw_again()
        self._draw()

    def _draw_once(self) -> None:
        window = self._window
        trace, cursor = window.bridge.trace, window.cursor_
        live = cursor.following and window.bridge.state == "running"
        window.panes.show_moment(trace, cursor.time, live=live)
        window.navigator.strip.show_moment(trace, cursor.time)
        if not cursor.following:
            self._badge()

    def _badge(self) -> None:
        window = self._window
        words = figures.badge(window.bridge, window.cursor_)
        window.transport.set_badge(words, window.bridge.trace.interpreter)

    def _numbers(self) -> None:
        window = self._window
        bridge = window.bridge
        deadlock = bridge.deadlock
        told = figures.figures(bridge.trace, window.cursor_.time, bridge.behind)
        window.status.set_figures(told)
        if self._refused:
            window.status.set_verdict("not run: see the code", "bad")
            window.panes.story.set_findings([findings.refused(self._refused)])
            return
        t = window.cursor_.time
        at_end = window.cursor_.following or t >= bridge.trace.now
        text, tone = figures.verdict(bridge, deadlock) if at_end else ("in the past", "neutral")
        window.status.set_verdict(text, tone)
        outcome = bridge.outcome if at_end else None
        choice = window.interpreters
        found = findings.of_interpreter(choice.notice, choice.beside)
        found += findings.of_comparison(window.side_by_side.comparison)
        found += findings.of_file(self._problems)
        found += findings.find(bridge.trace, t, outcome, deadlock, self.scenario)
        window.panes.story.set_findings(found)

    def _news(self) -> None:
        window = self._window
        bridge, cursor, bar = window.bridge, window.cursor_, window.transport
        state = _STATES[bridge.state]
        if state is TransportState.ENDED and not cursor.following:
            state = TransportState.REPLAYING
        bar.set_state(state)
        bar.run_action.setEnabled(bar.run_action.isEnabled() and self.scenario is not None)
        bar.set_playing(cursor.playing)
        bar.set_following(cursor.following)
        self._badge()
        window.panes.notes.set_ended(bridge.outcome is not None)
        self._numbers()
