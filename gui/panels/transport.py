"""The bar at the top: what is shown, what can be done with it now, and how it was observed.

Every command is a `QAction`, so that the bar and the menus show the same thing and a shortcut
exists once.

Guarantees: only what can be done now is enabled; every button says in its tooltip what it does
and which key does it; the bar never cuts a word: where there is no room the buttons keep their
icons only, and the title is elided. Signals are sent for what a person does, never for `set_...`.
"""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
)

from gui import icons, theme
from gui.pane import ElidedLabel
from gui.panels.interpreter_button import InterpreterButton
from gui.panels.speed import SpeedBar

BAR_PIXELS = 56
_HOW = "Free run: the operating system and the GIL choose who runs; ThreadLab only watches"
TITLE_PIXELS = 180


class TransportState(Enum):
    """What a run is doing, as far as the buttons care."""

    IDLE = auto()
    STARTING = auto()
    RUNNING = auto()
    PAUSED = auto()
    ENDED = auto()
    REPLAYING = auto()


_S = TransportState
_CAN_RUN = {_S.IDLE, _S.ENDED, _S.REPLAYING}
_CAN_PAUSE = {_S.RUNNING, _S.PAUSED}
_CAN_STOP = {_S.STARTING, _S.RUNNING, _S.PAUSED}
_CAN_RESTART = {_S.RUNNING, _S.PAUSED, _S.ENDED, _S.REPLAYING}
_HAS_TRACE = {_S.RUNNING, _S.PAUSED, _S.ENDED, _S.REPLAYING}


