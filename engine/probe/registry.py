"""The names behind the numbers: threads, objects, source lines and texts of one process.

Why: an event is five numbers; what they stand for travels once. Guarantees: a number is never
used again; whatever an event refers to is in `take()` before that event is packed; after a fork
what can still matter is told again, on the child's own connection: neither tasks that are over
(`forget`) nor texts, which get new numbers there. A script that forks in a loop beside a busy pool
would else tell ever more each time.
"""

from __future__ import annotations

import threading
from _thread import get_ident
from collections.abc import Mapping
from typing import Any

from ..events import ObjectKind
from .counting import counter
from .creations import NameHint
from .owner import NOWHERE, Site, is_user_file
from .texts import LONGEST_TEXT, shortened

# An entry only refers to later groups.
GROUPS = ("threads", "tasks", "objects", "texts", "sites")

Entry = dict[str, Any]

#: A task of an executor, in the fewest words, as a pool may have tens of thousands a second: its
#: number among the objects, pool, position in the pool, function, arguments, shared identity.
Task = tuple[int, int, int, str, str, str]


class SiteTable:
    """Numbers of source lines, given out at the first look-up."""

    def __getitem__(self, site: Site) -> int:
        raise NotImplementedError

    def take(self) -> list[tuple[int, str, int]]:
        """Return the lines that the registry was not told of, as (number, file, line)."""
        return []

    def known(self) -> dict[int, Site]:
        """Return the lines behind the numbers."""
        raise NotImplementedError


class SiteNumbers(dict[Site, int], SiteTable):
    """Numbers of source lines, given out at the first look-up; 0 for code of libraries."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry
        self[NOWHERE] = 0

    def __missing__(self, site: Site) -> int:
        file, line = site
        number = 0
        if line and _is_shown(file):
            number = self._registry.add("sites", file=file, line=line)
        self[site] = number
        return number

    def known(self) -> dict[int, Site]:
        """Return the lines behind the numbers."""
        return {number: site for site, number in self.copy().items()}


class TextNumbers(dict[str, int]):
    """Numbers of texts, given out at the first look-up."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry
        self.start_again()

    def start_again(self) -> None:
        """Give every text a new number from now on."""
        self.clear()
        self[""] = 0

    def __missing__(self, text: str) -> int:
        number = self._registry.add("texts", text=shortened(text))
        if len(text) <= LONGEST_TEXT and len(self) < 100_000:  # a run may print new ones for ever
            self[text] = number
        return number


