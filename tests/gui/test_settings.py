from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from gui.settings import RECENT, Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "threadlab.ini"


def test_a_new_file_gives_defaults(file: Path) -> None:
    settings = Settings(file)
    assert (settings.theme, settings.speed, settings.last_scenario) == ("dark", 1.0, "")
    assert (settings.geometry, settings.layout) == (b"", b"")
    assert settings.recent_scripts() == []
    assert settings.parameters("lock") == {}


def test_everything_comes_back_in_its_type(file: Path) -> None:
    values: dict[str, int | float | bool | str] = {
        "THREADS": 7,
        "TASK_SECONDS": 0.25,
        "USE_LOCK": False,
        "MODE": "both, or none",
    }
    settings = Settings(file)
    settings.theme = "light"
    settings.speed = 0.001
    settings.geometry = bytes(range(256))
    settings.layout = b'{"version": 1}'
    settings.last_scenario = "lost-update"
    settings.set_parameters("lock", values)
    settings.set_parameters("/home/me/a, b.py", {"N": 10**30})
    settings.save()
    again = Settings(file)
    assert (again.theme, again.speed, again.last_scenario) == ("light", 0.001, "lost-update")
    assert (again.geometry, again.layout) == (bytes(range(256)), b'{"version": 1}')
    kept = again.parameters("lock")
    assert kept == values
    assert [type(value) for value in kept.values()] == [int, float, bool, str]
    assert again.parameters("/home/me/a, b.py") == {"N": 10**30}


def test_parameters_can_be_forgotten(file: Path) -> None:
    settings = Settings(file)
    settings.set_parameters("lock", {"THREADS": 7})
    settings.set_parameters("lock", {})
    assert settings.parameters("lock") == {}


def test_recent_scripts_exist_and_are_ten_at_most(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    scripts = [tmp_path / f"script {n}, or so.py" for n in range(RECENT + 3)]
    for script in scripts:
        script.touch()
        settings.add_recent(script)
    settings.add_recent(scripts[5])
    found = settings.recent_scripts()
    assert len(found) == RECENT
    assert found[:2] == [scripts[5], scripts[-1]]
    scripts[5].unlink()
    assert settings.recent_scripts()[0] == scripts[-1]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theme", "purple"), ("speed", "fast"), ("speed", "-1"), ("speed", "nan"),
        ("recent", "[[["), ("recent", '{"a": 1}'), ("recent", "[" * 100_000),
        ("scenario/parameters", "[1, 2]"), ("scenario/parameters", '{"lock": [1]}'),
        ("scenario/parameters", '{"lock": {"A": [1], "B": null}}'), ("window/geometry", "7"),
    ],
)  # fmt: skip
def test_what_is_damaged_reads_as_the_default(file: Path, key: str, value: str) -> None:
    store = QSettings(str(file), QSettings.Format.IniFormat)
    store.setValue(key, value)
    store.sync()
    settings = Settings(file)
    assert (settings.theme, settings.speed, settings.geometry) == ("dark", 1.0, b"")
    assert settings.recent_scripts() == []
    assert settings.parameters("lock") == {}
