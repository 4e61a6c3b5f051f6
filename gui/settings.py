"""What the window remembers from one day to the next, typed.

`QSettings` gives back whatever the file holds: a word where a number was, or a script that is
gone. Guarantees: a getter returns a value of its type that can be used, or the default;
nothing read here is executed or unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

Value = int | float | bool | str
RECENT = 10
MEMORY, LEAST_MEMORY, MOST_MEMORY = 2048, 16, 1 << 20  # megabytes
THEMES = ("dark", "light")


class Settings:
    """A typed view of one settings store.

    Attributes:
        theme: "dark" or "light".
        geometry: the window's place, as Qt packed it; empty if never kept.
        compare_geometry: the same of the window of two runs.
        layout: sizes and hidden panes, as the workspace packed them; empty if never kept.
        last_scenario: the id of the scenario shown last, or "".
        speed: the speed of the cursor.
        folder: where a script was opened or saved last.
        memory: the megabytes that the record of a run may take in memory.
        python: the path of the interpreter that was chosen, or "".
        table: what the table remembers, as it packed it, or "".
        motion: whether things may move, or None where the system decides.
        minimap: whether the map of the run is shown.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Use the ini `file`, or the place that the system has for settings."""
        self._file = file
        if file is None:
            self._store = QSettings("ThreadLab", "ThreadLab")
        else:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """The name of the theme."""
        name = self._text("theme")
        return name if name in THEMES else THEMES[0]

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def geometry(self) -> bytes:
        """The window's place and size."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, packed: bytes) -> None:
        self._store.setValue("window/geometry", QByteArray(packed))

    @property
    def compare_geometry(self) -> bytes:
        """The place and size of the window of two runs."""
        return self._bytes("compare/geometry")

    @compare_geometry.setter
    def compare_geometry(self, packed: bytes) -> None:
        self._store.setValue("compare/geometry", QByteArray(packed))

    @property
    def layout(self) -> bytes:
        """The sizes of the panes and which are hidden."""
        return self._bytes("window/layout")

    @layout.setter
    def layout(self, packed: bytes) -> None:
        self._store.setValue("window/layout", QByteArray(packed))

    @property
    def last_scenario(self) -> str:
        """The scenario that was shown last."""
        return self._text("scenario/last")

    @last_scenario.setter
    def last_scenario(self, scenario_id: str) -> None:
        self._store.setValue("scenario/last", scenario_id)

    @property
    def speed(self) -> float:
        """The speed of the cursor, more than 0."""
        try:
            speed = float(self._text("speed") or 1.0)
        except ValueError:
            return 1.0
        return speed if 0 < speed < 1e6 else 1.0

    @speed.setter
    def speed(self, speed: float) -> None:
        self._store.setValue("speed", repr(speed))

    @property
    def memory(self) -> int:
        """The megabytes of memory for the record of a run."""
        try:
            found = int(self._text("memory") or MEMORY)
        except ValueError:
            return MEMORY
        return min(max(found, LEAST_MEMORY), MOST_MEMORY)

    @memory.setter
    def memory(self, megabytes: int) -> None:
        self._store.setValue("memory", str(megabytes))

    @property
    def minimap(self) -> bool:
        """Whether the map of the run is shown."""
        return self._text("minimap") != "hidden"

    @minimap.setter
    def minimap(self, shown: bool) -> None:
        self._store.setValue("minimap", "shown" if shown else "hidden")

    @property
    def path_on_lanes(self) -> bool:
        """Whether the critical path is drawn over the lanes of threads."""
        return self._text("path") == "shown"

    @path_on_lanes.setter
    def path_on_lanes(self, shown: bool) -> None:
        self._store.setValue("path", "shown" if shown else "hidden")

    @property
    def motion(self) -> bool | None:
        """Whether what moves by itself may take its time; None: as the system wants it."""
        return {"full": True, "none": False}.get(self._text("motion"))

    @motion.setter
    def motion(self, wanted: bool | None) -> None:
        self._store.setValue("motion", {True: "full", False: "none", None: ""}[wanted])

    @property
    def table(self) -> str:
        """Which rows the table shows, and how wide its columns are."""
        return self._text("table")

    @table.setter
    def table(self, packed: str) -> None:
        self._store.setValue("table", packed)

    @property
    def python(self) -> str:
        """The interpreter that was chosen; it may be gone."""
        return self._text("python")

    @python.setter
    def python(self, path: str) -> None:
        self._store.setValue("python", path)

    @property
    def folder(self) -> Path:
        """Where a script was opened or saved last; the current one if that is gone."""
        kept = self._text("folder")
        return Path(kept) if kept and Path(kept).is_dir() else Path.cwd()

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._store.setValue("folder", str(folder))

    @property
    def data_folder(self) -> Path:
        """Where this user's data lie that are no settings; it may not exist yet."""
        if self._file is not None:
            return self._file.parent / "data"
        place = QStandardPaths.StandardLocation.AppLocalDataLocation
        found = QStandardPaths.writableLocation(place)
        return Path(found or Path.home() / ".threadlab")

    def recent_files(self) -> list[Path]:
        """Return the scripts opened last, newest first, ten at most; some may be gone."""
        listed = self._json("recent")
        paths = listed if isinstance(listed, list) else []
        return [Path(each) for each in paths if isinstance(each, str)][:RECENT]

    def recent_scripts(self) -> list[Path]:
        """Return those of them that still exist."""
        return [path for path in self.recent_files() if path.is_file()]

    def add_recent(self, script: Path) -> None:
        """Put `script` in front of the recent ones."""
        path = script.resolve()
        self._set_recent([path, *(each for each in self.recent_files() if each != path)])

    def forget_recent(self, script: Path) -> None:
        """Take `script` from the recent ones."""
        self._set_recent([each for each in self.recent_files() if each != script])

    def clear_recent(self) -> None:
        """Forget all of them."""
        self._set_recent([])

    def _set_recent(self, paths: list[Path]) -> None:
        self._store.setValue("recent", json.dumps([str(each) for each in paths[:RECENT]]))

    def parameters(self, scenario_id: str) -> dict[str, Value]:
        """Return the parameter values kept for a scenario; the panel checks them again."""
        found = self._all_parameters().get(scenario_id)
        if not isinstance(found, dict):
            return {}
        return {
            name: value
            for name, value in found.items()
            if isinstance(value, (bool, int, float, str))
        }

    def set_parameters(self, scenario_id: str, values: Mapping[str, Value]) -> None:
        """Keep the parameter values of a scenario; without values, forget them."""
        kept = self._all_parameters()
        kept.pop(scenario_id, None)
        if values:
            kept[scenario_id] = dict(values)
        self._store.setValue("scenario/parameters", json.dumps(kept))

    def watches(self, scenario_id: str) -> dict[str, list[str]]:
        """Return the watches kept for a scenario: added, hidden, order."""
        return _lists(self._kept_watches().get(scenario_id))

    def set_watches(self, scenario_id: str, watches: Mapping[str, list[str]]) -> None:
        """Keep the watches of a scenario; without any, forget them."""
        kept = self._kept_watches()
        kept.pop(scenario_id, None)
        if watches:
            kept[scenario_id] = dict(watches)
        self._store.setValue("scenario/watches", json.dumps(kept))

    def lanes(self, scenario_id: str) -> dict[str, list[str]]:
        """Return how the lanes of a scenario are shown: pinned, folded, order."""
        return _lists(self._table("scenario/lanes").get(scenario_id))

    def set_lanes(self, scenario_id: str, lanes: Mapping[str, list[str]]) -> None:
        """Keep how the lanes of a scenario are shown; without any, forget it."""
        kept = self._table("scenario/lanes")
        kept.pop(scenario_id, None)
        if lanes:
            kept[scenario_id] = dict(lanes)
        self._store.setValue("scenario/lanes", json.dumps(kept))

    def called(self, scenario_id: str) -> tuple[str, str]:
        """Return a script's arguments and working folder, as they were typed; else empty texts."""
        all_called = self._json("scenario/called")
        found = all_called.get(scenario_id) if isinstance(all_called, dict) else None
        if isinstance(found, list) and len(found) == 2 and all(isinstance(t, str) for t in found):
            return found[0], found[1]
        return "", ""

    def set_called(self, scenario_id: str, arguments: str, folder: str) -> None:
        """Keep a script's arguments and working folder; without either, forget them."""
        found = self._json("scenario/called")
        kept = dict(found) if isinstance(found, dict) else {}
        kept.pop(scenario_id, None)
        if arguments or folder:
            kept[scenario_id] = [arguments, folder]
        self._store.setValue("scenario/called", json.dumps(kept))

    def sorting(self) -> dict[str, object]:
        """Return by what the tables of the details are sorted, by their names; may be empty."""
        return self._table("details/sorting")

    def set_sorting(self, sorting: Mapping[str, object]) -> None:
        """Keep by what the tables of the details are sorted."""
        self._store.setValue("details/sorting", json.dumps(dict(sorting)))

    def runs_folder(self) -> Path:
        """Return the folder of the runs made last: beside the file of settings, if one is used."""
        if self._file is not None:
            return self._file.parent / "runs"
        place = QStandardPaths.StandardLocation.GenericDataLocation
        return Path(QStandardPaths.writableLocation(place)) / "ThreadLab" / "runs"

    def save(self) -> None:
        """Write to disk now, rather than when Qt next finds time."""
        self._store.sync()

    def _all_parameters(self) -> dict[str, object]:
        return self._table("scenario/parameters")

    def _kept_watches(self) -> dict[str, object]:
        return self._table("scenario/watches")

    def _table(self, key: str) -> dict[str, object]:
        found = self._json(key)
        return found if isinstance(found, dict) else {}

    def _json(self, key: str) -> object:
        try:
            return json.loads(self._text(key) or "null")
        except (ValueError, RecursionError):
            return None

    def _text(self, key: str) -> str:
        found = self._store.value(key, "")
        return found if isinstance(found, str) else ""

    def _bytes(self, key: str) -> bytes:
        found = self._store.value(key)
        return bytes(found.data()) if isinstance(found, QByteArray) else b""


def _lists(found: object) -> dict[str, list[str]]:
    """Return the lists of texts that *found* has by name, whatever else is in it."""
    if not isinstance(found, dict):
        return {}
    return {
        key: [text for text in texts if isinstance(text, str)]
        for key, texts in found.items()
        if isinstance(texts, list)
    }
