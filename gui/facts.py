"""What is to be said of a chosen slice, or of a chosen lock: facts, without a widget.

Why: the details are read on the screen, by a screen reader and from the clipboard, and tested; all
of them take the same facts. Guarantees: a function of the trace and the moment; each fact rests on
what was recorded, and says so where nothing was; it costs what is seen at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.cpu import OnCore
from engine.events import WAIT_KINDS, Kind, ObjectKind, State
from engine.lanes import Slice
from engine.sentences import called
from engine.statistics import LockUse, Stay
from engine.trace import Event, Trace
from engine.wakers import ending
from gui.labels import duration, object_name, slice_label

MOST_NAMED = 12  # threads of a queue
MOST_LOCKS = 100  # looked through for those that a thread holds
_LAST = 8  # events of a thread among which the one stands that ended it
_PRINTED = 400  # pieces of output looked at for the traceback
_TRACEBACK = 2_000  # letters of it
_STATES = {
    State.RUNNING: "running",
    State.WAITS_LOCK: "waiting for a lock",
    State.WAITS_OTHER: "waiting",
    State.SLEEPING: "sleeping",
}
NOT_FAIR = "Locks are not fair: who came first need not be the next."


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a fact.

    Attributes: text; link (what they lead to: 'thread:3:120', 'lock:2', 'line:7', 'time:3:120', or
    nothing); thread (whose chip stands before them, or None); quiet (they explain); code (they are
    a line of code, or what was printed).
    """

    text: str
    link: str = ""
    thread: int | None = None
    quiet: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known: what it is called, and the words."""

    label: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The words, plain."""
        return "".join(piece.text for piece in self.pieces)


def moment(ns: int) -> str:
    """Return a time for people, to the microsecond: '1.204518 s'."""
    return f"{ns / 1e9:.6f} s"


def go_to(lane: int, time: int, text: str = "go to") -> Piece:
    """Return a link to a moment of a thread."""
    return Piece(text, f"time:{lane}:{time}")


def thread_piece(trace: Trace, lane: int, at: int) -> Piece:
    """Return a thread's name with its chip: a link to what it does at *at*."""
    return Piece(called(trace, lane), f"thread:{lane}:{at}", lane)


def lock_piece(trace: Trace, lock: int) -> Piece:
    """Return a lock's name, a link to the lock."""
    return Piece(object_name(trace, lock), f"lock:{lock}")


def slice_facts(trace: Trace, lane: int, at: int) -> list[Fact]:
    """Return what is known of thread *lane* at *at* (ns)."""
    facts = [_thread(trace, lane)]
    piece = trace.state_at(lane, at)
    if piece is None:
        return [*facts, Fact("State", (Piece("has not begun"),))]
    if piece.state is State.NONE:
        ended = (Piece("has ended, at "), go_to(lane, piece.start, moment(piece.start)))
        return [*facts, Fact("State", ended), *_failure(trace, lane)]
    facts.append(_state(trace, lane, at, piece))
    facts.append(_span(trace, lane, piece))
    facts.append(_on_core(trace, lane, piece))
    facts += _line(trace, lane, at)
    if piece.state is State.WAITS_LOCK and piece.obj:
        facts.append(Fact("Lock", (lock_piece(trace, piece.obj),)))
        facts += _who_has(trace, piece.obj, at)
    facts += _with_it(trace, lane, at, piece)
    facts += _holds(trace, lane, at, piece)
    facts += _task(trace, lane, at)
    facts += _ended_by(trace, lane, piece)
    return facts + _failure(trace, lane, piece.end)


def lock_facts(trace: Trace, lock: int, t: int, use: LockUse | None) -> list[Fact]:
    """Return what is known of *lock* at *t*; *use* is what it did so far (None: not known yet)."""
    thing = trace.objects[lock]
    kind = "RLock" if thing.kind is ObjectKind.RLOCK else "Lock"
    shared = ", of several processes" if "shared" in thing.extra else ""
    facts = [
        Fact("Lock", (Piece(object_name(trace, lock)), Piece(f"  {kind}{shared}", quiet=True)))
    ]
    if thing.line:
        facts.append(Fact("Made at", _place(trace, thing.file, thing.line)))
    facts += _who_has(trace, lock, t)
    if use is None:
        return [*facts, Fact("So far", (Piece("adding up…", quiet=True),))]
    share = f" ({100 * use.contended / use.acquisitions:.0f} %)" if use.contended else ""
    times = "once" if use.acquisitions == 1 else f"{use.acquisitions:,} times"
    had = f", {use.contended:,} of them{share} after a wait" if use.acquisitions else ""
    facts.append(Fact("Taken so far", (Piece(times if use.acquisitions else "never"), Piece(had))))
    facts.append(_total(trace, "Held so far", use.held, use.longest_hold))
    facts.append(_total(trace, "Waited for", use.waited, use.longest_wait))
    return facts


