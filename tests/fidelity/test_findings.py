"""What CPython's suites and looking by hand have found: each in the smallest program that shows it.

Every program runs bare and probed; what they print and how they end must be the same.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine import accelerator, headless
from engine.events import Kind, ObjectKind
from engine.report import printed
from engine.session import Request, Session
from tests.pythons import found_pythons

NET = 90


def both(tmp_path: Path, python: str, program: str) -> Session:
    """Run *program* both ways; compare what it prints and how it ends; return the session."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(program), "utf-8")
    interpreter = found_pythons()[python]
    bare = subprocess.run(
        [interpreter, str(script)], capture_output=True, timeout=NET, cwd=tmp_path, check=False
    )
    session, outcome = headless.drive(Request(script, (), tmp_path), interpreter, NET)
    assert printed(session.trace, 1) == bare.stdout.decode()
    assert printed(session.trace, 2) == bare.stderr.decode()
    assert outcome.exit == bare.returncode, outcome.sentence()
    assert session.intake.errors == []
    return session


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each on the interpreter at hand and on the newest found; with --every-python on all."""
    if "python" in metafunc.fixturenames:
        everywhere = metafunc.config.getoption("every_python")
        pythons = found_pythons()
        newest = max(pythons, key=lambda name: (int(name[2:].rstrip("t")), name))
        metafunc.parametrize(
            "python",
            [
                name
                for name, path in pythons.items()
                if everywhere or path == sys.executable or name == newest
            ],
        )


def test_a_sub_interpreter_with_a_thread_ends_unharmed(tmp_path: Path, python: str) -> None:
    program = """
        import os
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        code = "import threading, time; threading.Thread(target=time.sleep, args=(0.1,)).start()"
        made = interpreters.create()
        try:
            interpreters.run_string(made, code)
        except Exception as error:  # not on 3.11
            print(type(error).__name__)
        interpreters.destroy(made)
        print("done")
    """
    both(tmp_path, python, program)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_callback_in_a_hidden_thread_is_no_deadlock(tmp_path: Path) -> None:
    """All that is seen waits without a time-out; what will end it runs in a pool's helper."""
    program = """
        import multiprocessing, threading, time
        from concurrent.futures import ProcessPoolExecutor
        over = threading.Event()
        def callback(future):
            time.sleep(1.5)
            over.set()
        if __name__ == "__main__":
            fork = multiprocessing.get_context("fork")
            with ProcessPoolExecutor(1, mp_context=fork) as pool:
                pool.submit(abs, -1).add_done_callback(callback)
                over.wait()
            print("done")
    """
    python = next(name for name, path in found_pythons().items() if path == sys.executable)
    both(tmp_path, python, program)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_fork_is_not_told_of_tasks_that_are_over(tmp_path: Path) -> None:
    program = """
        import os
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            print(sum(pool.map(abs, range(300))))
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
    """
    python = next(name for name, path in found_pythons().items() if path == sys.executable)
    session = both(tmp_path, python, program)
    tasks = [made.process for made in session.trace.objects if made.kind is ObjectKind.TASK]
    assert tasks == [0] * 300


def test_makers_behave_where_a_class_keeps_them(tmp_path: Path, python: str) -> None:
    program = """
        import logging, os, threading, time
        class Parts:
            lock, rlock, sleep, fork = threading.Lock, threading.RLock, time.sleep, os.fork
        made = Parts()
        print(made.lock().acquire(), made.sleep(0))
        try:
            made.rlock()
        except TypeError as error:  # a Python function is a method there, in plain Python too
            print(error)
        pid = made.fork()
        if not pid:
            os._exit(0)
        print(os.waitpid(pid, 0)[1])
        print(isinstance(logging.Handler().lock, type(threading.RLock())))
        print(issubclass(type(threading.RLock()), type(threading.RLock())))
    """
    both(tmp_path, python, program)


