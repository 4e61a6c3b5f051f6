"""The events and their one wire layout, shared by the child and ThreadLab.

Why: two processes, often two Python versions, must agree on every byte, so that agreement has
one home. The child packs with `array` (C speed, standard library), the window reads the same
columns with `numpy.frombuffer`.

Guarantees: standard library only; no pickle; a batch is self-describing (`HEADER`) and anything
that does not fit raises `WireError` instead of being guessed at.

A batch is six columns rather than 32-byte rows: packing a column is one C call over the whole
batch (about 0.05 microseconds an entry), packing rows is a Python loop.
"""

from __future__ import annotations

import enum
import struct
import sys
from array import array
from typing import NamedTuple

PROTOCOL = 1


class Kind(enum.IntEnum):
    """What happened. `STATE_AFTER` says which state the thread is in afterwards."""

    THREAD_BEGIN = 1  # the thread's first moment; value: unused
    THREAD_END = 2
    THREAD_START = 3  # object: the thread object that this thread starts
    LOCK_WAIT = 4  # tried, found it taken, waits now; value: time-out in ns or -1
    LOCK_ACQUIRED = 5
    LOCK_RELEASED = 6
    LOCK_WAIT_FAILED = 7  # a timed wait ran out, or was interrupted
    LOCK_TRY_FAILED = 8  # acquire(blocking=False) returned False; no wait
    SLEEP_BEGIN = 9  # value: seconds asked for, in ns
    SLEEP_END = 10
    JOIN_WAIT = 11  # object: the thread waited for; value: time-out in ns or -1
    JOIN_END = 12
    WAIT_BEGIN = 13  # condition, event, barrier, semaphore; value: time-out in ns or -1
    WAIT_END = 14  # of any wait for a NOTIFY; value: its ticket, 0 where none is known
    STORE = 15  # object: the store point; value: what was stored
    DELETE = 16  # object: the store point
    QUEUE_PUT = 17  # object: the queue; value: its length afterwards
    QUEUE_GET = 18
    TASK_SUBMIT = 19  # object: the task; value: tasks waiting afterwards
    TASK_BEGIN = 20  # object: the task, taken by this worker
    TASK_END = 21  # object: the task; value: the result, a number or a text; flags: RAISED
    RESULT_WAIT = 22  # object: the task; value: time-out in ns or -1
    RESULT_END = 23
    IDLE_BEGIN = 24  # a pool's worker waits for work; object: the pool
    IDLE_END = 25
    PROCESS_START = 26  # object: the process object that is started
    PROCESS_WAIT = 27  # Process.join; object: the process
    PROCESS_END = 28  # the wait is over
    RAISED = 29  # an uncaught exception ends this thread; value: text
    OUTPUT = 30  # value: text; flags: 1 for standard output, 2 for standard error
    NOTIFY = 31  # object: what others wait for; value: a packed Notice
    PAUSED = 32  # from outside; value: length of the gap in ns
    SAMPLE = 33  # where a running thread was seen; site: the line
    EXIT_WAIT = 34  # the main thread waits for the others at the end of the script
    TASK_CANCELLED = 35
    GET_WAIT = 36  # Queue.get; object: the queue; value: time-out in ns or -1, as in all waits
    PUT_WAIT = 37  # Queue.put; object: the queue
    QUEUE_JOIN_WAIT = 38  # Queue.join; object: the queue
    TIMER_WAIT = 39  # a Timer before its time; object: its thread object; value: the interval
    FUTURES_WAIT = 40  # concurrent.futures.wait; object: the pool of one of them
    COMPLETED_WAIT = 41  # as_completed; object: the pool of one of them
    SHUTDOWN_WAIT = 42  # Executor.shutdown; object: the worker's thread object
    LOOP_WAIT = 43  # an event loop has nothing to run; object: the loop
    EXIT_END = 44  # the other threads have ended
    QUEUE_DONE = 45  # Queue.task_done; object: the queue
    POOL_SHUTDOWN = 46  # Executor.shutdown is called; object: the pool
    CALLBACKS = 47  # object: the task; value: the names of its callbacks, which run here and now
    PROCESS_KILL = 48  # terminate or kill; object: the process; value: the signal
    CUT = 49  # from outside: the process ended without a word; value: its exit status, 0: unknown
    SENT = 50  # object: the end of a pipe
    RECEIVED = 51
    EXEC = 52  # the process becomes another program; value: its name
    INPUT_WAIT = 53  # a read of standard input waits until somebody types, or closes it
    INPUT_END = 54
    INSTANCE = 55  # the object whose attribute this thread's next STORE is; value: its id()
    NAMED = 56  # a module global holds an instance; object: the name; value: its id()
    CHANGE = 57  # by how much this thread's next STORE at this point changes it


