"""Runs the benchmarks: all of them, or those that are named."""

from __future__ import annotations

import argparse
import importlib
import json
import os

from benchmarks.table import as_json, as_text

NAMES = (
    "responsiveness",
    "startup",
    "stopping",
    "files",
    "watches",
    "probes",
    "ingest",
    "live",
    "moments",
    "navigation",
    "timeline",
    "details",
    "contention",
    "rows",
)


def main() -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # the numbers are those of a picture
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    results = {}
    for name in options.names or NAMES:
        rows = importlib.import_module(f"benchmarks.{name}").measure()
        results[name] = rows
        if not options.json:
            print(as_text(name, rows), flush=True)
    if options.json:
        print(json.dumps({name: as_json(rows) for name, rows in results.items()}, indent=2))


if __name__ == "__main__":
    main()