def test_makers_are_what_they_are_by_name(tmp_path: Path, python: str) -> None:
    program = """
        import _thread, copy, inspect, os, pickle, queue, threading, time
        for made in (threading.Lock, threading.RLock, _thread.allocate_lock, _thread.RLock,
                     queue.SimpleQueue, queue.Queue, time.sleep, os.fork, os._exit, print):
            print(repr(made).partition(" at ")[0], made.__module__, made.__qualname__, made.__doc__)
            print(pickle.loads(pickle.dumps(made)) is made, copy.deepcopy(made) is made)
            print(inspect.isbuiltin(made), inspect.isfunction(made), inspect.isclass(made))
        for wrong in (lambda: time.sleep(), lambda: time.sleep(seconds=1), lambda: os._exit(),
                      lambda: threading.Lock(1), lambda: _thread.allocate_lock(1),
                      lambda: os._exit("a"), lambda: pickle.dumps(queue.SimpleQueue()),
                      lambda: copy.copy(threading.Lock())):
            try:
                wrong()
            except Exception as error:
                print(type(error).__name__, error)
        class Mine(_thread.RLock):
            pass
        with Mine() as got:
            print(got, isinstance(Mine(), _thread.RLock), issubclass(Mine, _thread.RLock))
        print(Mine.__module__, type("Other", (_thread.RLock,), {}).__module__)
        for timeout in -1, "a":
            filled = queue.SimpleQueue()
            filled.put(1)
            try:
                filled.get(True, timeout)
            except Exception as error:
                print(type(error).__name__, error)
        print(inspect.signature(filled.get), filled.put.__doc__)
    """
    both(tmp_path, python, program)


def test_an_argument_to_rlock_is_warned_of_at_the_scripts_line(tmp_path: Path, python: str) -> None:
    program = """
        import threading
        try:
            threading.RLock(1)
        except TypeError as error:
            print(error)
    """
    both(tmp_path, python, program)


def test_a_manager_is_sent_to_its_server(tmp_path: Path, python: str) -> None:
    program = """
        import multiprocessing
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Manager() as manager:
                with manager.Lock(), manager.RLock():
                    print(manager.list([1, 2]))
    """
    both(tmp_path, python, program)


def test_a_scripts_trace_and_profile_functions_meet_only_its_code(
    tmp_path: Path, python: str
) -> None:
    program = """
        import queue, sys, threading, time
        seen = []
        def hook(frame, event, argument):
            seen.append((frame.f_code.co_name, event))
            return hook
        def work():
            with threading.Lock():
                pass
            threading.Event().is_set()
            queue.Queue().qsize()
            time.sleep(0)
            print("worked")
        def traced(setter, getter):
            setter(hook)
            work()
            print(getter() is hook)
            setter(None)
            print(getter())
        work()
        traced(sys.settrace, sys.gettrace)
        print([name for name, event in seen if event == "call"])
        seen.clear()
        traced(sys.setprofile, sys.getprofile)
        print([name for name, event in seen if event == "call"])
        threading.settrace(hook)
        seen.clear()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        print([name for name, event in seen if event == "call"])
    """
    both(tmp_path, python, program)


def test_locks_made_by_their_low_level_names_are_seen(tmp_path: Path, python: str) -> None:
    program = """
        import _thread
        first, second = _thread.allocate_lock(), _thread.RLock()
        with first, second:
            print("held")
    """
    session = both(tmp_path, python, program)
    kinds = [made.kind for made in session.trace.objects[1:]]
    assert kinds == [ObjectKind.LOCK, ObjectKind.RLOCK]


def test_help_and_signatures_of_locks_are_their_own(tmp_path: Path, python: str) -> None:
    """As far as the form in C goes; in Python alone, a lock's methods are not methods."""
    try:
        accelerator.build(found_pythons()[python])
    except accelerator.NoAccelerator as error:
        pytest.skip(str(error))
    program = """
        import inspect, threading
        for lock in threading.Lock(), threading.RLock(), threading.Condition():
            print(inspect.getdoc(type(lock)))
            for name in "acquire", "release", "__enter__", "__exit__", "locked", "_is_owned":
                method = getattr(lock, name, None)
                if method is not None:
                    print(name, method.__doc__, method.__qualname__, inspect.isbuiltin(method))
                    try:
                        print(inspect.signature(method))
                    except ValueError as error:
                        print("none")
    """
    both(tmp_path, python, program)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_threads_that_fork_at_once_all_come_back(tmp_path: Path, python: str) -> None:
    program = """
        import os, threading, warnings
        warnings.simplefilter("ignore")
        def fork():
            pid = os.fork()
            if not pid:
                os._exit(50)
            os.waitpid(pid, 0)
        for _ in range(2):
            threads = [threading.Thread(target=fork) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        print("done")
    """
    both(tmp_path, python, program)