class ThreadNumbers(dict[int, int]):
    """`get_ident()` to our number. An ident that nobody announced is a foreign thread's."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def __missing__(self, ident: int) -> int:
        number = self[ident] = self._registry.add_thread(f"Foreign-{ident}", ident=ident)
        return number


class Registry:
    """What this process has told, and what it still has to tell.

    Attributes: sites, texts, numbers (thread ident to number): dictionaries that make a number
    where there is none.
    """

    def __init__(self) -> None:
        self._next = {group: counter() for group in GROUPS}
        self._told: dict[str, dict[int, Any]] = {group: {} for group in GROUPS}
        self._pending: dict[str, list[Any]] = {group: [] for group in GROUPS}
        self._next_object = self._next["objects"]
        self._tasks, self._fresh_tasks = self._told["tasks"], self._pending["tasks"]
        self._hints: dict[str, Mapping[int, NameHint]] = {}
        self._made: dict[Site, int] = {}
        self.sites: SiteTable = SiteNumbers(self)
        self.texts = TextNumbers(self)
        self.numbers = ThreadNumbers(self)

    def add(self, group: str, **entry: Any) -> int:
        """Give *entry* a number in *group*."""
        number = self._next[group]()
        self._tell(group, {"number": number, **entry})
        return number

    def add_main_thread(self) -> None:
        """Announce the calling thread as number 0, the main thread of this process."""
        self.numbers[get_ident()] = 0
        entry = thread_entry(threading.current_thread(), 0)
        # After a fork the thread object still tells the parent's number.
        entry["native_id"] = threading.get_native_id()
        self._tell("threads", {"number": 0, **entry})

    def add_thread(self, name: str, **entry: Any) -> int:
        """Announce a thread; its ident is often known only later (`update`)."""
        known = {"ident": 0, "native_id": 0, "daemon": True, "object": 0}
        return self.add("threads", name=name, **{**known, **entry})

    def add_object(
        self, kind: ObjectKind, site: Site = NOWHERE, *, named: bool = True, **entry: Any
    ) -> int:
        """Announce an object that was made at *site*, by the script's own name for it.

        What a library makes on the way is not *named*: the script has no name for it.
        """
        name = entry.pop("name", None) or (self._name(site) if named else None)
        return self.add("objects", kind=int(kind), name=name, site=self.sites[site], **entry)

    def add_task(
        self, pool: int, position: int, function: str, arguments: str, shared: str = ""
    ) -> int:
        """Announce the task number *position* of an executor."""
        number = self._next_object()
        task: Task = (number, pool, position, function, arguments, shared)
        self._tasks[number] = task
        self._fresh_tasks.append(task)
        return number

    def update(self, group: str, number: int, **changes: Any) -> None:
        """Announce an entry again with *changes*."""
        self._tell(group, {**self._told[group][number], **changes})

    def forget(self, number: int) -> None:
        """Let a task go that is over, or a future: events of this process may still name it."""
        if self._tasks.pop(number, None) is None:
            self._told["objects"].pop(number, None)

    def show_thread(self, number: int) -> bool:
        """Announce thread *number* as a lane from now on; tell whether it was a hidden one."""
        entry = self._told["threads"].get(number)
        if entry is None or "hidden" not in entry:
            return False
        if entry["hidden"]:
            self._tell("threads", {**entry, "hidden": False})
        return True

    def told(self, group: str, number: int) -> Entry:
        """Return what was told last of entry *number* of *group*."""
        entry: Entry = self._told[group][number]
        return entry

    def hint(self, file: str, hints: Mapping[int, NameHint]) -> None:
        """Say how the script *file* calls the objects that it makes."""
        self._hints[file] = hints

    def take(self) -> dict[str, list[Entry]] | None:
        """Return what was not told yet, or None. Only one thread at a time may call this."""
        for number, file, line in self.sites.take():
            # A line of a library's has a number, but stands for none.
            shown = (file, line) if _is_shown(file) else NOWHERE
            self._tell("sites", {"number": number, "file": shown[0], "line": shown[1]})
        taken = {}
        for group in GROUPS:
            pending = self._pending[group]
            count = len(pending)
            # Slices are atomic under the GIL; what others append meanwhile stays behind them.
            taken[group] = pending[:count]
            del pending[:count]
        return taken if any(taken.values()) else None

    def start_again(self) -> None:
        """Make everything known pending once more, for a new connection after a fork.

        The calling thread is the only one left, and is number 0 now.
        """
        self.numbers.clear()
        self.texts.start_again()
        self._told["threads"].clear()
        self._next["threads"] = counter()
        for group in GROUPS:
            self._pending[group].clear()
            self._pending[group] += self._told[group].values()
        self.add_main_thread()

    def _tell(self, group: str, entry: Entry) -> None:
        if group != "texts":
            self._told[group][entry["number"]] = entry
        self._pending[group].append(entry)

    def _name(self, site: Site) -> str | None:
        hint = self._hints.get(site[0], {}).get(site[1])
        if hint is None:
            return None
        ordinal = self._made[site] = self._made.get(site, -1) + 1
        return hint.name(ordinal)


def _is_shown(file: str) -> bool:
    return file.startswith("<") or is_user_file(file)


def thread_entry(thread: threading.Thread, obj: int) -> Entry:
    """Return what NAMES tells of *thread*, whose thread object has the number *obj*."""
    return {
        "name": thread.name,
        # The fields, as a subclass may have properties of its own in their place.
        "ident": getattr(thread, "_ident", None) or 0,
        "native_id": getattr(thread, "_native_id", None) or 0,
        "daemon": thread.daemon,
        "object": obj,
    }
