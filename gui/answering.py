"""Between the console's input line and the run: who waits for input, and what is typed for them.

Guarantees: the line is shown only for a script that reads its input, can be used only while the
run goes on, and takes the focus only when a thread begins to wait and the person is not writing.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QTextEdit

from engine.events import Kind
from engine.trace import Trace
from gui.bridge import Bridge
from gui.input_line import InputLine
from gui.layout import Workspace

_READS = re.compile(r"\binput\s*\(|\bstdin\b")


def waiting_for_input(trace: Trace) -> list[int]:
    """Return the threads (lanes) that wait for input at the trace's end."""
    found = []
    for thread, lane in zip(trace.threads, trace.lanes, strict=True):
        kinds = lane.kinds
        if thread.end is None and len(kinds) and kinds.view[-1] == Kind.INPUT_WAIT:
            found.append(thread.index)
    return found


class Answering(QObject):
    """Keeps the input line in step with the run of one window."""

    def __init__(self, line: InputLine, bridge: Bridge, workspace: Workspace) -> None:
        super().__init__(line)
        self._line, self._bridge, self._workspace = line, bridge, workspace
        self._trace: Trace | None = None
        self._seen = False
        self._waited = False
        line.sent.connect(self._send)
        line.ended.connect(self._end)
        bridge.numbers.connect(self.update)
        bridge.state_changed.connect(self.update)

    def update(self) -> None:
        """Look who waits now."""
        bridge, line = self._bridge, self._line
        trace = bridge.trace
        if trace is not self._trace:
            self._waited = False
            self._seen = any(_READS.search(text) for text in trace.sources.values())
            # Of a session that is about to begin the source is not known yet.
            self._trace = trace if trace.sources else None
        waiting = waiting_for_input(trace) if bridge.state in ("running", "paused") else []
        self._seen = self._seen or bool(waiting)
        line.setVisible(self._seen)
        session = bridge.session
        line.set_open(bool(session and session.takes_input), self._hint(trace, waiting))
        if waiting and not self._waited:
            self._call()
        self._waited = bool(waiting)

    def _hint(self, trace: Trace, waiting: list[int]) -> str:
        if self._bridge.state not in ("running", "paused"):
            return "The run is over." if self._bridge.state == "ended" else ""
        session = self._bridge.session
        if session is not None and not session.takes_input:
            return "The input was ended."
        if not waiting:
            return "Nobody waits for input now; a line is kept until it is read."
        name = trace.threads[waiting[0]].name
        more = f" and {len(waiting) - 1} more wait" if len(waiting) > 1 else " waits"
        return f"{name}{more} for input: type a line, Enter sends it"

    def _call(self) -> None:
        """Bring the line to the person, unless he is writing somewhere else."""
        focused = QApplication.focusWidget()
        writing = isinstance(focused, QTextEdit) and not focused.isReadOnly()
        if writing or (isinstance(focused, QLineEdit) and focused is not self._line.edit):
            return
        self._workspace.raise_pane("console")
        self._line.edit.setFocus()

    def _send(self, line: str) -> None:
        session = self._bridge.session
        if session is None or not session.type(line + "\n"):
            self._line.edit.setText(line)  # not taken: it is not lost either

    def _end(self) -> None:
        session = self._bridge.session
        if session is not None:
            session.end_input()
            self.update()
