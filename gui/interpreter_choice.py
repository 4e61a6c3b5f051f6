"""Which Python runs the scripts: looks for them, offers them, keeps the choice.

Why apart from the bridge: the bridge runs what it is told to; this is where a person's choice is
made, checked and remembered.

Guarantees: the window never waits for an interpreter to answer; a choice is for the next run and
leaves one that goes on alone; what was chosen is asked before it is used, and a refusal says why;
a remembered choice that is gone is told, not passed over in silence.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine import interpreters
from engine.interpreters import InterpreterError, Python
from gui import questions
from gui.background import Background
from gui.bridge import Bridge
from gui.panels.interpreter_button import InterpreterButton
from gui.settings import Settings

FIRST_LOOK_MS = 500
Find = Callable[..., Sequence[Python]]


def first_choice(settings: Settings, wanted: str | None = None) -> tuple[str, str]:
    """Return (the interpreter to begin with, what the person must be told of it, or '')."""
    if wanted is not None:
        return wanted, ""
    kept = settings.python
    if not kept or os.path.exists(kept):
        return kept or sys.executable, ""
    return sys.executable, (
        f"The interpreter chosen last, {kept}, is not there any more. Scripts run with "
        f"{sys.executable} until you choose another."
    )


class InterpreterChoice(QObject):
    """The choice of one window.

    Attributes:
        found: the interpreters found last; None before the first look is over.
        notice: what a person must be told of the choice, or ''.
        looking: whether a look goes on.
        find: how the machine is looked through; tests give another.

    Signals: changed (any of these, or the choice).
    """

    changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        settings: Settings,
        button: InterpreterButton,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.found: list[Python] | None = None
        self.notice = ""
        self.looking = False
        self._bridge, self._settings, self._button, self._window = bridge, settings, button, window
        self.find: Find = interpreters.find
        self._script: Path | None = None
        self._looks = 0
        self._background = Background(self)
        self._first_look = QTimer(self)
        self._first_look.setObjectName("first look for interpreters")
        self._first_look.setSingleShot(True)
        self._first_look.timeout.connect(self.look_once)
        button.about_to_show.connect(self.look_once)
        button.chosen.connect(self.choose)
        button.other_requested.connect(self.ask_for_file)
        button.again_requested.connect(lambda: self.look(again=True))
        bridge.state_changed.connect(self._show)
        self._show()

    @property
    def path(self) -> str:
        """The interpreter that the next run is made with."""
        return self._bridge.python

    @property
    def current(self) -> Python | None:
        """The same, if it was found."""
        return next((each for each in self.found or () if each.path == self.path), None)

    @property
    def beside(self) -> Python | None:
        """The environment beside the script shown that could be used and is not, or None."""
        usable = (each for each in self.found or () if each.is_beside and each.usable)
        return next((each for each in usable if each.path != self.path), None)

    def begin(self) -> None:
        """Look through the machine once the window has been painted."""
        self._first_look.start(FIRST_LOOK_MS)

    def look_once(self) -> None:
        """Look, unless it was done or is going on."""
        if self.found is None and not self.looking:
            self.look()

    def find_all(self) -> Sequence[Python]:
        """Return the machine's Pythons, looked for if need be: call it off the window's thread."""
        found = self.found
        return self.find(cancelled=lambda: self._background.closing) if found is None else found

    def set_script(self, script: Path | None) -> None:
        """Look beside *script* too; None for a preset, beside which nobody keeps any."""
        if script != self._script:
            self._script = script
            if self.found is not None or self.looking:
                self.look()

    def look(self, *, again: bool = False) -> None:
        """Look through the machine, in the background; *again* asks what is remembered too."""
        self._looks += 1
        this, script, path = self._looks, self._script, self.path
        self.looking = True
        if again:
            self.found = None
        self._show()

        def work() -> list[Python]:
            given_up = lambda: self._background.closing or this != self._looks  # noqa: E731
            found = list(self.find(script, again=again, cancelled=given_up))
            if all(python.path != path for python in found):
                found.append(_at(path, given_up))
            return found

        def then(found: list[Python]) -> None:
            if this == self._looks:
                self.found, self.looking = found, False
                self._show()

        self._background.run("find interpreters", work, then, self._failed)

    def choose(self, python: Python) -> None:
        """Use *python* for the next run, and remember it; one that was not asked yet is, first."""
        if python.asked:
            self._take(python.path)
        else:
            self.choose_path(python.path)

    def choose_path(self, path: str) -> None:
        """Use the interpreter at *path* once it has answered; say why if it cannot be used."""
        closing = lambda: self._background.closing  # noqa: E731
        self._background.run(
            "ask interpreter",
            lambda: interpreters.look_at(path, cancelled=closing),
            self._taken,
            self._failed,
        )

    def ask_for_file(self) -> None:
        """Let the person choose a file."""
        start = os.path.dirname(self.path)
        name, _ = QFileDialog.getOpenFileName(self._window, "Choose a Python", start)
        if name:
            self.choose_path(name)

    def close(self) -> None:
        """Wait for what still runs."""
        self._first_look.stop()
        self._background.close()

    def _taken(self, python: Python) -> None:
        before = [each for each in self.found or () if each.path == python.path]
        others = [each for each in self.found or () if each.path != python.path]
        if before:  # where it was found is known better by who looked
            python = dataclasses.replace(python, where=before[0].where)
        self.found = [python, *others]
        self._take(python.path)

    def _take(self, path: str) -> None:
        self.notice = ""
        self._settings.python = path
        self._bridge.set_python(path)
        self._show()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, interpreters.Cancelled):
            return
        self.looking = False
        self._show()
        if not isinstance(error, InterpreterError):
            raise error
        questions.warn(
            self._window,
            "This Python cannot be used",
            str(error),
            "ThreadLab runs scripts with CPython 3.11 or later. The interpreter is unchanged.",
        )

    def _show(self) -> None:
        said, python = self._bridge.interpreter, self.current
        if said is not None:
            self._show_words(said.version, said.free_threaded, str(said))
        elif python is not None and python.release:
            self._show_words(python.release, python.free_threaded, python.label)
        else:
            self._button.set_interpreter("Python", "Python", f"Starts {self.path}")
        problem = python.problem if python is not None else ""
        if problem:
            self.notice = f"The chosen interpreter cannot be used: {problem}."
        self._button.set_list(self.found, self.path)
        self.changed.emit()

    def _show_words(self, release: str, free: bool, label: str) -> None:
        minor = ".".join(release.split(".")[:2])
        text = f"Python {minor}{label.removeprefix(f'Python {release}')}"
        hint = f"{label} runs the script: {self.path}"
        self._button.set_interpreter(text, f"{minor}{'t' if free else ''}", hint)


def _at(path: str, cancelled: Callable[[], bool]) -> Python:
    """Return what the interpreter in use is, which no place that was looked at has named."""
    try:
        return interpreters.look_at(path, cancelled=cancelled)
    except InterpreterError as error:
        return Python(path, ("chosen",), problem=error.why, name=os.path.basename(path))