def _total(trace: Trace, label: str, ns: int, longest: Stay | None) -> Fact:
    if longest is None:
        return Fact(label, (Piece("never" if not ns else duration(ns)),))
    return Fact(
        label,
        (
            Piece(f"{duration(ns)} in all, {duration(longest.length)} at the longest by "),
            thread_piece(trace, longest.thread, longest.start),
            Piece("  "),
            go_to(longest.thread, longest.start),
        ),
    )


def _thread(trace: Trace, lane: int) -> Fact:
    thread = trace.threads[lane]
    words = [Piece(thread.name, "", lane)]
    if thread.daemon:
        words.append(Piece("  daemon", quiet=True))
    if thread.process < len(trace.processes):
        process = trace.processes[thread.process]
        words.append(Piece(f"  in process {process.name}, {process.pid}", quiet=True))
    return Fact("Thread", tuple(words))


def _state(trace: Trace, lane: int, at: int, piece: Slice) -> Fact:
    words = [Piece(_STATES[piece.state])]
    if piece.state in (State.WAITS_LOCK, State.WAITS_OTHER):
        call = slice_label(trace, lane, piece) if piece.state is State.WAITS_OTHER else "acquire()"
        words += [Piece(": "), Piece(call, _object_link(trace, piece, at))]
        asked = trace.event(piece.event).value
        if piece.kind in WAIT_KINDS and isinstance(asked, int) and asked >= 0:
            words.append(Piece(f", for {duration(asked)} at most"))
    elif piece.kind is Kind.SLEEP_BEGIN:
        asked = trace.event(piece.event).value
        if isinstance(asked, int) and asked:
            words.append(Piece(f": sleep({asked / 1e9:g})"))
    return Fact("State", tuple(words))


def _object_link(trace: Trace, piece: Slice, at: int) -> str:
    """Return a link to the thread or the lock that is waited for."""
    if piece.state is State.WAITS_LOCK:
        return f"lock:{piece.obj}" if piece.obj else ""
    for thread in trace.threads if piece.kind in (Kind.JOIN_WAIT, Kind.SHUTDOWN_WAIT) else ():
        if piece.obj and thread.object == piece.obj:
            return f"thread:{thread.index}:{at}"
    return ""


def _end(trace: Trace, lane: int, piece: Slice) -> int | None:
    return piece.end if piece.end is not None else trace.threads[lane].end


def _span(trace: Trace, lane: int, piece: Slice) -> Fact:
    end = _end(trace, lane, piece)
    start = go_to(lane, piece.start, moment(piece.start))
    if end is None:
        long = duration(max(0, trace.now - piece.start))
        return Fact("Span", (Piece("since "), start, Piece(f", {long} so far")))
    stop = go_to(lane, end, moment(end))
    return Fact("Span", (start, Piece(" to "), stop, Piece(f", {duration(end - piece.start)}")))


def _on_core(trace: Trace, lane: int, piece: Slice) -> Fact:
    thread, series = trace.threads[lane], trace.cpu.series.get(lane)
    end = _end(trace, lane, piece)
    end = max(piece.start, trace.now) if end is None else end
    begin = piece.start if thread.begin is None else thread.begin
    core = series.between(piece.start, end, begin, end) if series else None
    return Fact("On a core", (Piece(core_words(core, end - piece.start)),))


