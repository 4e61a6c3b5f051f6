"""The story: what happened up to a moment, in sentences grouped by time.

Why: a picture shows everything at once; a beginner needs to be told the order. The vocabulary is
in `sentences.py`, what belongs into one sentence is decided in `drafts.py`; here the sentences
are grouped into moments of 10 ms and written out.

Guarantees: the same trace and time always give the same story; only recorded events are told; the
work of a call depends on *limit*, not on the length of the trace; a moment whose beginning is out
of the window is left out rather than told by half.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.drafts import (
    JOINED,
    Draft,
    Handovers,
    drafts_of,
    find_handovers,
    hands_over,
    is_begun,
    started_at_once,
)
from engine.events import Kind, ObjectKind
from engine.process_sentences import clause
from engine.sentences import (
    Book,
    Clause,
    Parts,
    bold,
    called,
    shortened,
    words,
)
from engine.series import UNKNOWN_LENGTH
from engine.trace import Event, Output, Trace

MOMENT = 10_000_000  # ns
MOMENT_LIMIT = 12  # sentences; a loop may do thousands of things in 10 ms
MANY = 64  # threads; from there on who still waits is left to the lock view
EVENTS_PER_SENTENCE = 4
_TASKS_ASKED = 500
UNKNOWN = str(UNKNOWN_LENGTH)

_PLURALS = {
    "has": "have",
    "tries": "try",
    "reaches": "reach",
    "is": "are",
    "goes": "go",
}


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
        subject = _listed([called(trace, lane) for lane in self.threads])
        said = "".join(
            part.text if part.thread is None else called(trace, part.thread) for part in self.parts
        )
        return f"{subject} {said}" if subject else said


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened within 10 ms from *time* (ns); *folded* sentences before these are left out.

    Where *is_cut*, there are more than that: not all of the moment was looked at.
    """

    time: int
    sentences: tuple[Sentence, ...]
    folded: int = 0
    is_cut: bool = False

    @property
    def label(self) -> str:
        """The time as a heading: '0.41 s'."""
        return f"{self.time // MOMENT / 100:.2f} s"


def story_at(trace: Trace, t: int, limit: int = 60) -> list[Moment]:
    """Return the last moments up to *t* (ns), oldest first, with at most *limit* sentences."""
    window = max(1, limit) * EVENTS_PER_SENTENCE
    # In a busy run a moment alone has more to tell than is told of it: few events are enough.
    few = min(window, MOMENT_LIMIT * EVENTS_PER_SENTENCE)
    found = _story(trace, t, limit, few)
    if few < window and not (len(found) == 1 and found[0].is_cut and found[0].folded):
        return _story(trace, t, limit, window)
    return found


def _story(trace: Trace, t: int, limit: int, window: int) -> list[Moment]:
    """Return the story of the last *window* events up to *t*."""
    events = trace.recent(t, window)
    clauses = _clauses(trace, t, events, window)
    handovers = find_handovers(trace, clauses, t)
    groups: dict[int, list[Clause]] = {}
    for said in clauses:
        groups.setdefault(said.time // MOMENT, []).append(said)
    is_full = len(events) == window
    moments: list[Moment] = []
    room = limit
    for key in reversed(list(groups)[1 if is_full and len(groups) > 1 else 0 :]):
        known = min(t, (key + 1) * MOMENT - 1)
        sentences, folded = _sentences(trace, groups[key], handovers, known)
        shown = sentences[-min(room, MOMENT_LIMIT) :]
        if shown:
            folded += len(sentences) - len(shown)
            is_cut = is_full and len(groups) == 1
            moments.append(Moment(groups[key][0].time, tuple(shown), folded, is_cut))
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
    first = max(trace.outputs_at(since - 1), last - window)
    found += [
        _printed(output)
        for output in trace.outputs[first:last]
        if output.stream and output.text.strip()
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


def _sentences(
    trace: Trace, clauses: list[Clause], handovers: Handovers, known: int
) -> tuple[list[Sentence], int]:
    """Return the last sentences of one moment, as known at *known* (ns), and how many precede."""
    drafts = drafts_of(clauses, handovers, started_at_once(trace, clauses, known))
    handed = (d for d in reversed(drafts) if hands_over(d, handovers))
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


def _written(trace: Trace, draft: Draft, handovers: Handovers, known: int) -> Iterator[Sentence]:
    first = draft.run[0]
    if first.thread < 0:
        opening = words("Output without a thread: ")
        yield Sentence((), (opening, *_predicate(trace, draft, known), words(".")))
        return
    verb = first.verb if len(draft.threads) == 1 else _plural(first.verb)
    parts = [words(verb), *_after(" ", _predicate(trace, draft, known))]
    got = handovers.to.get((first.obj, first.time, first.thread))
    if first.kind is Kind.LOCK_RELEASED and got is not None:
        parts += [words("; "), bold(called(trace, got[0])), words(" gets it")]
    if draft.tail is not None:
        joint = JOINED[draft.run[-1].kind, draft.tail.kind] + draft.tail.verb
        rest = _predicate(trace, Draft(draft.threads, [draft.tail]), known)
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


def _predicate(trace: Trace, draft: Draft, known: int) -> Parts:
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
    if first.kind is Kind.QUEUE_DONE and count > 1:
        return (words(f"that {count} items of "), first.rest[1], words(" are done"))
    if first.kind is Kind.TASK_SUBMIT:
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


def _stored(draft: Draft) -> Parts:
    first, last, count = draft.run[0], draft.run[-1], len(draft.run)
    times = f" {count} times" if count > 1 else ""
    said = f"{times}: {first.before} becomes {last.after}"
    lost = sum(one.amount for one in draft.run)
    if lost > 0:
        said += f": {lost:g} update is lost" if lost == 1 else f": {lost:g} updates are lost"
    elif last.note:
        said += f": {last.note}"
    return (*first.rest, words(said))


def _queued(draft: Draft) -> Parts:
    first, length, count = draft.run[0], draft.run[-1].after, len(draft.run)
    items = "an item" if count == 1 else f"{count} items"
    if first.kind is Kind.QUEUE_PUT:
        left = f"; {length} {'is' if length == '1' else 'are'} in it now"
        left = "" if length == UNKNOWN else left
        return (words(f"{items} into "), *first.rest, words(left))
    left = {"0": "; it is empty now", "1": "; 1 is left", UNKNOWN: ""}.get(
        length, f"; {length} are left"
    )
    return (words(f"{items} from "), *first.rest, words(left))


def _submitted(trace: Trace, draft: Draft, known: int) -> Parts:
    begun = sum(is_begun(trace, said.obj, known) for said in draft.run)
    if len(draft.run) == 1:
        return (*draft.run[0].rest, words("; it starts at once")) if begun else draft.run[0].rest
    tasks = (trace.tasks.tasks.get(said.obj) for said in draft.run)
    waiting = sum(task is not None and task.state_at(known) == "waiting" for task in tasks)
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
        other.pool == task.pool and other.state_at(begun.time) == "waiting" for other in trace.tasks
    )
    return "" if left else ": it is empty now"


def _started(draft: Draft) -> Parts:
    names = [said.rest[0] for said in draft.run]
    if len(names) == 2 and all(name.bold for name in names):
        return (names[0], words(" and "), names[1])
    return (words(f"{len(names)} threads"),)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _plural(verb: str) -> str:
    return _PLURALS.get(verb) or verb.removesuffix("s")