class Transport(QFrame):
    """The transport bar.

    Attributes:
        run_action, pause_action, stop_action, restart_action, live_action, play_action,
        theme_action: the commands, for menus; `pause_action` resumes when paused.
        interpreter_button: says which Python runs the script, and offers others.
        state: what the buttons were last set for.

    Signals:
        run_requested, pause_requested, resume_requested, stop_requested, restart_requested
        speed_changed: the new speed of the cursor, 1.0 is real time.
        live_requested: follow the end of the trace.
        play_toggled: play from the cursor (True) or stop there (False).
        theme_toggled
    """

    run_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    speed_changed = Signal(float)
    live_requested = Signal()
    play_toggled = Signal(bool)
    theme_toggled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown_paused: bool | None = None
        self.state = TransportState.IDLE
        self._compact = False
        self._buttons: list[QToolButton] = []
        self._icons: list[tuple[QAction, str]] = []
        self.setProperty("role", "bar")
        self.setFixedHeight(BAR_PIXELS)
        self.setAccessibleName("Transport")
        self._make_actions()
        self._make_labels()
        self.speed_bar = SpeedBar()
        self.speed_bar.changed.connect(self.speed_changed)
        self._compose()
        theme.notifier().changed.connect(self._dress)
        self._dress()
        self.set_state(TransportState.IDLE)

    def set_state(self, state: TransportState) -> None:
        """Enable what can be done in `state`; replaying shows the play button pressed."""
        self.state = state
        focused = QApplication.focusWidget()
        self.run_action.setEnabled(state in _CAN_RUN)
        self.pause_action.setEnabled(state in _CAN_PAUSE)
        self.stop_action.setEnabled(state in _CAN_STOP)
        self.restart_action.setEnabled(state in _CAN_RESTART)
        self.live_action.setEnabled(state in _HAS_TRACE)
        self.play_action.setEnabled(state in _HAS_TRACE)
        self.set_playing(state is TransportState.REPLAYING)
        self._show_pause()
        if focused in self._buttons and not focused.isEnabled():
            self._focus_likely()

    def set_playing(self, playing: bool) -> None:
        """Show whether the cursor plays on its own."""
        self.play_action.setChecked(playing)

    def set_following(self, following: bool) -> None:
        """Show whether the cursor follows the live end."""
        self.live_action.setChecked(following)

    def set_title(self, title: str) -> None:
        """Show the scenario's title behind the name of the program."""
        self._title.setText(title)
        self._fit()

    def set_badge(self, text: str, python: str = "") -> None:
        """Say how the run was observed, "FREE RUN · replay at 2.6 s", and with which Python."""
        self._badge_words = text
        made = f"\nMade with {python}" if python else ""
        self._badge.setToolTip(f"{text}\n{_HOW}{made}")
        self._badge.setVisible(bool(text))
        self._badge.setAccessibleName(f"Kind of run: {text}")
        self._fit()

    def fit(self) -> None:
        """Choose the form that fits, after the words of a part have changed."""
        self._fit()

    def set_speed(self, speed: float) -> None:
        """Show `speed` as the chosen one; the nearest there is, without a signal."""
        self.speed_bar.set_speed(speed)

    def is_compact(self) -> bool:
        """Tell whether the buttons show their icons only."""
        return self._compact

    def minimumSizeHint(self) -> QSize:
        """Need the room of the compact form, whichever is shown, or it could never be reached."""
        return QSize(640, BAR_PIXELS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the form that fits."""
        super().resizeEvent(event)
        self._fit()

    def _make_actions(self) -> None:
        self.run_action = self._action("Run", "play", "Run the script", "Ctrl+R", "F5")
        self.pause_action = self._action("Pause", "pause", "")
        # Not the action's own: a key has to look who holds the keyboard, a click has not.
        QShortcut(QKeySequence("Space"), self, self._on_space).setAutoRepeat(False)
        self.stop_action = self._action(
            "Stop", "stop", "Stop the script and all its processes", "Esc"
        )
        self.restart_action = self._action(
            "Restart", "restart", "Stop, then run from the start", "Ctrl+Shift+R"
        )
        self.live_action = self._action("Live", "live", "Follow the live end", "L")
        self.play_action = self._action("Play", "play-from", "Play from the cursor", "P")
        self.theme_action = self._action("Theme", "sun", "", "Ctrl+T")
        for action in (self.live_action, self.play_action):
            action.setCheckable(True)
        self.run_action.triggered.connect(self.run_requested)
        self.pause_action.triggered.connect(self._on_pause)
        self.stop_action.triggered.connect(self.stop_requested)
        self.restart_action.triggered.connect(self.restart_requested)
        self.live_action.triggered.connect(self._on_live)
        self.play_action.triggered.connect(self.play_toggled)
        self.theme_action.triggered.connect(self.theme_toggled)

    def _action(self, text: str, icon: str, does: str, *keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setAutoRepeat(False)
        action.setIconText(text)
        action.setToolTip(f"{does} ({' or '.join(keys)})" if keys else does)
        self._icons.append((action, icon))
        self.addAction(action)
        return action

    def _make_labels(self) -> None:
        self._name = QLabel("ThreadLab")
        self._name.setFont(theme.body_font(16, QFont.Weight.Bold))
        self._title = ElidedLabel(role="quiet")
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._badge_words = ""
        self._badge = QLabel()
        self._badge.setProperty("role", "badge")
        self._badge.setFont(theme.numbers_font(12))
        self._badge.setFixedHeight(24)
        self._badge.hide()
        self.interpreter_button = InterpreterButton()
        # Not the button's own: Qt would draw it a second arrow.
        self.addAction(self.interpreter_button.open_action)

    def _compose(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 10, 0)
        row.setSpacing(10)
        # The compact form is chosen by us; a layout that insists would keep the window wide.
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        row.addWidget(self._name)
        row.addWidget(self._title)
        row.addSpacing(16)
        for action in (
            self.run_action, self.pause_action, self.stop_action, self.restart_action
        ):  # fmt: skip
            row.addWidget(self._button(action))
        self._buttons[0].setProperty("role", "go")
        row.addSpacing(12)
        pair = QHBoxLayout()
        pair.setSpacing(0)
        for action, segment in ((self.live_action, "first"), (self.play_action, "last")):
            button = self._button(action)
            button.setProperty("segment", segment)
            pair.addWidget(button)
        row.addLayout(pair)
        row.addSpacing(12)
        row.addWidget(self.speed_bar)
        row.addStretch(1)
        row.addWidget(self._badge)
        row.addWidget(self.interpreter_button)
        theme_button = self._button(self.theme_action)
        theme_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        theme_button.setProperty("compact", True)
        self._buttons.remove(theme_button)
        row.addWidget(theme_button)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(icons.SIDE, icons.SIDE))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # Tab reaches it; a click leaves the keyboard where it was, so that Space still pauses.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setFont(theme.body_font(14, QFont.Weight.Medium))
        button.setAccessibleName(action.text())
        action.changed.connect(lambda: button.setAccessibleName(action.text()))
        button.setProperty("compact", False)
        self._buttons.append(button)
        return button

    def _on_space(self) -> None:
        focused = QApplication.focusWidget()
        # A shortcut goes before the key: whoever holds the keyboard and lives by Space gets it.
        if isinstance(focused, QAbstractButton):
            focused.click()
        elif isinstance(focused, QComboBox):
            focused.showPopup()
        elif self.pause_action.isEnabled():
            self.pause_action.trigger()
        elif self.play_action.isEnabled():
            self.play_action.trigger()

    def _focus_likely(self) -> None:
        # Qt would hand the keyboard to the next button that is enabled: Restart, as it may be.
        likely = (self.pause_action, self.run_action, self.stop_action)
        for button in self._buttons:
            if button.isEnabled() and button.defaultAction() in likely:
                button.setFocus()
                return

    def _on_pause(self) -> None:
        if self.state is TransportState.PAUSED:
            self.resume_requested.emit()
        else:
            self.pause_requested.emit()

    def _on_live(self) -> None:
        # Pressing it again must not seem to leave the live end: only a gesture does that.
        self.live_action.setChecked(True)
        self.live_requested.emit()

    def _show_pause(self) -> None:
        paused = self.state is TransportState.PAUSED
        if paused == self._shown_paused:
            return
        self._shown_paused = paused
        self.pause_action.setText("Resume" if paused else "Pause")
        self.pause_action.setIconText(self.pause_action.text())
        does = "Let the script go on" if paused else "Hold the script and all its processes"
        self.pause_action.setToolTip(f"{does} (Space)")
        self._dress()
        self._fit()

    def _fit(self) -> None:
        self._badge.setText(self._badge_words)
        self._set_compact(False)
        self.interpreter_button.set_compact(False)
        if self._needed() > self.width():
            self._set_compact(True)
            self.interpreter_button.set_compact(self._needed() > self.width())
            self._shorten_badge(self._needed() - self.width())

    def _shorten_badge(self, excess: int) -> None:
        """End the badge's words in … where nothing else can give way; its name says them all."""
        if excess <= 0 or self._badge.isHidden():
            return
        metrics = self._badge.fontMetrics()
        room = metrics.horizontalAdvance(self._badge_words) - excess
        shown = metrics.elidedText(self._badge_words, Qt.TextElideMode.ElideRight, max(room, 0))
        self._badge.setText(shown)

    def _needed(self) -> int:
        layout = self.layout()
        assert layout is not None
        layout.activate()
        # Words of buttons give way before the title does, unless that is a long one.
        title = min(self._title.sizeHint().width(), TITLE_PIXELS)
        return layout.minimumSize().width() + title - self._title.minimumSizeHint().width()

    def _set_compact(self, compact: bool) -> None:
        if self._compact == compact:
            return
        self._compact = compact
        style = Qt.ToolButtonStyle
        for button in self._buttons:
            button.setToolButtonStyle(
                style.ToolButtonIconOnly if compact else style.ToolButtonTextBesideIcon
            )
            button.setProperty("compact", compact)
            button.style().unpolish(button)
            button.style().polish(button)
        self.speed_bar.set_compact(compact)

    def _dress(self) -> None:
        tokens = theme.current()
        disabled = theme.disabled_text(tokens)
        for action, name in self._icons:
            shown = name
            if action is self.pause_action and self.state is TransportState.PAUSED:
                shown = "play"
            elif action is self.theme_action and not tokens.is_dark:
                shown = "moon"
            color = tokens.on_state if action is self.run_action else tokens.text
            action.setIcon(icons.icon(shown, color, disabled, tokens.on_accent))
        other = "light" if tokens.is_dark else "dark"
        self.theme_action.setText(f"Change to the {other} theme")
        self.theme_action.setToolTip(f"Change to the {other} theme (Ctrl+T)")
