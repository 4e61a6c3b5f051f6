"""Where each pane stands, as data: a tree that depends on the width, the script and the choices.

The workspace builds widgets from the tree; here nothing knows of widgets, so that every
arrangement can be tested without a window.

Guarantees: a pane that is hidden, or that the window does not have, appears nowhere; every other
pane appears exactly once, or in the strip; a split or a group of tabs is never empty.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

COMPACT_BELOW = 1500
REST = 0

SIDE = ("gallery", "parameters")
CORES = ("cpu", "table")
HOLDERS = ("locks", "contention")
LOWER = (*CORES, *HOLDERS)
TALK = ("story", "console", "details", "notes")
NAMES = (*SIDE, "activity", "value", *LOWER, "pool", "code", *TALK)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One pane by itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Tabs:
    """Panes that share a place.

    Attributes:
        key: what the choice of the tab is remembered by.
        names: the panes, in order.
    """

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Places beside or above each other, with a handle between them.

    Attributes:
        key: what the sizes are remembered by.
        vertical: above each other.
        children: the places.
        sizes: pixels each, or `REST` for what is left over.
    """

    key: str
    vertical: bool
    children: tuple[Node, ...]
    sizes: tuple[int, ...]


Node = Leaf | Tabs | Split


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A tree of places, and the panes that fold into the strip on the left.

    Attributes:
        root: the tree; None when everything is hidden.
        strip: panes that open over the others at a click.
    """

    root: Node | None
    strip: tuple[str, ...]


def arrange(present: Collection[str], hidden: Collection[str], *, compact: bool, pool: bool
            ) -> Arrangement:  # fmt: skip
    """Place the panes of `present` that are not `hidden`.

    With `pool` the lower row is the pool's, with the processor and the locks as tabs behind it;
    without, the pool has no place. With `compact` the side folds, and the lower panes are tabs.
    """
    shown = {name for name in present if name not in hidden and (pool or name != "pool")}

    def pick(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in shown)

    # The same keys with and without a pool: the columns must not move when the script changes.
    form = "compact" if compact else "wide"
    middle: list[tuple[Node | None, int]] = [(_leaf("activity", shown), 336)]
    if compact:
        lower = ("pool", "value", *LOWER) if pool else ("value", *LOWER)
        middle.append((_tabs("compact/pool" if pool else "compact/lower", pick(lower)), 300))
    else:
        middle.append((_leaf("value", shown), 208))
        low: Node | None = _tabs("wide/pool", pick(("pool", *LOWER)))
        if not pool:
            pairs = [(CORES, "wide/cores"), (HOLDERS, "wide/holders")]
            places = [(_tabs(key, pick(names)), 1) for names, key in pairs]
            low = _split("wide/lower", False, places)
        middle.append((low, 408))
    right: list[tuple[Node | None, int]] = [
        (_leaf("code", shown), 684 if not compact else 360),
        (_tabs("talk", pick(TALK)), 280 if not compact else 270),
    ]
    side: list[tuple[Node | None, int]] = [
        (_leaf("gallery", shown), REST), (_leaf("parameters", shown), 212)
    ]  # fmt: skip
    columns = [
        (None if compact else _split(f"{form}/side", True, side), 272),
        (_split(f"{form}/middle", True, middle), REST),
        (_split(f"{form}/right", True, right), 420 if compact else 500),
    ]
    return Arrangement(_split(f"{form}/columns", False, columns), pick(SIDE) if compact else ())


def _leaf(name: str, shown: set[str]) -> Node | None:
    return Leaf(name) if name in shown else None


def _tabs(key: str, names: tuple[str, ...]) -> Node | None:
    if len(names) == 1:
        return Leaf(names[0])
    return Tabs(key, names) if names else None


def _split(key: str, vertical: bool, places: list[tuple[Node | None, int]]) -> Node | None:
    there = [number for number, (node, _) in enumerate(places) if node is not None]
    kept = [(node, size) for node, size in places if node is not None]
    if len(kept) < 2:
        return kept[0][0] if kept else None
    # Hiding a neighbour is another arrangement, with sizes of its own.
    if len(kept) < len(places):
        key = f"{key}/{''.join(map(str, there))}"
    return Split(key, vertical, tuple(n for n, _ in kept), tuple(s for _, s in kept))


def leaves(node: Node | None) -> tuple[str, ...]:
    """Return the panes below `node`, in order."""
    if node is None:
        return ()
    if isinstance(node, Leaf):
        return (node.name,)
    if isinstance(node, Tabs):
        return node.names
    return tuple(name for child in node.children for name in leaves(child))
