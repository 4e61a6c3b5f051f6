"""From the bytes of the child's connections to the trace.

Why: each process of a run numbers its own threads, objects, sites and texts; the trace has one
numbering. This is the one place where the numbers are translated and where a child's bytes,
which may be cut, damaged or hostile, are checked.
Guarantees: bytes that do not fit raise WireError and change nothing; no pickle, no eval; times
become ns since the run's start, pauses subtracted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.events import (
    OUTPUT_HEADER,
    QUIET,
    Flag,
    Kind,
    Message,
    ObjectKind,
    WireError,
    batch_layout,
)
from engine.pool import LEARNED
from engine.run_clock import Clock
from engine.sources import Decoders, Source, json_of, put, task_entry, translate
from engine.trace import EventColumns, Object, Output, Process, Site, Thread, Trace, joined

_DEFECT = (
    "A part of the recorder failed, so what is shown may not be complete. This is a defect of "
    "ThreadLab, not of the script."
)

_FIRST_COST = 1e-6  # seconds an event, until it is known
_FEW = 1_000  # fewer events than this say nothing of what many would cost
#: Messages that may overtake events that were gathered: what they say does not depend on these.
_GO_AHEAD = (Message.BATCH, Message.NAMES, Message.OUTPUT, Message.QUIET)

#: Names an object: (file, line, which one of those made at this line) to the script's own name.
NameObject = Callable[[str, int, int], str]


class Intake:
    """Feeds one trace from the messages of all processes of a run.

    Attributes: trace, clock, sources (by pid), stopping (whether we end the processes ourselves,
    so that they have no word to say), errors (what our own probes said went wrong),
    name_object (what the script calls what it makes).
    """

    def __init__(self, trace: Trace, name_object: NameObject) -> None:
        self.trace = trace
        self.clock = Clock()
        self.stopping = False
        self.sources: dict[int, Source] = {}
        self.errors: list[str] = []
        self.name_object = name_object
        self._gathered: list[EventColumns] | None = None
        self._waiting = 0  # events that were gathered
        self._cost = _FIRST_COST
        self._foreign = Decoders()
        self._early: list[tuple[int, bytes, int]] = []
        self._made_at: dict[tuple[int, str, int], int] = {}
        self._shared: dict[str, int] = {}
        self._site_numbers: dict[tuple[str, int], int] = {}

    def hello(self, said: dict[str, Any]) -> Source:
        """Begin a process of the run, from its HELLO."""
        pid = int(said["pid"])
        started = int(said.get("started") or 0)
        if self.clock.origin is None:
            self.clock.origin = started
            self._take_early()
        number = len(self.trace.processes)
        process = Process(
            number,
            pid,
            int(said.get("ppid") or 0),
            str(said.get("name") or ("main" if number == 0 else f"process {number}")),
            max(0, self.clock.at(started)),
        )
        self.trace.processes.append(process)
        source = self.sources[pid] = Source(process, known=started)
        self._lane(source, 0)
        return source

    @contextlib.contextmanager
    def gathering(self) -> Iterator[None]:
        """Put the batches that are fed meanwhile together; they are in the trace afterwards.

        An event of a large batch costs half of what one of a small batch does, so the more there
        is to take, the quicker it is taken.
        """
        self._gathered = []
        try:
            yield
        finally:
            self._flush()
            self._gathered = None

    @property
    def seconds_due(self) -> float:
        """How long it will take, about, to take in what was gathered."""
        return self._waiting * self._cost

    def _flush(self) -> None:
        """Take what was gathered into the trace."""
        batches = self._gathered
        if not batches:
            return
        count, self._gathered, self._waiting = self._waiting, [], 0
        began = perf_counter()
        try:
            self.trace.append(*joined(batches))
        except (KeyError, TypeError, ValueError) as error:
            self.errors.append(f"{count} events were left out: {error}")
        cost = (perf_counter() - began) / max(count, _FEW)
        self._cost += (cost - self._cost) / 4

    def feed(self, pid: int, message: bytes) -> None:
        """Take one message of process *pid*. Raises WireError on bytes that do not fit."""
        source = self.sources.get(pid)
        if not message or source is None:
            raise WireError("a message without a process")
        kind = message[0]
        if kind not in _GO_AHEAD:
            self._flush()
        if kind == Message.BATCH:
            self._batch(source, message)
        elif kind == Message.NAMES:
            self._names(source, json_of(message))
        elif kind == Message.OUTPUT:
            self._output(source, message)
        elif kind == Message.QUIET:
            source.heard(QUIET.unpack(message)[1], quiet=True)
        elif kind == Message.GOODBYE:
            said = json_of(message)
            source.goodbye = None if said.get("program") == "" else said
        elif kind == Message.ERROR:
            self.errors.append(str(json_of(message).get("message", "the probes failed")))
            self.trace.remarks["error"] = _DEFECT
        elif kind == Message.TROUBLE:
            self._trouble(source, json_of(message))
        else:
            raise WireError(f"message kind {kind} is unknown")

    def _trouble(self, source: Source, said: dict[str, Any]) -> None:
        """Take what the recorder of a process says of its own trouble."""
        held_up, lost = int(said.get("held_up", 0)), int(said.get("lost", 0))
        name, remarks = source.process.name, self.trace.remarks
        if held_up:
            remarks[f"held up {source.process.pid}"] = (
                f"Recording could not keep up: the threads of {name} were held up {held_up:,} "
                "times, so they ran more slowly, and perhaps in another order, than without "
                "ThreadLab. Fewer threads, or longer tasks, make fewer events."
            )
        if lost:
            remarks[f"lost {source.process.pid}"] = (
                f"{lost:,} events of {name} are not here: there was no memory to record them."
            )

    def foreign_output(self, stream: int, data: bytes, raw: int) -> None:
        """Take bytes that no Python thread of ours printed (C code, a subprocess)."""
        if self.clock.origin is None:
            # They may overtake the hello, which says when the run's clock began.
            self._early.append((stream, data, raw))
            return
        text = self._foreign[stream].decode(data)
        self._printed(Output(max(0, self.clock.at(raw)), -1, stream, text))

    def finish(self) -> None:
        """Take what is left of an ended run: bytes printed before, or instead of, its beginning."""
        if self.clock.origin is None:
            self.clock.origin = max((raw for _, _, raw in self._early), default=0)
        self._take_early()
        for obj, *told in self.trace.tasks.learned():
            # No event of the trace says so: it is kept with the task, and with it in a file.
            self.trace.objects.changeable(obj).extra[LEARNED] = told

    def _take_early(self) -> None:
        early, self._early = self._early, []
        for stream, data, raw in early:
            self.foreign_output(stream, data, raw)

    def typed(self, text: str, raw: int) -> None:
        """Take what a person typed."""
        time = 0 if self.clock.origin is None else max(0, self.clock.at(raw))
        self._printed(Output(time, -1, 0, text))

    def ended(self, pid: int, raw: int, code: int | None = None) -> None:
        """Note that a process is gone, with exit status *code* if that is known from outside.

        Its lanes end where the record ends. How the run's own process ended is known a little
        later than that it did; its lanes wait for that.
        """
        self._flush()
        source = self.sources.get(pid)
        if source is None or source.process.end is not None:
            return
        cut = source.goodbye is None and not self.stopping
        if cut and code is None and source.process.number == 0:
            return
        source.process.end = max(0, self.clock.at(raw))
        if cut:
            self._cut(source, source.process.end, code or 0)
        for lane in source.lanes.values():
            thread = self.trace.threads[lane]
            if thread.end is None:
                thread.end = max(source.process.end, thread.begin or 0)

    def _cut(self, source: Source, end: int, code: int) -> None:
        """Say in each lane that lives that its process ended without a word."""
        threads = (self.trace.threads[lane] for lane in source.lanes.values())
        alive = [t.index for t in threads if t.begin is not None and t.end is None]
        times = [max(end, self.trace.lanes[lane].times.last()) for lane in alive]
        none, count = np.zeros(len(alive), np.uint32), len(alive)
        self.trace.append(
            np.array(times, np.int64),
            np.full(count, code, np.int64),
            np.full(count, Kind.CUT, np.uint8),
            none.astype(np.uint8),
            none,
            none,
            np.array(alive, np.uint32),
        )

    def _lane(self, source: Source, number: int) -> int:
        lane = source.lanes.get(number)
        if lane is None:
            lane = source.lanes[number] = len(self.trace.threads)
            name = "MainThread" if number == 0 else f"thread {number}"
            self.trace.add_thread(Thread(lane, source.process.number, name, 0, 0, False))
        return lane

    def _batch(self, source: Source, message: bytes) -> None:
        count, _, layout = batch_layout(message)
        dtypes = {"value": "<i8", "time": "<u8", "what": "<u8", "thread": "<u4", "site": "<u4"}
        raw = {
            name: np.frombuffer(message, dtypes[name], count, offset)
            for name, (offset, _) in layout.items()
        }
        source.heard(int(raw["time"].max(initial=0)), quiet=False)
        what = raw["what"]
        kind = (what & 0xFF).astype(np.uint8)
        flags = ((what >> np.uint64(8)) & np.uint64(0xFF)).astype(np.uint8)
        if count and (int(kind.max()) > max(Kind) or int(raw["thread"].max()) >= 2**26):
            raise WireError("an event of a kind that does not exist")
        when = np.maximum(self.clock.run_time(raw["time"].astype(np.int64)), 0)
        value = raw["value"].astype(np.int64)
        is_text = (flags & Flag.TEXT) != 0
        if is_text.any():
            value[is_text] = translate(source.texts, value[is_text])
        numbers, places = np.unique(raw["thread"], return_inverse=True)
        known = [n not in source.hidden for n in numbers.tolist()]
        visible = np.array(known, np.bool_)[places]
        lanes = np.array(
            [
                self._lane(source, number) if shown else 0
                for number, shown in zip(numbers.tolist(), known, strict=True)
            ],
            np.uint32,
        )[places]
        obj = translate(source.objects, what >> np.uint64(16))
        ends = np.flatnonzero(~visible & (kind == Kind.TASK_END))
        if len(ends):
            self._flush()
        self._unseen_ends(obj[ends], when[ends], value[ends], flags[ends])
        site = translate(source.sites, raw["site"])
        source.hidden_acts |= bool((site[~visible] != 0).any())
        columns = EventColumns(when, value, kind, flags, obj, site, lanes)
        if not visible.all():
            columns = columns.at(visible)
        if self._gathered is None:
            self.trace.append(*columns)
        else:
            self._gathered.append(columns)
            self._waiting += len(columns.time)

    def _unseen_ends(self, *columns: npt.NDArray[Any]) -> None:
        """Take the (task, time, value, flags) of tasks whose end a hidden thread has learned."""
        for task, time, value, flags in zip(*(column.tolist() for column in columns), strict=True):
            self.trace.tasks.end_unseen(task, time, value, flags)

    def _names(self, source: Source, said: dict[str, Any]) -> None:
        for entry in said.get("sites", ()):
            site = (str(entry["file"]), int(entry["line"]))
            target = self._site_numbers.setdefault(site, len(self.trace.sites))
            if target == len(self.trace.sites):
                self.trace.sites.append(Site(*site))
            source.sites = put(source.sites, int(entry["number"]), target)
        for entry in said.get("texts", ()):
            source.texts = put(source.texts, int(entry["number"]), len(self.trace.texts))
            self.trace.texts.append(str(entry["text"]))
        for entry in said.get("processes", ()):
            source.process.name = str(entry["name"])
        for entry in said.get("objects", ()):
            self._object(source, entry)
        for task in said.get("tasks", ()):
            self._object(source, task_entry(*task))
        for entry in said.get("threads", ()):
            self._thread(source, entry)

    def _object(self, source: Source, entry: dict[str, Any]) -> None:
        number = int(entry["number"])
        kind = ObjectKind(int(entry["kind"]))
        site_number = int(entry.get("site") or 0)
        site = Site("", 0)
        if 0 < site_number < len(source.sites):
            site = self.trace.sites[int(source.sites[site_number])]
        extra = self._extra(source, kind, entry)
        shared = str(entry.get("shared") or "")
        known = int(source.objects[number]) if number < len(source.objects) else 0
        known = known or self._shared.get(shared, 0)
        if known:  # announced again, with a new name, or by another process that shares it
            self._again(known, entry, site, extra)
            source.objects = put(source.objects, number, known)
            return
        made = (source.process.number, site.file, site.line)
        ordinal = self._made_at.get(made, 0)
        self._made_at[made] = ordinal + 1
        name = str(entry.get("name") or "")
        if not name and kind not in (ObjectKind.TASK, ObjectKind.THREAD):
            name = self.name_object(site.file, site.line, ordinal)
        target = len(self.trace.objects)
        self.trace.objects.append(
            Object(target, kind, source.process.number, name, site.file, site.line, extra)
        )
        source.objects = put(source.objects, number, target)
        if shared:
            self._shared[shared] = target

    def _again(self, target: int, entry: dict[str, Any], site: Site, extra: dict[str, Any]) -> None:
        before = self.trace.objects[target]
        is_new = any(before.extra.get(key, before) != value for key, value in extra.items())
        has_name = bool(entry.get("name")) or (site.line and not before.line)
        if not (is_new or has_name):
            return
        known = self.trace.objects.changeable(target)
        known.name = str(entry.get("name") or known.name)
        if site.line and not known.line:
            known.file, known.line = site.file, site.line
        if not extra.get("pid"):
            # A forked process tells again what its parent knew before the fork had given it a
            # number; that may come behind the number, and must not take it away.
            extra.pop("pid", None)
        known.extra.update(extra)

    def _extra(self, source: Source, kind: ObjectKind, entry: dict[str, Any]) -> dict[str, Any]:
        extra = {k: v for k, v in entry.items() if k not in ("number", "kind", "name", "site")}
        if kind is ObjectKind.TASK and isinstance(extra.get("pool"), int):
            pool = int(extra["pool"])
            extra["pool"] = int(source.objects[pool]) if pool < len(source.objects) else 0
        return extra

    def _thread(self, source: Source, entry: dict[str, Any]) -> None:
        number = int(entry["number"])
        if entry.get("hidden"):
            source.hidden.add(number)
            source.helpers.natives.add(int(entry.get("native_id") or 0))
            return
        source.hidden.discard(number)
        thread = self.trace.threads[self._lane(source, number)]
        thread.name = str(entry["name"])
        thread.ident = int(entry.get("ident") or 0)
        thread.native_id = int(entry.get("native_id") or 0)
        thread.daemon = bool(entry.get("daemon"))
        obj = int(entry.get("object") or 0)
        if 0 < obj < len(source.objects):
            thread.object = int(source.objects[obj])
            self.trace.objects.changeable(thread.object).name = thread.name
        if thread.native_id:
            source.native[thread.native_id] = thread.index

    def _printed(self, output: Output) -> None:
        # The trace's time stays: what is printed has a connection of its own, and may come long
        # before the events around it.
        self.trace.outputs.add(output)

    def _output(self, source: Source, message: bytes) -> None:
        if len(message) < OUTPUT_HEADER.size:
            raise WireError("a printed piece shorter than its header")
        _, stream, number, raw = OUTPUT_HEADER.unpack_from(message)
        text = source.decoders[stream].decode(message[OUTPUT_HEADER.size :])
        time = max(0, self.clock.at(raw))
        self._printed(Output(time, self._lane(source, number), stream, text))
