"""Where locks, threads and words of the wait-for graph stand in a picture of a given size.

Why: a drawing that is laid out first can be tested for overlaps, hit by the pointer, and be given
up in time for a list when it would not be readable.

Guarantees: no two nodes and no two words overlap, nothing lies outside the picture, and no word
lies on a node or on an edge; a graph that does not fit has no scene.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from engine.events import ObjectKind
from engine.sentences import called
from engine.trace import Trace
from engine.waits import Edge, Graph, Node, cycle
from gui.labels import duration, object_name
from gui.theme import body_font

MOST_NODES = 12
THREAD = 46.0  # px across
LOCK_HEIGHT = 38.0
LOCK_WIDTH = (70.0, 170.0)
SMALLEST = 0.6  # of the natural size; below, labels could not be read
_GAP = 24.0
_LEVEL = 96.0
_MARGIN = 12.0
_CAPTION = 26.0  # px above the holders: a caption may stand there
_OUTSIDE = 30.0  # px at the foot of a ring, for those that wait for it from outside


@dataclass(frozen=True, slots=True)
class Placed:
    """A node and its box; *label* is a lock's name, elided to fit."""

    node: Node
    box: QRectF
    label: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words in the picture. *tone*: 'quiet', 'deadlock' or 'circle'."""

    text: str
    box: QRectF
    tone: str = "quiet"


@dataclass(slots=True)
class Scene:
    """The picture: nodes, edges as lines between their borders, words, threads outside a ring."""

    nodes: list[Placed] = field(default_factory=list)
    lines: list[tuple[Edge, QLineF]] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    outside: list[Edge] = field(default_factory=list)

    def at(self, position: QPointF) -> Node | None:
        """Return the node at *position*, or None."""
        for placed in self.nodes:
            if placed.box.contains(position):
                return placed.node
        return None

    def box(self, node: Node) -> QRectF | None:
        """Return the box of *node*, or None."""
        return next((placed.box for placed in self.nodes if placed.node == node), None)


def shown_edges(graph: Graph, ring: Sequence[Edge]) -> list[Edge]:
    """Return the edges worth drawing: all of locks, and joins only where they close a circle."""
    return [
        edge
        for edge in graph.edges
        if edge in ring or "lock" in (edge.source.kind, edge.target.kind)
    ]


def is_deadlock(trace: Trace, graph: Graph, ring: Sequence[Edge]) -> bool:
    """Tell whether nothing outside *ring* could end its waits, as far as the trace shows."""
    if not ring or any(edge.timed for edge in ring):
        return False
    locks = [edge.target.number for edge in ring if edge.target.kind == "lock"]
    owned = all(trace.objects[lock].kind is ObjectKind.RLOCK for lock in locks)
    return not graph.free or owned


def lay_out(trace: Trace, graph: Graph, size: QSizeF) -> Scene | None:
    """Return the picture of *graph* in *size* px, or None when it would not be readable."""
    ring = cycle(graph)
    edges = shown_edges(graph, ring)
    nodes = sorted({node for edge in edges for node in (edge.source, edge.target)})
    if not nodes or len(nodes) > MOST_NODES:
        return None
    places = _ring(trace, ring, edges, size) if ring else _tree(trace, nodes, edges, size)
    if places is None:
        return None
    scene = Scene(nodes=places)
    if ring:
        scene.outside = [edge for edge in edges if edge not in ring]
    _draw_lines(scene, list(ring) or edges)
    if ring:
        dead = is_deadlock(trace, graph, ring)
        _middle(scene, "deadlock" if dead else "a circle of waits", size, dead=dead)
    else:
        _captions(trace, graph, scene, size)
    _name_edges(scene, size, every=bool(ring))
    return scene


# --- nodes


def _size(trace: Trace, node: Node) -> QSizeF:
    if node.kind == "thread":
        return QSizeF(THREAD, THREAD)
    wide = _metrics(14, bold=True).horizontalAdvance(object_name(trace, node.number)) + 36
    return QSizeF(min(max(wide, LOCK_WIDTH[0]), LOCK_WIDTH[1]), LOCK_HEIGHT)


def _placed(trace: Trace, node: Node, centre: QPointF, scale: float) -> Placed:
    natural = _size(trace, node) * scale
    box = QRectF(0, 0, natural.width(), natural.height())
    box.moveCenter(centre)
    label = ""
    if node.kind == "lock":
        metrics = _metrics(lock_pixels(scale), bold=True)
        name = object_name(trace, node.number)
        label = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, box.width() - 12)
    return Placed(node, box, label)


def lock_pixels(scale: float) -> int:
    """Return the size of a lock's name, in px, at *scale*."""
    return max(11, round(14 * scale))


