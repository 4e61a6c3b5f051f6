"""ThreadLab's entry: reads the arguments, then is one of window, headless run, list or render.

Guarantees: `--help`, `--version`, `list` and `run` never import Qt; exit statuses are 0 finished,
1 the script failed, 2 wrong usage, 3 deadlock, 4 stopped or over the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.formats import commands
from engine.version import VERSION

if TYPE_CHECKING:
    from engine.probe.source import Value
    from engine.scenario import Scenario

USAGE_ERROR = 2
COMMANDS = ("list", "pythons", "run", "render", "open", "export", "compare")


class UsageError(Exception):
    """The command line asks for something that does not exist; the text says what does."""


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="main.py",
        description="See what real Python threads do. Without a command: the window.",
        epilog="Arguments of the script stand behind --: main.py run FILE -- --its-own options.",
    )
    top.add_argument("--version", action="version", version=f"ThreadLab {VERSION}")
    _python_argument(top, None)
    commands = top.add_subparsers(dest="command", metavar=f"{{{','.join(COMMANDS)}}}")
    listing = commands.add_parser("list", help="list the presets and their parameters")
    listing.add_argument("--json", action="store_true", help="as one JSON array")
    pythons = commands.add_parser("pythons", help="list the Pythons that can run a script here")
    pythons.add_argument("scenario", nargs="?", metavar="FILE", help="look beside this script too")
    pythons.add_argument("--json", action="store_true", help="as one JSON array")
    pythons.add_argument("--again", action="store_true", help="ask all, remembered or not")
    running = commands.add_parser("run", help="run a preset or a script without a window")
    _scenario_arguments(running)
    running.add_argument("--json", action="store_true", help="print one JSON object")
    running.add_argument("--save", metavar="FILE.threadlab", help="save the run when it has ended")
    rendering = commands.add_parser("render", help="draw the window into a picture of a run")
    _scenario_arguments(rendering)
    rendering.add_argument("-o", "--output", required=True, metavar="FILE.png")
    rendering.add_argument("--size", default="1920x1080", metavar="WxH")
    rendering.add_argument("--theme", choices=("dark", "light"), default="dark")
    rendering.add_argument("--at", type=float, metavar="SECONDS", help="default: the end")
    opening = commands.add_parser("open", help="open the window with a preset, script or saved run")
    opening.add_argument("scenario", metavar="SCENARIO_OR_FILE")
    _python_argument(opening)
    exporting = commands.add_parser("export", help="turn a saved run into files of other programs")
    exporting.add_argument("scenario", metavar="FILE.threadlab")
    exporting.add_argument("--to", choices=("chrome", "csv"), required=True)
    exporting.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="a .json file, or a folder for csv"
    )
    comparing = commands.add_parser("compare", help="two saved runs in numbers, beside each other")
    comparing.add_argument("scenario", metavar="A.threadlab")
    comparing.add_argument("other", metavar="B.threadlab")
    comparing.add_argument("--json", action="store_true", help="print one JSON object")
    comparing.add_argument("-o", "--output", metavar="FILE.png", help="draw both into a picture")
    comparing.add_argument("--size", default="1440x880", metavar="WxH")
    comparing.add_argument("--theme", choices=("dark", "light"), default="dark")
    return top


def _python_argument(command: argparse.ArgumentParser, default: object = argparse.SUPPRESS) -> None:
    command.add_argument(
        "--python",
        default=default,
        metavar="PYTHON",
        help="run the script with this one: a path, a version (3.13t), or a name from `pythons`",
    )


def _scenario_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("scenario", metavar="SCENARIO_OR_FILE")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="replace a parameter"
    )
    command.add_argument(
        "--watch", action="append", default=[], metavar="EXPR", help="record account.balance too"
    )
    command.add_argument("--seconds", type=float, metavar="LIMIT", help="stop it after so long")
    _python_argument(command)


def values_of(scenario: Scenario, settings: Sequence[str]) -> dict[str, Value]:
    """Return the values of NAME=VALUE texts. Raises UsageError."""
    values: dict[str, Value] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set takes NAME=VALUE, not {setting!r}.")
        try:
            values[name] = scenario.parameter(name).parse(text)
        except ValueError as error:
            raise UsageError(str(error)) from error
    return values


def find_scenario(name: str) -> Scenario:
    """Return the preset or the script called *name*. Raises UsageError or SourceError."""
    from engine import scenario

    if commands.is_run(name):
        raise UsageError(
            f"{name} is a saved run: open, render and export take it; nothing in it is run here."
        )
    looks_like_file = name.endswith((".py", ".pyw")) or os.sep in name
    if looks_like_file and not Path(name).exists():
        raise UsageError(f"{name}: there is no such file.")
    try:
        return scenario.find(name)
    except scenario.ScenarioError as error:
        raise UsageError(str(error)) from error


def chosen_python(wanted: str | None, script: str | None = None) -> str | None:
    """Return the path of the Python that *wanted* means; None if none was named.

    Raises UsageError with those that there are.
    """
    if wanted is None:
        return None
    from engine import interpreters

    beside = Path(script) if script and Path(script).is_file() else None
    try:
        return interpreters.choose(wanted, lambda: interpreters.find(beside)).path
    except interpreters.InterpreterError as error:
        raise UsageError(f"--python: {error}") from error


def pythons_command(options: argparse.Namespace) -> int:
    """Print the Pythons of this machine, usable ones first."""
    from engine import interpreters, listing

    script = Path(options.scenario) if options.scenario else None
    found = interpreters.find(script, again=options.again)
    if options.json:
        print(json.dumps([python.to_json() for python in found], indent=2))
        return 0
    print(listing.of_pythons(found))
    return 0


def list_command(options: argparse.Namespace) -> int:
    """Print the catalogue."""
    from engine import listing, scenario

    found = scenario.catalogue()
    if options.json:
        print(json.dumps([scenario.to_json(entry) for entry in found], indent=2))
        return 0
    print(listing.of_scenarios(found))
    return 0


def run_command(options: argparse.Namespace) -> int:
    """Run a scenario headless and print what it was."""
    from engine import headless, launch
    from engine.probe.source import SourceError, WatchError
    from engine.report import refused, report
    from engine.session import StartError

    if options.seconds is not None and options.seconds <= 0:
        raise UsageError("--seconds takes a number above 0.")
    if options.save and not Path(options.save).absolute().parent.is_dir():
        raise UsageError(f"--save: the folder of {options.save} does not exist.")
    try:
        scenario = find_scenario(options.scenario)
    except SourceError as error:
        if options.json:
            print(json.dumps(refused(error), indent=2))
        where = f", line {error.line}" if error.line else ""
        print(f"{options.scenario}{where}: {error}", file=sys.stderr)
        return 1
    try:
        wanted = launch.request(
            scenario, values_of(scenario, options.set), options.arguments, watch=options.watch
        )
    except WatchError as error:
        raise UsageError(f"--watch: {error}") from error
    try:
        python = chosen_python(options.python, options.scenario) or sys.executable
        session, outcome = headless.drive(wanted, python, options.seconds)
    except StartError as error:
        raise UsageError(str(error)) from error
    if options.save:
        commands.save(Path(options.save), scenario, wanted, session, outcome)
    missed = launch.unseen_stores(scenario, wanted.watch)
    compared = headless.beside(scenario, wanted, session, options.seconds)
    if options.json:
        said = report(session.trace, outcome, session.deadlock)
        said["unseen"] = [{"line": each.line, "reason": each.reason} for each in missed]
        if compared is not None:
            said["side_by_side"] = compared.to_json()
        print(json.dumps(said, indent=2))
    else:
        unseen = [f"may be stored unseen: line {each.line}: {each.reason}" for each in missed]
        print("\n".join([headless.text(session.trace, outcome), *unseen]))
        if compared is not None:
            print(f"\n{compared.text()}")
    for complaint in session.intake.errors:
        print(f"ThreadLab: {complaint}", file=sys.stderr)
    return outcome.status


def size_of(options: argparse.Namespace) -> tuple[int, int]:
    """Return the pixels that --size names. Raises UsageError."""
    width, cross, height = options.size.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit() and 320 <= int(width) <= 8192):
        raise UsageError(f"--size takes WIDTHxHEIGHT such as 1920x1080, not {options.size!r}.")
    if not 240 <= int(height) <= 8192:
        raise UsageError("--size: the height must lie between 240 and 8192.")
    return int(width), int(height)


def compare_command(options: argparse.Namespace) -> int:
    """Print two saved runs in numbers, or draw both beside each other into a picture."""
    paths = (Path(options.scenario), Path(options.other))
    if options.output is None:
        return commands.compare(*paths, as_json=options.json)
    size = size_of(options)
    from engine import environment

    environment.set_for_us("QT_QPA_PLATFORM", "offscreen")
    from gui import render

    try:
        return render.render_comparison(
            *commands.comparable(*paths), Path(options.output), size=size, theme_name=options.theme
        )
    except OSError as error:
        raise UsageError(str(error)) from error


def render_command(options: argparse.Namespace) -> int:
    """Run a scenario and draw the window into a picture."""
    size = size_of(options)
    from engine import environment
    from engine.probe.source import WatchError

    environment.set_for_us("QT_QPA_PLATFORM", "offscreen")
    if commands.is_run(options.scenario):
        return _render_saved(options, size)
    from gui import render

    scenario = find_scenario(options.scenario)
    try:
        return render.render(
            scenario,
            values_of(scenario, options.set),
            Path(options.output),
            size=size,
            theme_name=options.theme,
            at=options.at,
            python=chosen_python(options.python, options.scenario) or sys.executable,
            limit=options.seconds,
            watch=options.watch,
            arguments=options.arguments,
        )
    except OSError as error:
        raise UsageError(str(error)) from error
    except WatchError as error:
        raise UsageError(f"--watch: {error}") from error


def _render_saved(options: argparse.Namespace, size: tuple[int, int]) -> int:
    if options.set or options.watch or options.seconds is not None:
        raise UsageError("--set, --watch and --seconds are for a run; a saved one is only shown.")
    from gui import render

    try:
        return render.render_run(
            commands.opened(Path(options.scenario)),
            Path(options.scenario).name,
            Path(options.output),
            size=size,
            theme_name=options.theme,
            at=options.at,
        )
    except OSError as error:
        raise UsageError(str(error)) from error


def has_display() -> bool:
    """Whether a window could be shown here."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def window_command(scenario: str | None, wanted: str | None, arguments: Sequence[str]) -> int:
    """Show the window; without a display, run the lock preset headless and say what else works."""
    if not has_display() and commands.is_run(scenario):
        return commands.show(Path(scenario or ""))
    if not has_display():
        print(
            "There is no display here, so ThreadLab runs the lock preset without a window.\n"
            "To see the window: `main.py render lock -o lock.png` draws it into a picture, and a\n"
            "virtual display shows it: `xvfb-run -a python3 bootstrap.py run`.\n"
        )
        python = [] if wanted is None else ["--python", wanted]
        options = parser().parse_args(["run", scenario or "lock", *python])
        options.arguments = arguments
        return run_command(options)
    from gui import app

    if commands.is_run(scenario):
        return app.run(None, chosen_python(wanted), Path(scenario or ""))
    python_path = chosen_python(wanted, scenario)
    if scenario and Path(scenario).exists():  # one that cannot run is shown, and says why
        return app.run(None, python_path, Path(scenario), arguments)
    shown = find_scenario(scenario) if scenario else None
    return app.run(shown, python_path, arguments=arguments)