class State(enum.IntEnum):
    """What a lane shows."""

    NONE = 0  # not begun, or ended
    RUNNING = 1
    WAITS_LOCK = 2
    WAITS_OTHER = 3
    SLEEPING = 4


#: Kinds after which the thread is in a known state. Kinds not listed leave the state alone.
STATE_AFTER: dict[Kind, State] = {
    Kind.THREAD_BEGIN: State.RUNNING,
    Kind.THREAD_END: State.NONE,
    Kind.LOCK_WAIT: State.WAITS_LOCK,
    Kind.LOCK_ACQUIRED: State.RUNNING,
    Kind.LOCK_RELEASED: State.RUNNING,
    Kind.LOCK_WAIT_FAILED: State.RUNNING,
    Kind.SLEEP_BEGIN: State.SLEEPING,
    Kind.SLEEP_END: State.RUNNING,
    Kind.JOIN_WAIT: State.WAITS_OTHER,
    Kind.JOIN_END: State.RUNNING,
    Kind.WAIT_BEGIN: State.WAITS_OTHER,
    Kind.WAIT_END: State.RUNNING,
    Kind.RESULT_WAIT: State.WAITS_OTHER,
    Kind.RESULT_END: State.RUNNING,
    Kind.IDLE_BEGIN: State.WAITS_OTHER,
    Kind.IDLE_END: State.RUNNING,
    Kind.PROCESS_WAIT: State.WAITS_OTHER,
    Kind.PROCESS_END: State.RUNNING,
    Kind.EXIT_WAIT: State.WAITS_OTHER,
    Kind.EXIT_END: State.RUNNING,
    Kind.GET_WAIT: State.WAITS_OTHER,
    Kind.PUT_WAIT: State.WAITS_OTHER,
    Kind.QUEUE_JOIN_WAIT: State.WAITS_OTHER,
    Kind.TIMER_WAIT: State.WAITS_OTHER,
    Kind.FUTURES_WAIT: State.WAITS_OTHER,
    Kind.COMPLETED_WAIT: State.WAITS_OTHER,
    Kind.SHUTDOWN_WAIT: State.WAITS_OTHER,
    Kind.LOOP_WAIT: State.WAITS_OTHER,
    Kind.CUT: State.NONE,
    Kind.INPUT_WAIT: State.WAITS_OTHER,
    Kind.INPUT_END: State.RUNNING,
}

#: Waits that another thread ends by a NOTIFY, and that a WAIT_END says to be over.
NOTIFIED_KINDS = frozenset(
    {
        Kind.WAIT_BEGIN,
        Kind.GET_WAIT,
        Kind.PUT_WAIT,
        Kind.QUEUE_JOIN_WAIT,
        Kind.TIMER_WAIT,
        Kind.FUTURES_WAIT,
        Kind.COMPLETED_WAIT,
        Kind.LOOP_WAIT,
    }
)

#: Waits that end by themselves when `value` (a time-out) is not negative, and that only a thread
#: of the run can end otherwise. An event loop is none of them: a socket may wake it.
WAIT_KINDS = (NOTIFIED_KINDS - {Kind.LOOP_WAIT}) | frozenset(
    {
        Kind.LOCK_WAIT,
        Kind.JOIN_WAIT,
        Kind.SHUTDOWN_WAIT,
        Kind.RESULT_WAIT,
        Kind.IDLE_BEGIN,
        Kind.PROCESS_WAIT,
        Kind.EXIT_WAIT,
    }
)


class Flag(enum.IntFlag):
    """How to read `value`, and details of a kind."""

    TEXT = 1  # value is the number of an interned text
    FLOAT = 2  # value holds the bits of a double
    RAISED = 4  # the task ended by an exception
    TIMED_OUT = 8  # the wait that ends here ran out of time
    INDIRECT = 16  # the wait is part of another call: wait_for, or the iteration of map


class ObjectKind(enum.IntEnum):
    """What an object number stands for."""

    THREAD = 1
    LOCK = 2
    RLOCK = 3
    CONDITION = 4
    EVENT = 5
    SEMAPHORE = 6
    BARRIER = 7
    QUEUE = 8
    POOL = 9
    TASK = 10
    PROCESS = 11
    STORE_POINT = 12
    FUTURE = 13  # that the script makes itself, without a pool
    LOOP = 14  # an event loop of asyncio
    PIPE = 15  # one end of a pipe, or several connections waited for at once
    PROXY = 16  # of a manager