def _ring(
    trace: Trace, ring: Sequence[Edge], edges: Sequence[Edge], size: QSizeF
) -> list[Placed] | None:
    """Place the nodes of a cycle on an ellipse, a lock on top."""
    members = [edge.source for edge in ring]
    if members[0].kind == "thread" and any(node.kind == "lock" for node in members):
        members = members[-1:] + members[:-1]
    foot = _OUTSIDE if len(edges) > len(ring) else 0.0
    area = QRectF(0, 0, size.width(), size.height() - foot)
    area.adjust(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
    scale = min(1.0, area.width() / 380, area.height() / 260)
    if scale < SMALLEST:
        return None
    widest = max(_size(trace, node).width() for node in members) * scale
    across = min((area.width() - widest) / 2, 46.0 * max(4, len(members)))
    down = min((area.height() - THREAD * scale) / 2, 34.0 * max(4, len(members)))
    # Against the clock, from the lock that the first thread holds: it stands left of its lock.
    step = -2 * math.pi / len(members)
    places = []
    for number, node in enumerate(members):
        angle = -math.pi / 2 + number * step
        offset = QPointF(across * math.cos(angle), down * math.sin(angle))
        places.append(_placed(trace, node, area.center() + offset, scale))
    room = [_distance(a.box, b.box) for a, b in zip(places, places[1:] + places[:1], strict=True)]
    return None if min(room) < 26 else places


def _tree(
    trace: Trace, nodes: Sequence[Node], edges: Sequence[Edge], size: QSizeF
) -> list[Placed] | None:
    """Place holders on top, their locks below, those that wait for them below that, and so on."""
    below: dict[Node, list[Node]] = {node: [] for node in nodes}
    roots = set(nodes)
    for edge in edges:
        below[edge.target].append(edge.source)
        roots.discard(edge.source)
    natural: dict[Node, QPointF] = {}
    wide = 0.0
    for root in sorted(roots, key=lambda node: (node.kind, node.number)):
        wide += _grow(trace, root, below, wide, 0.0 if root.kind == "thread" else 1.0, natural)
    top = min(place.y() for place in natural.values())
    levels = max(place.y() for place in natural.values()) - top
    high = levels * _LEVEL + THREAD
    room = QSizeF(size.width() - 2 * _MARGIN, size.height() - _MARGIN - _CAPTION)
    along, down = room.width() / wide, room.height() / high
    scale = min(1.0, along, down)
    if scale < SMALLEST:
        return None
    along, down = min(along, 1.4), min(down, 1.2)
    left = (size.width() - wide * along) / 2
    head = (size.height() - levels * _LEVEL * down + _CAPTION - _MARGIN) / 2
    return [
        _placed(
            trace,
            node,
            QPointF(left + place.x() * along, head + (place.y() - top) * _LEVEL * down),
            scale,
        )
        for node, place in natural.items()
    ]


def _grow(
    trace: Trace,
    node: Node,
    below: dict[Node, list[Node]],
    left: float,
    level: float,
    found: dict[Node, QPointF],
) -> float:
    """Place *node* and what is below it from *left* on; return how wide they are."""
    width = 0.0
    for child in below[node]:
        width += _grow(trace, child, below, left + width, level + 1, found)
    own = _size(trace, node).width() + _GAP
    if width < own and below[node]:
        for member in _under(node, below):  # stand in the middle of the wider parent
            found[member] += QPointF((own - width) / 2, 0)
    width = max(width, own)
    found[node] = QPointF(left + width / 2, level)
    return width


def _under(node: Node, below: dict[Node, list[Node]]) -> Iterator[Node]:
    for child in below[node]:
        yield child
        yield from _under(child, below)


# --- edges and words


def _draw_lines(scene: Scene, edges: Sequence[Edge]) -> None:
    pairs = [frozenset((edge.source, edge.target)) for edge in edges]
    for edge in edges:
        source, target = scene.box(edge.source), scene.box(edge.target)
        if source is None or target is None:
            continue
        line = QLineF(source.center(), target.center())
        if pairs.count(frozenset((edge.source, edge.target))) > 1 and line.length():
            # A thread that wants what it holds: two edges between the same two nodes.
            side = line.normalVector().unitVector()
            line.translate(side.dx() * 12, side.dy() * 12)
        start = _border(source, edge.source, line)
        end = _border(target, edge.target, QLineF(line.p2(), line.p1()))
        scene.lines.append((edge, QLineF(start, end)))


def _border(box: QRectF, node: Node, line: QLineF) -> QPointF:
    """Return where *line*, which begins inside *box*, leaves it (and 4 px on)."""
    length = max(line.length(), 1.0)
    steps = [line.pointAt(step / length) for step in range(int(length))]
    grown = box.adjusted(-4, -4, 4, 4)
    for point in steps:
        outside = not grown.contains(point)
        if node.kind == "thread":
            outside = QLineF(box.center(), point).length() > grown.width() / 2
        if outside:
            return point
    return line.p2()


def _middle(scene: Scene, text: str, size: QSizeF, *, dead: bool) -> None:
    tone = "deadlock" if dead else "circle"
    box = _text_box(text, 14, bold=True)
    box.moveCenter(_centre(scene))
    if _is_free(scene, box, size):
        scene.words.append(Words(text, box, tone))
        return
    for dx in (box.width() / 2 + 30, -box.width() / 2 - 30):  # two nodes: a pair of lines there
        moved = box.translated(dx, 0)
        if _is_free(scene, moved, size):
            scene.words.append(Words(text, moved, tone))
            return


def _centre(scene: Scene) -> QPointF:
    boxes = [placed.box for placed in scene.nodes]
    total = QPointF(sum(b.center().x() for b in boxes), sum(b.center().y() for b in boxes))
    return total / len(boxes)


def _captions(trace: Trace, graph: Graph, scene: Scene, size: QSizeF) -> None:
    """Say beside each holder that it holds the lock, and for how long; less where room lacks."""
    holders = [
        (placed, held)
        for placed in scene.nodes
        if placed.node.kind == "thread"
        and (held := [e for e in graph.into(placed.node) if e.word == "held by"])
    ]
    before = list(scene.words)
    best: list[Words] = []
    for brief, side in itertools.product(range(3), range(4)):
        scene.words = list(before)
        for placed, held in holders:
            text = _caption(trace, graph, placed.node, held, brief)
            outwards = int(placed.box.center().x() < size.width() / 2)
            box = _beside(placed.box, text, outwards if side == 3 else side)
            if _is_free(scene, box, size):
                scene.words.append(Words(text, box))
        if len(scene.words) == len(before) + len(holders):
            return  # the longest form that all have room for, if possible at the same side
        best = max(best, scene.words, key=len)
    scene.words = best


def _caption(trace: Trace, graph: Graph, node: Node, held: Sequence[Edge], brief: int) -> str:
    name = called(trace, node.number)
    lasted = duration(graph.time - min(edge.since for edge in held))
    what = "it" if len(held) == 1 else f"{len(held)} locks"
    return (f"{name} holds {what} · {lasted}", f"{name} · {lasted}", lasted)[brief]


def _beside(node: QRectF, text: str, side: int) -> QRectF:
    """Return the box of *text* right of (0), left of (1) or above (2) *node*."""
    box = _text_box(text, 13)
    gap = 14 + box.width() / 2 + node.width() / 2
    offsets = (QPointF(gap, 0), QPointF(-gap, 0), QPointF(0, -node.height() / 2 - 13))
    box.moveCenter(node.center() + offsets[side])
    return box


def _name_edges(scene: Scene, size: QSizeF, *, every: bool) -> None:
    """Write 'held by' and 'waits for' at edges: at all of a ring, else once for each lock."""
    named: set[tuple[str, Node]] = set()
    middle = _centre(scene)
    for edge, line in scene.lines:
        key = (edge.word, edge.source if edge.word == "held by" else edge.target)
        if key in named and not every:
            continue
        box = _text_box(edge.word, 12)
        side = line.normalVector().unitVector()
        outwards = QPointF.dotProduct(QPointF(side.dx(), side.dy()), line.pointAt(0.5) - middle)
        for sign in (1, -1) if outwards >= 0 or not every else (-1, 1):
            away = abs(side.dx()) * box.width() / 2 + abs(side.dy()) * box.height() / 2 + 10
            box.moveCenter(line.pointAt(0.5) + QPointF(side.dx(), side.dy()) * away * sign)
            if _is_free(scene, box, size):
                scene.words.append(Words(edge.word, QRectF(box)))
                named.add(key)
                break


def _is_free(scene: Scene, box: QRectF, size: QSizeF) -> bool:
    picture = QRectF(4, 4, size.width() - 8, size.height() - 8)
    if scene.outside:
        picture.setBottom(size.height() - _OUTSIDE)
    if not picture.contains(box):
        return False
    grown = box.adjusted(-3, -3, 3, 3)
    taken = [placed.box for placed in scene.nodes] + [words.box for words in scene.words]
    if any(grown.intersects(other) for other in taken):
        return False
    return not any(_crosses(line, box) for _, line in scene.lines)


def _crosses(line: QLineF, box: QRectF) -> bool:
    steps = max(2, int(line.length() / 3))
    return any(box.contains(line.pointAt(step / steps)) for step in range(steps + 1))


def _distance(one: QRectF, other: QRectF) -> float:
    dx = max(one.left() - other.right(), other.left() - one.right(), 0.0)
    dy = max(one.top() - other.bottom(), other.top() - one.bottom(), 0.0)
    return math.hypot(dx, dy)


def _text_box(text: str, pixels: int, *, bold: bool = False) -> QRectF:
    metrics = _metrics(pixels, bold=bold)
    return QRectF(0, 0, metrics.horizontalAdvance(text) + 2, metrics.height())


def _metrics(pixels: int, *, bold: bool = False) -> QFontMetricsF:
    weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
    return QFontMetricsF(body_font(pixels, weight))
