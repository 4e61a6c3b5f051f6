"""A strict reader of the Trace Event Format, by its public description.

Perfetto drops what it does not understand and says so nowhere a person looks; this raises.
Times are read as exact decimals and given in ns.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

METADATA = {
    "process_name": ("name", str),
    "thread_name": ("name", str),
    "process_labels": ("labels", str),
    "process_sort_index": ("sort_index", int),
    "thread_sort_index": ("sort_index", int),
}
#: phase to the keys that it must have, and those that it may have besides.
KEYS: dict[str, tuple[set[str], set[str]]] = {
    "M": ({"name", "pid", "args"}, {"tid", "ts", "cat"}),
    "X": ({"name", "ts", "dur", "pid", "tid"}, {"cat", "args", "tdur", "tts", "cname"}),
    "C": ({"name", "ts", "pid", "args"}, {"id", "tid", "cat"}),
    "i": ({"name", "ts", "pid", "tid"}, {"s", "cat", "args"}),
    "s": ({"name", "cat", "id", "ts", "pid", "tid"}, {"args"}),
    "f": ({"name", "cat", "id", "ts", "pid", "tid", "bp"}, {"args"}),
}
Track = tuple[int, int]


@dataclass
class Document:
    """What a file says: tracks, slices (start, end, name, category, arguments), and so on."""

    other: dict[str, Any] = field(default_factory=dict)
    processes: dict[int, str] = field(default_factory=dict)
    threads: dict[Track, str] = field(default_factory=dict)
    slices: dict[Track, list[tuple[int, int, str, str, dict[str, Any]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    counters: dict[tuple[int, str], list[tuple[int, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    instants: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    flows: list[tuple[str, Track, int, Track, int]] = field(default_factory=list)


class FormatFault(AssertionError):
    """The file breaks a rule of the format."""


def need(condition: object, what: str, event: object) -> None:
    """Raise FormatFault with *what* and *event* unless *condition* holds."""
    if not condition:
        raise FormatFault(f"{what}: {event}")


def _no_constant(name: str) -> None:
    raise FormatFault(f"{name} is no JSON")


def parse(text: str) -> Document:
    """Return what *text* says; FormatFault for anything that the format does not allow."""
    said = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    need(isinstance(said, dict), "the JSON object format", type(said))
    need(said.get("displayTimeUnit", "ms") in ("ms", "ns"), "displayTimeUnit", said.keys())
    events = said["traceEvents"]
    need(isinstance(events, list), "traceEvents is a list", type(events))
    found = Document(other=said.get("otherData", {}))
    begun: dict[tuple[str, str, object], tuple[Track, int]] = {}
    for event in events:
        _take(found, begun, event)
    need(not begun, "flows that do not end", begun)
    _check(found)
    return found


def _ns(event: dict[str, Any], key: str = "ts") -> int:
    value = event[key]
    need(isinstance(value, (int, Decimal)) and not isinstance(value, bool), key, event)
    ns = Decimal(value) * 1000
    need(ns == ns.to_integral_value() and ns >= 0, f"{key} in whole ns", event)
    return int(ns)


def _take(
    found: Document,
    begun: dict[tuple[str, str, object], tuple[Track, int]],
    event: dict[str, Any],
) -> None:
    need(isinstance(event, dict), "an object", event)
    phase = event.get("ph")
    need(phase in KEYS, "a phase", event)
    needed, allowed = KEYS[str(phase)]
    keys = set(event) - {"ph"}
    need(needed <= keys <= needed | allowed, "the keys of the phase", event)
    need(isinstance(event["name"], str) and event["name"], "a name", event)
    need(type(event["pid"]) is int and type(event.get("tid", 0)) is int, "pid and tid", event)
    need(isinstance(event.get("args", {}), dict), "args", event)
    track = (event["pid"], event.get("tid", 0))
    if phase == "M":
        _metadata(found, track, event)
    elif phase == "X":
        start = _ns(event)
        end = start + _ns(event, "dur")
        found.slices[track].append(
            (start, end, event["name"], event.get("cat", ""), event.get("args", {}))
        )
    elif phase == "C":
        need(event["args"], "a counter's values", event)
        for value in event["args"].values():
            need(isinstance(value, (int, Decimal)) and type(value) is not bool, "a number", event)
            found.counters[event["pid"], event["name"]].append((_ns(event), float(value)))
    elif phase == "i":
        need(event.get("s", "t") in ("g", "p", "t"), "a scope", event)
        found.instants.append((_ns(event), event["name"], event.get("args", {})))
    else:
        _flow(found, begun, track, event)


def _metadata(found: Document, track: Track, event: dict[str, Any]) -> None:
    need(event["name"] in METADATA, "metadata", event)
    key, kind = METADATA[event["name"]]
    need(type(event["args"].get(key)) is kind, f"args.{key}", event)
    if event["name"] == "process_name":
        need(track[0] not in found.processes, "one name a process", event)
        found.processes[track[0]] = event["args"][key]
    elif event["name"] == "thread_name":
        need(track not in found.threads, "one name a thread", event)
        found.threads[track] = event["args"][key]


def _flow(
    found: Document,
    begun: dict[tuple[str, str, object], tuple[Track, int]],
    track: Track,
    event: dict[str, Any],
) -> None:
    key = (event["cat"], event["name"], event["id"])
    if event["ph"] == "s":
        need(key not in begun, "one start a flow", event)
        begun[key] = (track, _ns(event))
        return
    need(event["bp"] == "e", "an end bound to the slice around it", event)
    need(key in begun, "a start for each end", event)
    source, start = begun.pop(key)
    need(start <= _ns(event), "an arrow forwards in time", event)
    found.flows.append((event["name"], source, start, track, _ns(event)))


def _check(found: Document) -> None:
    """Check what holds only for the whole: names, nesting, arrows within slices."""
    for track, slices in found.slices.items():
        need(track in found.threads, "a name for each track", track)
        need(track[0] in found.processes, "a name for each process", track)
        open_until: list[int] = []
        for start, end, name, *_ in sorted(slices, key=lambda each: (each[0], -each[1])):
            while open_until and open_until[-1] <= start:
                open_until.pop()
            need(not open_until or end <= open_until[-1], "slices that nest", (track, name))
            open_until.append(end)
    for (pid, name), points in found.counters.items():
        need(pid in found.processes, "a name for each process", pid)
        need(points == sorted(points, key=lambda point: point[0]), "counters in order", name)
    for words, source, start, target, end in found.flows:
        for track, time in ((source, start), (target, end)):
            inside = any(a <= time <= b for a, b, *_ in found.slices[track])
            need(inside, "an arrow's end within a slice", (words, track, time))
