"""A script must print, fail and end as it does without ThreadLab: bare and probed, side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import headless
from engine.report import printed
from engine.session import Request
from tests.pythons import found_pythons

NET = 90

SCRIPTS = {
    "arguments": "import sys\nprint(len(sys.argv), sys.argv[1:], sys.path[0] != '')",
    "names": "print(__name__, __file__, __doc__, __spec__, __package__)",
    "own module": "import beside\nprint(beside.answer, beside.__name__)",
    "a module called engine": "import engine\nprint(engine.mine)",
    "traceback": "def f():\n    return 1 / 0\nf()",
    "chained": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e",
    "exit text": "import sys\nsys.exit('good bye')",
    "exit hook": "import atexit\natexit.register(print, 'last')\nprint('first')",
    "in a thread": (
        "import threading\n"
        "def f():\n    raise ValueError('in a thread')\n"
        "t = threading.Thread(target=f, name='T')\nt.start()\nt.join()"
    ),
    "enumerate": "import threading\nprint([t.name for t in threading.enumerate()])",
    "release of a free lock": "import threading\nthreading.Lock().release()",
    "lock in the forms": (
        "from threading import *\n"
        "a = Lock()\nprint(a.acquire(), a.acquire(False), a.acquire(timeout=0.01), a.locked())\n"
        "print(a.release(), a.locked())\n"
        "with a as got:\n    print(got)\n"
        "b = RLock()\nprint(b.acquire(), b.acquire())\nb.release()\nb.release()\n"
        "try:\n    b.release()\nexcept RuntimeError as e:\n    print(e)\n"
        "try:\n    a.acquire(False, 1)\nexcept ValueError as e:\n    print(e)\n"
    ),
    "queue": (
        "import queue, threading\nq = queue.Queue(2)\n"
        "t = threading.Thread(target=lambda: [q.put(i) for i in range(5)])\nt.start()\n"
        "print([q.get() for _ in range(5)])\nt.join()\n"
        "p = queue.PriorityQueue()\nfor i in (3, 1, 2): p.put(i)\n"
        "print([p.get() for _ in range(3)])"
    ),
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool:\n"
        "    print(list(pool.map(abs, [-1, -2, -3])))\n"
        "    print(pool.submit(divmod, 7, 0).exception())"
    ),
    "processes": (
        "import multiprocessing\n"
        "def f(n, q):\n    q.put(n * n)\n"
        "if __name__ == '__main__':\n"
        "    q = multiprocessing.get_context('spawn').Queue()\n"
        "    p = multiprocessing.get_context('spawn').Process(target=f, args=(6, q))\n"
        "    p.start()\n    print(q.get())\n    p.join()\n    print(p.exitcode)"
    ),
    "bytes": "import sys\nsys.stdout.buffer.write(b'raw\\n')\nprint('é', end='')\nprint('!')",
}


@pytest.mark.parametrize("python", found_pythons())
@pytest.mark.parametrize("name", SCRIPTS)
def test_prints_and_ends_as_plain_python_does(tmp_path: Path, name: str, python: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPTS[name] + "\n", "utf-8")
    (tmp_path / "beside.py").write_text("answer = 42\n")
    (tmp_path / "engine.py").write_text("mine = 'the script has its own'\n")
    interpreter = found_pythons()[python]
    bare = subprocess.run(
        [interpreter, str(script), "one", "two"],
        capture_output=True,
        timeout=NET,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    wanted = Request(script, ("one", "two"), tmp_path)
    session, outcome = headless.drive(wanted, interpreter, NET)
    assert printed(session.trace, 1) == bare.stdout.decode()
    assert printed(session.trace, 2) == bare.stderr.decode()
    assert outcome.exit == bare.returncode
    assert session.intake.errors == []


@pytest.mark.skipif(sys.platform == "win32", reason="asks the parent's death of POSIX")
def test_a_child_ends_when_the_window_is_gone(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text("print('on')\nwhile True:\n    pass\n")
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom engine.session import Request, Session\n"
        "s = Session(sys.executable)\ns.start(Request(Path(sys.argv[1])))\n"
        "while not s.trace.outputs:\n    s.wait_for_more(1)\n    s.pump()\n"
        "print(s.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).resolve().parents[2]
    dead = subprocess.run(
        [sys.executable, "-c", program, str(script)],
        capture_output=True,
        timeout=NET,
        cwd=root,
        text=True,
        check=False,
    )
    import psutil

    try:
        child = psutil.Process(int(dead.stdout))
        if child.status() != psutil.STATUS_ZOMBIE:
            child.wait(NET)
    except psutil.NoSuchProcess:
        pass
