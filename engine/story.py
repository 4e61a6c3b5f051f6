"""The story: what happened up to a moment, in sentences grouped by time.

Why: a picture shows everything at once; a beginner needs to be told the order. The vocabulary is
in `sentences.py`; here are its grammar: moments of 10 ms, alike neighbours folded into one
sentence ('starts 5 threads'), pairs joined ('takes alice, then sleeps 0.3 s').

Guarantees: the same trace and time always give the same story; only recorded events are told; the
work of a call depends on *limit*, not on the length of the trace; a moment whose beginning is out
of the window is left out rather than told by half.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.events import Kind, ObjectKind
from engine.sentences import (
    Book,
    Clause,
    Parts,
    bold,
    clause,
    shortened,
    waited_for,
    words,
)
from engine.trace import Event, Output, Trace

MOMENT = 10_000_000  # ns
MOMENT_LIMIT = 12  # sentences; a loop may do thousands of things in 10 ms
MANY = 64  # threads; from there on who still waits is left to the lock view
EVENTS_PER_SENTENCE = 8
_TASKS_ASKED = 500

_JOINED = {
    (Kind.LOCK_ACQUIRED, Kind.SLEEP_BEGIN): ", then ",
    (Kind.TASK_BEGIN, Kind.SLEEP_BEGIN): ", then ",
    (Kind.TASK_END, Kind.TASK_BEGIN): " and ",
    (Kind.TASK_END, Kind.IDLE_BEGIN): " and ",
    (Kind.RESULT_END, Kind.RESULT_WAIT): " and ",
}
_RUNS = frozenset(
    {
        Kind.STORE,
        Kind.QUEUE_PUT,
        Kind.QUEUE_GET,
        Kind.THREAD_START,
        Kind.TASK_SUBMIT,
        Kind.RESULT_END,
        Kind.OUTPUT,
    }
)
_PLURALS = {"has": "have", "tries": "try", "reaches": "reach", "is": "are"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. *threads* are its subject, shown as chips (empty: no thread is known).

    *bad* marks what a person should look at: an update that is lost, an exception.
    """

    threads: tuple[int, ...]
    parts: Parts
    bad: bool = False

    def text(self, trace: Trace) -> str:
        """Return the sentence without chips: threads are called by their names."""
        subject = _listed([trace.threads[lane].name for lane in self.threads])
        said = "".join(
            part.text if part.thread is None else trace.threads[part.thread].name
            for part in self.parts
        )
        return f"{subject} {said}" if subject else said


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened within 10 ms from *time* (ns); *folded* sentences before these are left out."""

    time: int
    sentences: tuple[Sentence, ...]
    folded: int = 0

    @property
    def label(self) -> str:
        """The time as a heading: '0.41 s'."""
        return f"{self.time // MOMENT / 100:.2f} s"


@dataclass(slots=True)
class _Draft:
    """A sentence in the making: a run of like clauses of the same threads, and one joined to it."""

    threads: list[int]
    run: list[Clause]
    tail: Clause | None = None


@dataclass(frozen=True, slots=True)
class _Handovers:
    """Releases after which a thread got the lock that had waited for it.

    *to*: (lock, time, thread) of the release to (thread, time) of the acquisition; *told*: the
    acquisitions, which need no sentence of their own.
    """

    to: dict[tuple[int, int, int], tuple[int, int]]
    told: set[tuple[int, int, int]]


def story_at(trace: Trace, t: int, limit: int = 60) -> list[Moment]:
    """Return the last moments up to *t* (ns), oldest first, with at most *limit* sentences."""
    window = max(1, limit) * EVENTS_PER_SENTENCE
    events = trace.recent(t, window)
    clauses = _clauses(trace, t, events, window)
    handovers = _handovers(trace, clauses, t)
    groups: dict[int, list[Clause]] = {}
    for said in clauses:
        groups.setdefault(said.time // MOMENT, []).append(said)
    cut = len(events) == window and len(groups) > 1
    moments: list[Moment] = []
    room = limit
    for key in reversed(list(groups)[1 if cut else 0 :]):
        known = min(t, (key + 1) * MOMENT - 1)
        sentences, folded = _sentences(trace, groups[key], handovers, known)
        shown = sentences[-min(room, MOMENT_LIMIT) :]
        if shown:
            folded += len(sentences) - len(shown)
            moments.append(Moment(groups[key][0].time, tuple(shown), folded))
            room -= len(shown)
        if room <= 0:
            break
    return moments[::-1]


def _clauses(trace: Trace, t: int, events: list[Event], window: int) -> list[Clause]:
    """Return what *events* say and what was printed meanwhile, in order of time."""
    book = Book.of(trace)
    found = [said for event in events if (said := clause(book, event)) is not None]
    last = trace.outputs_at(t)
    since = events[0].time if len(events) == window else 0
    found += [
        _printed(output)
        for output in trace.outputs[max(0, last - window) : last]
        if output.time >= since and output.text.strip()
    ]
    found.sort(key=lambda said: said.time)  # stable: events keep their order
    return found


def _printed(output: Output) -> Clause:
    text = shortened(output.text)
    said = f"“{text}”" if output.stream == 1 else f"to standard error: “{text}”"
    lines = output.text.rstrip("\n").count("\n") + 1.0
    return Clause(
        output.time,
        output.thread,
        Kind.OUTPUT,
        output.stream,
        "prints",
        (words(said),),
        amount=lines,
    )


def _handovers(trace: Trace, clauses: list[Clause], t: int) -> _Handovers:
    found = _Handovers({}, set())
    for said in clauses:
        history = trace.locks.histories.get(said.obj)
        if said.kind is not Kind.LOCK_RELEASED or history is None or len(said.rest) > 1:
            continue
        place = history.starts.index_at(said.time - 1)
        if place < len(history.starts) and int(history.threads.view[place]) == said.thread:
            place += history.starts.view[place] == said.time  # its own, of no length
        if place >= len(history.starts):
            continue
        time, lane = int(history.starts.view[place]), int(history.threads.view[place])
        if time <= t and waited_for(trace, lane, time, said.obj):
            found.to[said.obj, said.time, said.thread] = (lane, time)
            found.told.add((said.obj, time, lane))
    return found


# --- from clauses to drafts


def _sentences(
    trace: Trace, clauses: list[Clause], handovers: _Handovers, known: int
) -> tuple[list[Sentence], int]:
    """Return the last sentences of one moment, as known at *known* (ns), and how many precede."""
    drafts: list[_Draft] = []
    latest: dict[int, _Draft] = {}
    started = _started_at_once(trace, clauses, known)
    for said in clauses:
        if _is_told(said, handovers, started):
            continue
        before = latest.get(said.thread)
        if before is not None and _continues(before, said, is_newest=drafts[-1] is before):
            continue
        if drafts and _is_alike(drafts[-1], said):
            drafts[-1].threads.append(said.thread)
        else:
            drafts.append(_Draft([said.thread], [said]))
        latest[said.thread] = drafts[-1]
    handed = (d for d in reversed(drafts) if _hands_over(d, handovers))
    last_handover = next(handed, None)
    shown = drafts[-MOMENT_LIMIT:]  # writing costs more than drafting
    sentences: list[Sentence] = []
    for draft in shown:
        sentences += _written(trace, draft, handovers, known)
        if draft is last_handover and len(trace.lanes) <= MANY:
            first = draft.run[0]
            owner = handovers.to[first.obj, first.time, first.thread]
            sentences += _still_waiting(trace, first.obj, *owner)
    return sentences, len(drafts) - len(shown)


def _hands_over(draft: _Draft, handovers: _Handovers) -> bool:
    first = draft.run[0]
    key = (first.obj, first.time, first.thread)
    return first.kind is Kind.LOCK_RELEASED and key in handovers.to


def _is_told(said: Clause, handovers: _Handovers, started: set[int]) -> bool:
    """Tell whether another sentence says it: the release, or 'submits 5 tasks; 3 start'."""
    if said.kind is Kind.LOCK_ACQUIRED:
        return (said.obj, said.time, said.thread) in handovers.told
    return said.kind is Kind.TASK_BEGIN and said.obj in started


def _started_at_once(trace: Trace, clauses: list[Clause], known: int) -> set[int]:
    """Return the tasks that were submitted, one of several, and taken within this moment."""
    submitted = [said.obj for said in clauses if said.kind is Kind.TASK_SUBMIT]
    if len(submitted) < 2:
        return set()
    tasks = trace.tasks.tasks
    return {
        obj
        for obj in submitted
        if obj in tasks and tasks[obj].state_at(known) not in ("waiting", "unknown", "cancelled")
    }


def _continues(draft: _Draft, said: Clause, *, is_newest: bool) -> bool:
    """Add *said* to its thread's last sentence where the two are one; tell whether they were."""
    last = draft.run[-1]
    if len(draft.threads) > 1 or draft.tail is not None:
        return False
    if (last.kind, said.kind) in _JOINED and last.verb in ("takes", "gets", "ends", "has"):
        draft.tail = said
        return True
    if said.kind is not last.kind or said.kind not in _RUNS or said.verb != last.verb:
        return False
    if said.kind is Kind.STORE:
        # 'writes total 5 times: 0 becomes 5' is true only where nobody else wrote between.
        if said.rest != last.rest or said.before != last.after or not is_newest:
            return False
    elif said.kind in (Kind.QUEUE_PUT, Kind.QUEUE_GET, Kind.OUTPUT) and said.obj != last.obj:
        return False
    draft.run.append(said)
    return True