def test_what_is_let_go_is_gone_at_once(tmp_path: Path, python: str) -> None:
    """Without a garbage collection, as bare: a leaked semaphore is a warning at the very end."""
    program = """
        import gc, multiprocessing, queue, threading, weakref
        from concurrent.futures import Future
        gc.disable()
        def thread():
            made = threading.Thread(target=abs, args=(1,))
            made.start()
            made.join()
            return made
        def condition():
            made = threading.Condition(threading.Lock())
            with made:
                made.notify_all()
                made.wait(0.001)
            return made
        def shared():
            made = multiprocessing.Queue(3)
            made.put(made.qsize())
            print(made.get())
            made.close()
            made.join_thread()
            return made
        for make in (threading.Lock, threading.RLock, threading.Condition, threading.Event,
                     threading.Semaphore, threading.BoundedSemaphore, lambda: threading.Barrier(2),
                     threading.local, lambda: threading.Timer(1, print), queue.Queue,
                     queue.SimpleQueue, Future, multiprocessing.Lock, multiprocessing.Event,
                     multiprocessing.JoinableQueue, multiprocessing.SimpleQueue,
                     lambda: multiprocessing.Pipe()[0], multiprocessing.Process,
                     thread, condition, shared):
            made = make()
            left = weakref.ref(made)
            del made
            print(make.__name__, left() is None)
    """
    both(tmp_path, python, program)


def test_a_recursion_goes_as_deep_as_alone(tmp_path: Path, python: str) -> None:
    program = """
        import sys
        def deeper(depth):
            try:
                return deeper(depth + 1)
            except RecursionError:
                return depth
        print(deeper(0), sys.getrecursionlimit())
        sys.setrecursionlimit(400)
        print(deeper(0), sys.getrecursionlimit())
        for wrong in 0, "a", 10**20:
            try:
                sys.setrecursionlimit(wrong)
            except Exception as error:
                print(type(error).__name__, error)
        def endless():
            endless()
        endless()
    """
    both(tmp_path, python, program)


def test_classes_of_the_scripts_own_are_used_as_alone(tmp_path: Path, python: str) -> None:
    program = """
        import dataclasses, sys, threading, time, typing
        from unittest import mock
        class Told(threading.Thread):
            told = []
            def is_alive(self):
                self.told.append("is_alive")
                return super().is_alive()
            @property
            def ident(self):
                self.told.append("ident")
                return super().ident
            @property
            def native_id(self):
                self.told.append("native_id")
                return super().native_id
        thread = Told()
        thread.start()
        thread.join()
        print(Told.told)
        class Empty(threading.Thread):
            def __init__(self):
                pass
        for name in "start", "join", "is_alive", "__repr__":
            try:
                print(getattr(Empty(), name)())
            except Exception as error:
                print(type(error).__name__, error)
        @dataclasses.dataclass
        class Data:
            lock: typing.Any = dataclasses.field(default_factory=threading.Lock)
        print(Data().lock.locked(), typing.Optional[threading.Lock])
        try:
            print(threading.Lock | None)
        except TypeError as error:
            print(error)
        with mock.patch("time.sleep") as sleep, mock.patch("threading.Lock") as lock:
            time.sleep(5)
            threading.Lock()
            print(sleep.call_args, lock.called)
        print(list(sys._current_exceptions()) == [threading.get_ident()])
    """
    both(tmp_path, python, program)


def test_frames_are_not_looked_at_where_functions_end_meanwhile(
    tmp_path: Path, python: str
) -> None:
    """Without the GIL: what a frame's locals held would be let go in our thread, and unheard of."""
    if not python.endswith("t"):
        pytest.skip("this Python has the GIL")
    session = both(tmp_path, python, "total = sum(number for number in range(10**6))")
    assert Kind.SAMPLE not in {
        session.trace.event(event).kind for event in range(len(session.trace))
    }
