"""The wait-for graph at a moment: which thread holds what, and what it waits for.

Why: a deadlock is a cycle in this graph, and the lock view draws the graph itself; both ask here,
so that the words, the picture and the verdict never disagree.

Guarantees: every edge rests on recorded events; a thread waits for one thing at a time, a lock has
one holder, so each node has at most one edge that leaves it and a cycle is found by walking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.events import Kind, State
from engine.lanes import Slice
from engine.processes import from_outside, main_lane
from engine.trace import Trace

#: Locks looked at besides those that a thread is known to hold or to want; a script that makes
#: more than this is asked for the others only through its threads.
ALL_LOCKS = 500
_WAITS = frozenset({int(State.WAITS_LOCK), int(State.WAITS_OTHER)})


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A thread (*number* is its lane) or a lock (*number* is its object)."""

    kind: Literal["lock", "thread"]
    number: int


@dataclass(frozen=True, slots=True)
class Edge:
    """*source* is held by *target*, or waits for it, since *since* (ns).

    *timed* says that the wait ends by itself.
    """

    source: Node
    target: Node
    word: Literal["held by", "waits for"]
    since: int
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """The wait-for graph at *time* (ns). Nodes and edges are sorted; a node has one edge or more.

    *living* are the threads that have begun and not ended, also those without an edge; *free* are
    those of them that run, sleep, or wait for something that a time-out ends.
    """

    time: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    living: tuple[int, ...]
    free: tuple[int, ...] = ()

    def from_node(self, node: Node) -> Edge | None:
        """Return the edge that leaves *node*, or None."""
        return next((edge for edge in self.edges if edge.source == node), None)

    def into(self, node: Node) -> tuple[Edge, ...]:
        """Return the edges that end at *node*, the oldest first."""
        return tuple(edge for edge in self.edges if edge.target == node)


def thread_node(lane: int) -> Node:
    """Return the node of a thread."""
    return Node("thread", lane)


def lock_node(obj: int) -> Node:
    """Return the node of a lock."""
    return Node("lock", obj)


def graph_at(trace: Trace, t: int) -> Graph:
    """Return who holds what and who waits for what at *t* (ns)."""
    states = _states(trace, t)
    by_object = {thread.object: thread.index for thread in trace.threads if thread.object}
    edges = []
    free = []
    used: set[int] = set()
    for lane, state in states.items():
        piece = trace.lanes[lane].slice_at(t) if state in _WAITS else None
        if piece is None:
            free.append(lane)
            continue
        timed = piece.kind is not Kind.EXIT_WAIT and _is_timed(trace, piece)
        timed = timed or from_outside(trace, piece.obj)
        if timed:
            free.append(lane)
        used.update((piece.held, piece.obj))
        target = _waited_for(trace, piece, by_object, t)
        if target is not None:
            edges.append(Edge(thread_node(lane), target, "waits for", piece.start, timed))
    for lock in _locks(trace, t, states, used):
        hold = trace.locks.hold_at(lock, t)
        if hold is not None and hold.thread in states:
            edges.append(Edge(lock_node(lock), thread_node(hold.thread), "held by", hold.start))
    edges.sort(key=lambda edge: (edge.since, edge.source.kind, edge.source.number))
    nodes = {node for edge in edges for node in (edge.source, edge.target)}
    ordered = sorted(nodes, key=lambda node: (node.kind, node.number))
    return Graph(t, tuple(ordered), tuple(edges), tuple(states), tuple(free))


def cycle(graph: Graph, *, untimed: bool = False) -> tuple[Edge, ...]:
    """Return the edges of the first cycle, in walking order from its lowest thread, or ().

    With *untimed* only waits count that never end by themselves.
    """
    leaving = {edge.source: edge for edge in graph.edges if not (untimed and edge.timed)}
    settled: set[Node] = set()
    for start in sorted(node for node in leaving if node.kind == "thread"):
        path: list[Node] = []
        node = start
        while node in leaving and node not in settled:
            settled.add(node)
            path.append(node)
            node = leaving[node].target
        if node in path:
            ring = path[path.index(node) :]
            first = ring.index(min(member for member in ring if member.kind == "thread"))
            return tuple(leaving[member] for member in ring[first:] + ring[:first])
    return ()


def blocker(trace: Trace, piece: Slice, by_object: dict[int, int], t: int) -> int | None:
    """Return the one thread that the wait *piece* is for at *t* (ns), or None.

    *by_object* says which thread a thread object stands for.
    """
    node = _waited_for(trace, piece, by_object, t)
    if node is None or node.kind == "thread":
        return None if node is None else node.number
    hold = trace.locks.hold_at(node.number, t)
    return None if hold is None else hold.thread


def _states(trace: Trace, t: int) -> dict[int, int]:
    """Return the state of every thread that lives at *t*; a slice of each would cost four times."""
    found = {}
    for thread, lane in zip(trace.threads, trace.lanes, strict=True):
        if thread.end is not None and thread.end <= t:
            continue
        place = lane.starts.index_at(t) - 1
        state = int(lane.states.view[place]) if place >= 0 else 0
        if state:
            found[thread.index] = state
    return found


def _waited_for(trace: Trace, piece: Slice, by_object: dict[int, int], t: int) -> Node | None:
    """Return the lock or the thread that can end the wait *piece*, where it is only one."""
    if piece.state is State.WAITS_LOCK:
        return lock_node(piece.obj)
    lane = None
    if piece.kind in (Kind.JOIN_WAIT, Kind.SHUTDOWN_WAIT):
        lane = by_object.get(piece.obj)
    elif piece.kind is Kind.RESULT_WAIT:
        task = trace.tasks.tasks.get(piece.obj)
        lane = task.worker if task is not None and task.state_at(t) == "running" else None
    elif piece.kind is Kind.PROCESS_WAIT:
        lane = main_lane(trace, piece.obj)
    return None if lane is None else thread_node(lane)


def _is_timed(trace: Trace, piece: Slice) -> bool:
    value = trace.event(piece.event).value
    return isinstance(value, (int, float)) and value >= 0


def _locks(trace: Trace, t: int, states: dict[int, int], used: set[int]) -> list[int]:
    """Return the locks worth asking about: all, or where there are too many, those in use."""
    every = trace.locks.histories
    if len(every) <= ALL_LOCKS:
        return list(every)
    for lane in states:
        piece = trace.lanes[lane].slice_at(t)
        used.add(piece.held if piece else 0)
    return sorted(used & every.keys())
