"""How long Stop takes for scripts that would never end, until no process is left."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row, median
from engine import tree
from engine.launch import object_namer
from engine.session import Request, Session

RUNS = 5

_SCRIPTS = {
    "endless loop in eight threads": (
        "import threading\nprint('on')\n"
        "def work():\n    while True:\n        pass\n"
        "for _ in range(8):\n    threading.Thread(target=work).start()\n"
    ),
    "endless print": "while True:\n    print('on' * 50)\n",
    "deadlock": (
        "import threading\na, b = threading.Lock(), threading.Lock()\nmet = threading.Barrier(2)\n"
        "def work(x, y):\n    with x:\n        print('on')\n        met.wait()\n        with y:\n"
        "            pass\n"
        "for pair in ((a, b), (b, a)):\n    threading.Thread(target=work, args=pair).start()\n"
    ),
    "endless loop in two processes": (
        "import multiprocessing\ndef work():\n    print('on')\n    while True:\n        pass\n"
        "if __name__ == '__main__':\n"
        "    for _ in range(2):\n        multiprocessing.Process(target=work).start()\n"
    ),
}


def _stop(script: Path) -> float:
    session = Session(sys.executable, object_namer())
    try:
        session.start(Request(script))
        while not session.trace.outputs:
            session.wait_for_more(0.05)
            session.pump()
        began = time.perf_counter()
        session.stop()
        while session.outcome is None or tree.members(session.pid):
            session.wait_for_more(0.005)
            session.pump()
        return (time.perf_counter() - began) * 1000
    finally:
        session.close()


def measure() -> list[Row]:
    """Return a row a script."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for what, text in _SCRIPTS.items():
            script = Path(folder) / "script.py"
            script.write_text(text)
            found = [_stop(script) for _ in range(RUNS)]
            note = f"median of {RUNS}, most {max(found):.0f}"
            rows.append(Row(f"Stop to nothing left: {what}", median(found), None, "ms", 1000, note))
    return rows