def _is_alike(draft: _Draft, said: Clause) -> bool:
    """Tell whether another thread did the same just before: then both are the subject."""
    first = draft.run[0]
    return (
        len(draft.run) == 1
        and draft.tail is None
        and said.kind not in _RUNS
        and said.kind not in (Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
        and said.thread not in draft.threads
        and (first.kind, first.verb, first.rest) == (said.kind, said.verb, said.rest)
    )


# --- from drafts to sentences


def _written(trace: Trace, draft: _Draft, handovers: _Handovers, known: int) -> Iterator[Sentence]:
    first = draft.run[0]
    if first.thread < 0:
        opening = words("No known thread prints ")
        yield Sentence((), (opening, *_predicate(trace, draft, known), words(".")))
        return
    verb = first.verb if len(draft.threads) == 1 else _plural(first.verb)
    parts = [words(verb), *_after(" ", _predicate(trace, draft, known))]
    got = handovers.to.get((first.obj, first.time, first.thread))
    if first.kind is Kind.LOCK_RELEASED and got is not None:
        parts += [words("; "), bold(trace.threads[got[0]].name), words(" gets it")]
    if draft.tail is not None:
        joint = _JOINED[draft.run[-1].kind, draft.tail.kind] + draft.tail.verb
        rest = _predicate(trace, _Draft(draft.threads, [draft.tail]), known)
        parts += [words(joint), *_after(" ", rest)]
    lost = sum(said.amount for said in draft.run) if first.kind is Kind.STORE else 0
    bad = lost > 0 or first.kind is Kind.RAISED or first.verb == "raises"
    yield Sentence(tuple(draft.threads), (*parts, words(".")), bad)


def _still_waiting(trace: Trace, lock: int, owner: int, time: int) -> Iterator[Sentence]:
    still = tuple(sorted(set(trace.waiters_at(lock, time)) - {owner}))
    if still:
        kind = "an RLock" if trace.objects[lock].kind is ObjectKind.RLOCK else "a Lock"
        verb = "is" if len(still) == 1 else "are"
        yield Sentence(still, (words(f"{verb} still waiting: only one thread may hold {kind}."),))


def _after(space: str, parts: Parts) -> Parts:
    """Return *parts* with *space* before them, unless there is nothing or a comma comes first."""
    return (words(space), *parts) if parts else ()


def _predicate(trace: Trace, draft: _Draft, known: int) -> Parts:
    first, last, count = draft.run[0], draft.run[-1], len(draft.run)
    if first.kind is Kind.STORE and first.verb == "writes":
        return _stored(draft)
    if first.kind is Kind.STORE and count > 1:
        return (
            *first.rest[:1],
            words(f" {count} times, last{last.rest[1].text}{last.rest[2].text}"),
        )
    if first.kind in (Kind.QUEUE_PUT, Kind.QUEUE_GET):
        return _queued(draft)
    if first.kind is Kind.TASK_SUBMIT and count > 1:
        return _submitted(trace, draft, known)
    if first.kind is Kind.TASK_BEGIN:
        return (*first.rest, words(" from the queue" + _is_empty(trace, first)))
    if first.kind is Kind.THREAD_START and count > 1:
        return _started(draft)
    if first.kind is Kind.RESULT_END and count > 1:
        names = [said.rest[-1].text for said in draft.run]
        return (words("the results of "), bold(_listed(names)))
    if first.kind is Kind.OUTPUT:
        lines = int(sum(said.amount for said in draft.run))
        return first.rest if lines == 1 else (words(f"{lines} lines"),)
    return first.rest


def _stored(draft: _Draft) -> Parts:
    first, last, count = draft.run[0], draft.run[-1], len(draft.run)
    times = f" {count} times" if count > 1 else ""
    said = f"{times}: {first.before} becomes {last.after}"
    lost = sum(one.amount for one in draft.run)
    if lost > 0:
        said += f": {lost:g} update is lost" if lost == 1 else f": {lost:g} updates are lost"
    elif last.note:
        said += f": {last.note}"
    return (*first.rest, words(said))


def _queued(draft: _Draft) -> Parts:
    first, length, count = draft.run[0], draft.run[-1].after, len(draft.run)
    items = "an item" if count == 1 else f"{count} items"
    if first.kind is Kind.QUEUE_PUT:
        left = f"; {length} {'is' if length == '1' else 'are'} in it now"
        return (words(f"{items} into "), *first.rest, words(left))
    left = {"0": "; it is empty now", "1": "; 1 is left"}.get(length, f"; {length} are left")
    return (words(f"{items} from "), *first.rest, words(left))


def _submitted(trace: Trace, draft: _Draft, known: int) -> Parts:
    states = [
        task.state_at(known) for said in draft.run if (task := trace.tasks.tasks.get(said.obj))
    ]
    waiting = states.count("waiting")
    begun = len(states) - waiting - states.count("cancelled")
    wait = f"{waiting} {'waits' if waiting == 1 else 'wait'} in the queue"
    begin = f"{begun} {'starts' if begun == 1 else 'start'} at once"
    after = ", ".join(text for text, count in ((begin, begun), (wait, waiting)) if count)
    return (words(f"{len(draft.run)} tasks" + (f"; {after}" if after else "")),)


def _is_empty(trace: Trace, begun: Clause) -> str:
    """Say that nothing is left in the pool's queue, where that is quickly known."""
    tasks = trace.tasks.tasks
    task = tasks.get(begun.obj)
    if task is None or len(tasks) > _TASKS_ASKED:
        return ""
    left = any(
        other.pool == task.pool and other.state_at(begun.time) == "waiting"
        for other in tasks.values()
    )
    return "" if left else ": it is empty now"


def _started(draft: _Draft) -> Parts:
    names = [said.rest[0] for said in draft.run]
    if len(names) == 2 and all(name.bold for name in names):
        return (names[0], words(" and "), names[1])
    return (words(f"{len(names)} threads"),)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _plural(verb: str) -> str:
    return _PLURALS.get(verb) or verb.removesuffix("s")