def split_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return our own words, and those behind `--`, which are the script's."""
    if "--" not in words:
        return list(words), []
    at = words.index("--")
    return list(words[:at]), list(words[at + 1 :])


def _spelt_out(arguments: Sequence[str]) -> list[str]:
    """Return *arguments* with the command that `main.py FILE` leaves out: open."""
    words = list(arguments)
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == "--python" else 1
    word = words[at] if at < len(words) else ""
    is_file = word.endswith((".py", ".pyw")) or (bool(word) and Path(word).exists())
    if is_file and word not in COMMANDS:
        words.insert(at, "open")
    return words


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    from engine.formats.errors import RunFileError
    from engine.probe.source import SourceError

    own, for_script = split_words(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(_spelt_out(own))
    options.arguments = for_script
    try:
        if for_script and options.command not in ("run", "render", "open"):
            raise UsageError("arguments behind -- are for a script: run FILE -- ARGUMENTS.")
        if options.command == "list":
            return list_command(options)
        if options.command == "run":
            return run_command(options)
        if options.command == "render":
            return render_command(options)
        if options.command == "export":
            return commands.export(Path(options.scenario), options.to, Path(options.output))
        if options.command == "compare":
            return compare_command(options)
        if options.command == "pythons":
            return pythons_command(options)
        return window_command(getattr(options, "scenario", None), options.python, for_script)
    except UsageError as error:
        print(f"main.py: {error}", file=sys.stderr)
        return USAGE_ERROR
    except (SourceError, RunFileError) as error:
        print(f"main.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 4


def to_the_end() -> int:
    """Run the command line; whoever stops reading what it prints (`| head`) is no failure."""
    try:
        status = main()
        if sys.stdout is not None:  # a program of the desktop's has none
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer would be refused again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


if __name__ == "__main__":
    sys.exit(to_the_end())
