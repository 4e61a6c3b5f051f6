"""Runs one of CPython's own suites, and writes what became of each test: one JSON line each.

The same script runs twice, by plain Python and as a ThreadLab run, so it needs nothing but the
standard library. Its argument is a JSON file: `suite`; `results`, the file to write; `folders`,
where test modules lie that the interpreter lacks; `only`, test ids (none: all of them); `skip`, a
part of the ids that are not to run (empty: none).

The lines: `{"plan": [ids]}` first; `{"begin": id}` and `{"end": id, "status": .., "why": ..}`
around each test; `{"over": true}` last. Who reads them knows which test hung or crashed.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import traceback
import unittest
from collections.abc import Iterator
from typing import Any

import test
from test import support


class Lines(unittest.TestResult):
    """Writes each test's begin and end at once, past every buffer."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._pid = os.getpid()
        self._status, self._why = "ok", ""

    def say(self, **line: object) -> None:
        if os.getpid() == self._pid:  # a forked child may run on in here
            os.write(self._file, json.dumps(line).encode() + b"\n")

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._status, self._why = "ok", ""
        support.environment_altered = False
        self.say(begin=test.id())

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        if support.environment_altered and self._status == "ok":
            self._status, self._why = "altered", "left threads or processes behind"
        self.say(end=test.id(), status=self._status, why=self._why)

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._fails("error", err)
        if not isinstance(test, unittest.TestCase):  # setUpModule, setUpClass
            self.say(begin=test.id())
            self.say(end=test.id(), status="error", why=self._why)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._fails("failed", err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fails("failed", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._status, self._why = "skipped", reason

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._status = "ok"

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._status = "failed"

    def _fails(self, status: str, err: Any) -> None:
        self._status = status
        self._why = "".join(traceback.format_exception(*err))[-4000:]


def each(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each(item)
        else:
            yield item


def modules_of(name: str) -> list[str]:
    """Return the modules of a suite: itself, or those of a package.

    A package's own `load_tests` finds nothing when it lies in another folder than `test` does.
    """
    folders = getattr(importlib.import_module(name), "__path__", None)
    if folders is None:
        return [name]
    inside = (module.name for module in pkgutil.iter_modules(folders))
    return [f"{name}.{module}" for module in inside if module.startswith("test_")]


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    lines = Lines(wanted["results"])
    name = wanted["suite"]
    # `lock_tests` are classes without an object to test: ours binds them, as test_threading does.
    module = "lock_suite" if name == "lock_tests" else f"test.{name}"
    found = list(each(unittest.defaultTestLoader.loadTestsFromNames(modules_of(module))))
    if wanted["only"]:
        only = frozenset(wanted["only"])
        found = [item for item in found if item.id() in only]
    if wanted["skip"]:
        found = [item for item in found if wanted["skip"] not in item.id()]
    lines.say(plan=[item.id() for item in found])
    support.verbose = False
    unittest.TestSuite(found).run(lines)
    lines.say(over=True)


# Processes that a test spawns import this file again, and need the folders too.
with open(sys.argv[1], encoding="utf-8") as _file:
    test.__path__ += [f for f in json.load(_file)["folders"] if f not in test.__path__]

if __name__ == "__main__":
    main()
