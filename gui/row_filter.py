"""The fields above the table: which thread, which kind, which object, which words.

Guarantees: `changed` is sent only when the criteria differ; a choice of a run is forgotten with
the run; words are taken a moment after the last key, so that typing looks for nothing by halves.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from engine.events import Kind, ObjectKind, State
from engine.names import name_of
from engine.sentences import called
from engine.sieve import Criteria, state_code
from engine.trace import Trace
from gui import theme
from gui.drop_down import DropDown

PATIENCE_MS = 180
MOST_CHOICES = 400
MOST_OBJECTS = 20_000  # that are looked at for them: every task is an object
_ANY_THREAD, _ANY_KIND, _ANY_STATE = "All threads", "All kinds", "All states"
_ANY_OBJECT = "All objects"

#: What a person asks for, and the kinds of events that it is.
KINDS: tuple[tuple[str, frozenset[Kind]], ...] = (
    ("Locks", frozenset(kind for kind in Kind if kind.name.startswith("LOCK_"))),
    (
        "Waits",
        frozenset(
            kind
            for kind in Kind
            if kind.name.endswith("_WAIT") or kind in (Kind.WAIT_BEGIN, Kind.WAIT_END, Kind.NOTIFY)
        ),
    ),
    ("Sleeps", frozenset({Kind.SLEEP_BEGIN, Kind.SLEEP_END})),
    ("Values", frozenset({Kind.STORE, Kind.DELETE, Kind.CHANGE, Kind.INSTANCE, Kind.NAMED})),
    (
        "Queues and messages",
        frozenset(
            {
                Kind.QUEUE_PUT, Kind.QUEUE_GET, Kind.QUEUE_DONE, Kind.GET_WAIT, Kind.PUT_WAIT,
                Kind.QUEUE_JOIN_WAIT, Kind.SENT, Kind.RECEIVED,
            }
        ),
    ),
    (
        "Tasks and pools",
        frozenset(
            {
                Kind.TASK_SUBMIT, Kind.TASK_BEGIN, Kind.TASK_END, Kind.TASK_CANCELLED,
                Kind.RESULT_WAIT, Kind.RESULT_END, Kind.IDLE_BEGIN, Kind.IDLE_END,
                Kind.POOL_SHUTDOWN, Kind.CALLBACKS, Kind.FUTURES_WAIT, Kind.COMPLETED_WAIT,
            }
        ),
    ),
    (
        "Threads and processes",
        frozenset(
            {
                Kind.THREAD_BEGIN, Kind.THREAD_END, Kind.THREAD_START, Kind.JOIN_WAIT,
                Kind.JOIN_END, Kind.EXIT_WAIT, Kind.EXIT_END, Kind.PROCESS_START,
                Kind.PROCESS_WAIT, Kind.PROCESS_END, Kind.PROCESS_KILL, Kind.CUT, Kind.EXEC,
                Kind.RAISED,
            }
        ),
    ),
)  # fmt: skip

#: The same for slices: (words, states with and without a lock).
STATES: tuple[tuple[str, frozenset[int]], ...] = (
    ("Running", frozenset(state_code(State.RUNNING, holds=held) for held in (False, True))),
    (
        "Holds a lock",
        frozenset(state_code(state, holds=True) for state in State if state is not State.NONE),
    ),
    (
        "Waits for a lock",
        frozenset(state_code(State.WAITS_LOCK, holds=held) for held in (False, True)),
    ),
    (
        "Waits for another",
        frozenset(state_code(State.WAITS_OTHER, holds=held) for held in (False, True)),
    ),
    ("Sleeping", frozenset(state_code(State.SLEEPING, holds=held) for held in (False, True))),
)


class _Choice(DropDown):
    """A list of choices; the first wants everything."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("compact", True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFont(theme.body_font(13))
        self.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Be content with the beginning of a word."""
        return QSize(64, super().minimumSizeHint().height())

    def offer(self, first: str, choices: Sequence[str]) -> None:
        """Offer *first* and *choices*; what was chosen by its words stays chosen."""
        wanted = [first, *choices]
        if [self.itemText(place) for place in range(self.count())] == wanted:
            return
        place, chosen = max(0, self.currentIndex()), self.currentText()
        blocked = self.blockSignals(True)
        self.clear()
        self.addItems(wanted)
        stays = place < len(wanted) and wanted[place] == chosen  # several may have one name
        self.setCurrentIndex(place if stays else max(0, self.findText(chosen)))
        self.blockSignals(blocked)

    def choose_first(self) -> None:
        """Want everything, without telling anyone."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(0)
        self.blockSignals(blocked)