class Deed(enum.IntEnum):
    """By what a thread ends the waits of others: part of a Notice."""

    NOTIFIED = 0
    SET = 1  # an event
    RELEASED = 2  # a semaphore
    ARRIVED = 3  # at a barrier, as the last
    LEFT = 4  # a barrier, as the last: it can be used again
    BROKE = 5  # a barrier: out of time, or its action failed
    ABORTED = 6  # a barrier
    RESET = 7  # a barrier
    PUT = 8
    GOT = 9
    DONE = 10  # task_done, for the last task
    SHUT = 11  # a queue
    CANCELLED = 12  # a timer
    FINISHED = 13  # a task
    CALLED = 14  # an event loop, from another thread


class Notice(NamedTuple):
    """The value of a NOTIFY.

    *ticket* stands in the WAIT_END of each wait that it ended, counted from 1 in each process; 0:
    nobody waited. *waited* says how many waited, up to `MOST_WAITED`.
    """

    deed: Deed
    waited: int
    ticket: int

    def packed(self) -> int:
        """Return the 63 bits that travel."""
        return self.ticket * TICKET_ONE | min(self.waited, MOST_WAITED) << 8 | self.deed

    @classmethod
    def of(cls, value: int) -> Notice:
        """Return what *value* packs; a deed that is not known becomes NOTIFIED."""
        deed = value & 0xFF
        known = Deed(deed) if deed <= max(Deed) else Deed.NOTIFIED
        return cls(known, value >> 8 & MOST_WAITED, value // TICKET_ONE)


MOST_WAITED = (1 << 20) - 1
TICKET_ONE = 1 << 28  # the value of a NOTIFY with ticket 1


class Message(enum.IntEnum):
    """First byte of every message from the child."""

    HELLO = 1  # JSON: pid, parent pid, version, gil, name
    BATCH = 2  # columns, see HEADER
    NAMES = 3  # JSON: threads, objects, sites, texts new since the last message
    OUTPUT = 4  # OUTPUT_HEADER, then UTF-8 bytes
    QUIET = 5  # u64 time: nothing was recorded up to here that was not sent
    GOODBYE = 6  # JSON: how the script ended in this process
    ERROR = 7  # JSON: the probe itself failed; a defect of ours, shown as such
    TROUBLE = 8  # JSON: how often the recorder held the script up, how many records it lost


#: message, pad, count of events, time of the flush in ns
HEADER = struct.Struct("<B7xQQ")
#: message, stream (1 or 2), pad, thread number, time in ns
OUTPUT_HEADER = struct.Struct("<BB2xIQ")
QUIET = struct.Struct("<B7xQ")
#: one entry of the columns `value` and `what`
VALUE = struct.Struct("<q")
WHAT = struct.Struct("<Q")

#: (name, array type code, bytes) of each column, in wire order. `what` is
#: object << 16 | flags << 8 | kind, one constant per probe, so the hot path appends one int.
COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("value", "q", 8),
    ("time", "Q", 8),
    ("what", "Q", 8),
    ("thread", "I", 4),
    ("site", "I", 4),
)
EVENT_BYTES = sum(size for _, _, size in COLUMNS)


class WireError(ValueError):
    """Bytes that are no message of this protocol."""


def what(kind: Kind, obj: int = 0, flags: int = 0) -> int:
    """Return the constant that a probe for *kind* on object *obj* appends."""
    return obj << 16 | flags << 8 | kind


def pack_batch(columns: dict[str, array[int]], now: int) -> bytes:
    """Return one BATCH message of *columns* (equal lengths, type codes as in `COLUMNS`)."""
    count = len(columns["time"])
    parts = [HEADER.pack(Message.BATCH, count, now)]
    for name, code, size in COLUMNS:
        column = columns[name]
        if column.typecode != code or column.itemsize != size or len(column) != count:
            raise WireError(f"column {name!r} does not fit the layout")
        if sys.byteorder == "big":
            column = array(code, column)
            column.byteswap()
        parts.append(column.tobytes())
    return b"".join(parts)


def batch_layout(message: bytes) -> tuple[int, int, dict[str, tuple[int, int]]]:
    """Return (count, flush time, column name to (offset, bytes)) of a BATCH message.

    Raises WireError when the length does not match the header: a child that was killed while
    sending leaves half a message, which the connection reports, never a half-read batch.
    """
    if len(message) < HEADER.size:
        raise WireError("a batch shorter than its header")
    kind, count, now = HEADER.unpack_from(message)
    if kind != Message.BATCH or len(message) != HEADER.size + count * EVENT_BYTES:
        raise WireError(f"a batch of {count} events has {len(message)} bytes")
    layout = {}
    offset = HEADER.size
    for name, _, size in COLUMNS:
        layout[name] = (offset, size * count)
        offset += size * count
    return count, now, layout
