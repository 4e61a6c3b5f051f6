"""`python -m tests.fidelity`: CPython's own suites, bare and under the probes, side by side.

Exit status: 0 when every test that passes bare passes probed or is listed, 1 when one does not,
2 for a wrong argument.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from engine import accelerator
from tests.fidelity import table
from tests.fidelity.compare import Comparison, compare, read_exceptions
from tests.fidelity.drive import Form
from tests.fidelity.suites import SUITES, Python, ask, find
from tests.pythons import found_pythons


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    made = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    made.add_argument(
        "--python",
        nargs="+",
        default=[sys.executable],
        metavar="PATH_OR_VERSION",
        help="paths, versions such as 3.13 or 3.13t, or `all`; default: this one",
    )
    made.add_argument("--suite", nargs="+", choices=SUITES, default=list(SUITES), metavar="NAME")
    made.add_argument(
        "--tests",
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="where test modules lie that an interpreter lacks (`.../lib/python3.11/test`)",
    )
    made.add_argument(
        "--form",
        nargs="+",
        choices=("C", "Python"),
        default=["C", "Python"],
        help="the probes with their accelerator in C, or in Python alone; default: both",
    )
    made.add_argument("--write-table", action="store_true", help="write docs/fidelity.md")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print the table, and return the exit status."""
    options = parser().parse_args(arguments)
    wanted = list(found_pythons().values()) if options.python == ["all"] else options.python
    try:
        pythons = [ask(find(name), options.tests) for name in wanted]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    exceptions = read_exceptions()
    found = []
    for python in pythons:
        for suite in _present(python, options.suite):
            forms = _possible(python, options.form)
            for one in compare(python, suite, exceptions, forms, folders=options.tests):
                _tell(one)
                found.append(one)
    print()
    print(table.as_text(map(table.row_of, found)))
    if options.write_table:
        table.write(found, exceptions)
    return 1 if any(comparison.unlisted for comparison in found) else 0


def _present(python: Python, suites: Sequence[str]) -> list[str]:
    """Return the *suites* that *python* has, and say which it lacks."""
    lacking = [suite for suite in suites if suite not in python.have]
    if lacking:
        print(
            f"Python {python.label} ({python.path}) lacks {', '.join(lacking)} of CPython's test "
            f"package: skipped. Debian has it as lib{'python' + python.minor}-testsuite; "
            "--tests FOLDER names a folder that holds it."
        )
    return [suite for suite in suites if suite in python.have]


def _possible(python: Python, forms: Sequence[Form]) -> list[Form]:
    """Return the *forms* that *python* can have: no accelerator without a compiler."""
    try:
        accelerator.build(python.path)
    except accelerator.NoAccelerator as error:
        print(f"Python {python.label}: {error}")
        return [form for form in forms if form != "C"]
    return list(forms)


def _tell(found: Comparison) -> None:
    how = f"probes in {found.form}: {found.probed} of {found.bare}"
    print(f"{found.suite} on {found.python}, {how}", flush=True)
    for one in found.differences:
        print(f"  {one.test}: {one.probed.status} under the probes")
        if one.listed is None:
            print("    " + one.probed.why.strip().replace("\n", "\n    "))
        else:
            print(f"    listed: {one.listed.reason}")


if __name__ == "__main__":
    sys.exit(main())
