"""Whether the system wants things to move.

Why: some people get sick of motion, and say so once, to their system; Qt 6.11 does not ask it.

Guarantees: a system that cannot be asked wants motion; `wanted` takes no process and no
connection; what only a process can tell (GNOME keeps its settings in a data base of its own) is
asked by `told_by_gnome`, off the window's thread.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QSettings

_SPI_GETCLIENTAREAANIMATION = 0x1042
_GTK = ("gtk-4.0/settings.ini", "gtk-3.0/settings.ini")
_GNOMES = frozenset({"gnome", "unity", "cinnamon", "x-cinnamon", "budgie", "pantheon"})
_ASK_GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "enable-animations")
_PATIENCE = 3  # s
_NO = frozenset({"0", "false", "no"})


def wanted(chosen: bool | None = None) -> bool:
    """Return whether what moves by itself may take its time: as *chosen*, else as the system is."""
    if chosen is not None:
        return chosen
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _mac(Path.home() / "Library/Preferences/com.apple.universalaccess.plist")
    return _desktop(Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"))


def is_gnome() -> bool:
    """Return whether the desktop keeps its settings where only `told_by_gnome` finds them."""
    names = os.environ.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    return sys.platform == "linux" and not _GNOMES.isdisjoint(names)


def told_by_gnome() -> bool:
    """Ask GNOME whether it wants motion; for a thread of its own, as it takes a process."""
    try:
        answer = subprocess.run(_ASK_GNOME, capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return answer.stdout.strip() != b"false"


def _windows() -> bool:
    on = ctypes.c_int(1)
    ask = getattr(ctypes, "windll").user32.SystemParametersInfoW  # noqa: B009 (other systems)
    ask(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(on), 0)
    return bool(on.value)


def _mac(preferences: Path) -> bool:
    store = QSettings(str(preferences), QSettings.Format.NativeFormat)
    return str(store.value("reduceMotion", "0")).lower() in _NO


def _desktop(folder: Path) -> bool:
    """Return what the settings of KDE and GTK in *folder* say; others tell it to nobody."""
    kde = _said(folder / "kdeglobals", "KDE/AnimationDurationFactor")
    if kde and kde.strip("0.") == "":
        return False
    told = (_said(folder / name, "Settings/gtk-enable-animations") for name in _GTK)
    return all(each.lower() not in _NO for each in told)


def _said(path: Path, key: str) -> str:
    if not path.is_file():
        return ""
    return str(QSettings(str(path), QSettings.Format.IniFormat).value(key, ""))