def core_words(core: OnCore | None, span: int) -> str:
    """Return for how much of *span* ns a thread was on a core, as far as the readings tell."""
    if core is None:
        return "not measured"
    if not core.most:
        return "none"
    if core.most - core.least <= max(1_000, span // 50):
        part = f" ({100 * core.most / span:.0f} %)" if span else ""
        return f"{duration(core.most)}{part}"
    if core.least == 0:
        known = core.most < span
        return f"at most {duration(core.most)}" if known else "not measured: too short"
    return f"{duration(core.least)} to {duration(core.most)}"


def _line(trace: Trace, lane: int, at: int) -> list[Fact]:
    site = trace.site_at(lane, at)
    return [Fact("Line", _place(trace, site.file, site.line))] if site.line else []


def _place(trace: Trace, file: str, line: int) -> tuple[Piece, ...]:
    name = file.replace("\\", "/").rpartition("/")[2]
    words = Piece(f"{name}:{line}", f"line:{line}:{file}")
    text = source_line(trace, file, line)
    return (words, Piece("  "), Piece(text, code=True)) if text else (words,)


def source_line(trace: Trace, file: str, line: int) -> str:
    """Return a line of the script as it ran, without its indentation; '' where it is not kept."""
    source = trace.sources.get(file, "")
    place = -1
    for _ in range(line - 1):
        place = source.find("\n", place + 1)
        if place < 0:
            return ""
    return source[place + 1 :].partition("\n")[0].strip()


def _who_has(trace: Trace, lock: int, at: int) -> list[Fact]:
    """Return the holder of *lock* at *at*, and those who wait for it."""
    hold = trace.locks.hold_at(lock, at)
    held: tuple[Piece, ...] = (Piece("nobody at this moment"),)
    if hold is not None:
        since = go_to(hold.thread, hold.start, moment(hold.start))
        held = (thread_piece(trace, hold.thread, at), Piece("  since "), since)
    waiting = trace.waiters_at(lock, at)
    if not waiting:
        return [Fact("Held by", held), Fact("Queue", (Piece("nobody waits"),))]
    words = [*_named(trace, waiting, at)]
    if len(waiting) > 1:
        words.append(Piece(f", in the order in which they came. {NOT_FAIR}", quiet=True))
    return [Fact("Held by", held), Fact("Queue", tuple(words))]


def _with_it(trace: Trace, lane: int, at: int, piece: Slice) -> list[Fact]:
    """Return the other threads that wait for the same condition, queue, pool or such."""
    if piece.state is not State.WAITS_OTHER or not piece.obj:
        return []
    others = [n for n in trace.waiters_at(piece.obj, at, State.WAITS_OTHER) if n != lane]
    return [Fact("Also waiting", _named(trace, others, at))] if others else []


def _named(trace: Trace, lanes: Sequence[int], at: int) -> tuple[Piece, ...]:
    words: list[Piece] = []
    for place, lane in enumerate(lanes[:MOST_NAMED]):
        words += [Piece(", " if place else ""), thread_piece(trace, lane, at)]
    if len(lanes) > MOST_NAMED:
        words.append(Piece(f" and {len(lanes) - MOST_NAMED} more"))
    return tuple(words)


def _holds(trace: Trace, lane: int, at: int, piece: Slice) -> list[Fact]:
    if len(trace.locks.histories) <= MOST_LOCKS:
        held = trace.locks.held_by(lane, at)
    else:
        held = [piece.held] if piece.held else []
    if not held:
        return []
    words: list[Piece] = []
    for place, lock in enumerate(held):
        words += [Piece(", " if place else ""), lock_piece(trace, lock)]
    if len(trace.locks.histories) > MOST_LOCKS:
        words.append(Piece(", which it took last", quiet=True))
    facts = [Fact("Holds", tuple(words))]
    if piece.state is not State.WAITS_LOCK and len(held) == 1:
        facts += [fact for fact in _who_has(trace, held[0], at) if fact.label == "Queue"]
    return facts


def _task(trace: Trace, lane: int, at: int) -> list[Fact]:
    task = trace.tasks.of_worker(lane, at)
    if task is None:
        return []
    words = [Piece(task.label)]
    if task.pool:
        words.append(Piece(f"  of {object_name(trace, task.pool)}", quiet=True))
    words += [Piece(", submitted by "), thread_piece(trace, task.submitter, task.submitted)]
    words += [Piece("  "), go_to(task.submitter, task.submitted)]
    if task.raised:
        words += [Piece(", raised "), Piece(task.result, code=True)]
    return [Fact("Task", tuple(words))]


def _ended_by(trace: Trace, lane: int, piece: Slice) -> list[Fact]:
    if piece.state not in (State.WAITS_LOCK, State.WAITS_OTHER):
        return []
    end = ending(trace, lane, piece)
    if end.how == "goes on":
        return [Fact("Ended by", (Piece("nobody yet: it goes on"),))]
    if end.how == "timed out":
        return [Fact("Ended by", (Piece("its time was up"),))]
    if end.thread is None or end.time is None:
        return [Fact("Ended by", (Piece("what ended it was not seen", quiet=True),))]
    who = thread_piece(trace, end.thread, end.time)
    when = Piece(f" {end.words} at {moment(end.time)}  ")
    return [Fact("Ended by", (who, when, go_to(end.thread, end.time)))]


def _failure(trace: Trace, lane: int, upto: int | None = 0) -> list[Fact]:
    """Return the exception by which thread *lane* ended, where its last slice is told of."""
    thread = trace.threads[lane]
    if thread.end is None or (upto and upto < thread.end):
        return []
    raised = _raised(trace, lane)
    if raised is None:
        return []
    site = trace.sites[raised.site]
    words = [Piece(str(raised.value), code=True)]
    if site.line:
        words += [Piece(" at "), *_place(trace, site.file, site.line)[:1]]
    facts = [Fact("Exception", tuple(words))]
    if printed := _traceback(trace, lane, raised.time):
        facts.append(Fact("Traceback", (Piece(printed, code=True),)))
    return facts


def _raised(trace: Trace, lane: int) -> Event | None:
    events = trace.lanes[lane].events
    for index in events[max(0, len(events) - _LAST) :][::-1].tolist():
        event = trace.event(index)
        if event.kind is Kind.RAISED:
            return event
    return None


def _traceback(trace: Trace, lane: int, since: int) -> str:
    """Return what the thread printed as an error from *since* on: its traceback."""
    first = trace.outputs_at(since - 1)
    pieces = trace.outputs[first : first + _PRINTED]
    text = "".join(out.text for out in pieces if out.thread == lane and out.stream == 2).strip()
    return text if len(text) <= _TRACEBACK else "…" + text[-_TRACEBACK:]