class RowFilter(QWidget):
    """The fields.

    Attributes: lane, kind, object, words (the fields); criteria (what they want).
    Signals: changed().
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.criteria = Criteria()
        self._trace = Trace()
        self._known = (-1, -1)
        self._objects: list[tuple[str, frozenset[int]]] = []
        self.lane = _Choice("Rows of this thread")
        self.kind = _Choice("Rows of this kind")
        self.object = _Choice("Rows about this lock or other object")
        self.words = QLineEdit()
        self.words.setProperty("compact", True)
        self.words.setFont(theme.body_font(13))
        self.words.setClearButtonEnabled(True)
        self.words.setPlaceholderText("Find words")
        self.words.setAccessibleName("Rows with these words")
        self.words.setToolTip(
            "Each word stands in the thread's name, in what it does, in the object's name or in "
            "the file, or is the line or the value"
        )
        self._typing = QTimer(self)
        self._typing.setObjectName("table words")
        self._typing.setSingleShot(True)
        self._typing.setInterval(PATIENCE_MS)
        self._typing.timeout.connect(self._take)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(8)
        for field in (self.lane, self.kind, self.object):
            field.currentIndexChanged.connect(self._take)
            row.addWidget(field, 2)
        row.addWidget(self.words, 3)
        self.words.setMinimumWidth(64)
        self.words.textChanged.connect(self._typed)
        self.words.returnPressed.connect(self._take)
        self._offer_kinds()

    def show_trace(self, trace: Trace) -> None:
        """Offer the threads and objects of *trace*; of another trace, nothing is chosen yet."""
        if trace is not self._trace:
            for field in (self.lane, self.kind, self.object):
                field.choose_first()
            blocked = self.words.blockSignals(True)
            self.words.clear()
            self.words.blockSignals(blocked)
            self._typing.stop()
        known = (len(trace.threads), len(trace.objects))
        if trace is self._trace and known == self._known:
            return
        is_other = trace is not self._trace
        self._trace, self._known = trace, known
        threads = [called(trace, lane) for lane in range(min(MOST_CHOICES, len(trace.threads)))]
        self.lane.offer(_ANY_THREAD, threads)
        self._objects = _objects(trace)
        self.object.offer(_ANY_OBJECT, [name for name, _ in self._objects])
        if is_other:
            self._take()

    def show_slices(self, slices: bool) -> None:
        """Offer the states of slices, or the kinds of events."""
        if slices != self.criteria.slices:
            self.kind.choose_first()
            self._offer_kinds(slices)
            self._take(slices=slices)

    def _offer_kinds(self, slices: bool = False) -> None:
        if slices:
            self.kind.offer(_ANY_STATE, [words for words, _ in STATES])
        else:
            self.kind.offer(_ANY_KIND, [words for words, _ in KINDS])

    def _typed(self, _text: str) -> None:
        self._typing.start()

    def _take(self, _: object = None, *, slices: bool | None = None) -> None:
        self._typing.stop()
        slices = self.criteria.slices if slices is None else slices
        kind, obj = self.kind.currentIndex() - 1, self.object.currentIndex() - 1
        thread = self.lane.currentIndex() - 1
        wanted = Criteria(
            slices,
            thread if thread >= 0 else None,
            KINDS[kind][1] if kind >= 0 and not slices else None,
            STATES[kind][1] if kind >= 0 and slices else None,
            self._objects[obj][1] if 0 <= obj < len(self._objects) else None,
            self.words.text().strip(),
        )
        if wanted != self.criteria:
            self.criteria = wanted
            self.changed.emit()


def _objects(trace: Trace) -> list[tuple[str, frozenset[int]]]:
    """Return what a person may choose: the locks first, then other things, by their names.

    Statements that store one value are one choice.
    """
    found: dict[tuple[int, str], set[int]] = {}
    for thing in trace.objects[1:MOST_OBJECTS]:
        if thing.kind in (ObjectKind.THREAD, ObjectKind.PROCESS):
            continue
        name = str(thing.extra.get("variable") or name_of(trace, thing.number))
        order = 0 if thing.kind in (ObjectKind.LOCK, ObjectKind.RLOCK) else int(thing.kind)
        found.setdefault((order, name), set()).add(thing.number)
        if len(found) >= MOST_CHOICES:
            break
    return [(name, frozenset(numbers)) for (_, name), numbers in sorted(found.items())]
