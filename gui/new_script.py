"""What a new script begins with, and where it would lie."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = '''"""What this script shows."""

import threading

THREADS: int = 3  # 1..16 threads


def work(number: int) -> None:
    print(f"thread {number} works")


threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all done")
'''


def free_place(folder: Path) -> Path:
    """Return a name in *folder* that no file has; nothing is made there."""
    number, path = 1, folder / "untitled.py"
    while path.exists():
        number += 1
        path = folder / f"untitled-{number}.py"
    return path
