"""Make ThreadLab's environment, then do the job: `python3 bootstrap.py run` or `... test`.

Exists so that a fresh clone needs one command and nothing else. Standard library only; it parses
on Python 3.6 and later, so that an old Python gets a sentence and not a SyntaxError (hence the
quoted annotations).

Guarantees:
- What is installed is what the lock files name, each package checked against its sha256.
- When nothing changed since the last time, nothing is run, written or printed before the job.
- An environment that was left half made, was moved, or belongs to another Python is made anew;
  a folder `.venv` that is no virtual environment is never touched.
- Of several bootstraps at once in one folder, one works and the others wait for it.
- The exit status is the job's own.
"""

import os
import sys

if sys.version_info < (3, 11):
    import subprocess

    found = []
    for name in ("python3.13", "python3.12", "python3.11"):
        with open(os.devnull, "wb") as void:
            try:  # asked, not looked up: a version manager has a stub for every version there is
                if subprocess.call([name, "-c", ""], stdout=void, stderr=void) == 0:
                    found.append(name)
            except OSError:
                pass
    sys.exit(
        "ThreadLab needs Python 3.11 or later; this is Python {}.{}.\n{}".format(
            sys.version_info[0],
            sys.version_info[1],
            "Start it with: {} bootstrap.py {}".format(found[0], " ".join(sys.argv[1:]) or "run")
            if found
            else "Install one (python.org has it for every system), then start this again.",
        )
    )

import contextlib
import hashlib
import time

# subprocess, shutil and shlex are imported where they are used: they would cost every start more
# than all the rest of this file does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "threadlab.stamp")
LOCK = os.path.join(VENV, "threadlab.lock")
WINDOWS = os.name == "nt"
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if WINDOWS else ("bin", "python")))

RUN_LOCK = "requirements.txt"
TEST_LOCK = "requirements-dev.txt"  # holds everything that RUN_LOCK holds; a test sees to it
UNFINISHED = "unfinished"

USAGE = """\
python3 bootstrap.py run [-- ARGUMENTS]          start ThreadLab
python3 bootstrap.py test [-- PYTEST ARGUMENTS]  check style, types and layers, then run the tests

Both make .venv beside this file first, if it is not there or is out of date."""

# Where a package has been renamed, the newer name comes first; apt is asked which one it has.
OFFSCREEN_PACKAGES = (
    ("libglib2.0-0t64", "libglib2.0-0"),
    ("libgl1",),
    ("libegl1",),
    ("libxkbcommon0",),
    ("libdbus-1-3",),
    ("libfontconfig1",),
)
DISPLAY_PACKAGES = (
    ("libxcb-cursor0",),
    ("libxcb-icccm4",),
    ("libxcb-keysyms1",),
    ("libxcb-shape0",),
    ("libxkbcommon-x11-0",),
)

# Loads what the window needs from the system; the platform plugin is a library that Qt opens only
# when the first window is made, which would be too late to say what is missing.
NATIVE_CHECK = """\
import ctypes, importlib.util, pathlib, sys
if importlib.util.find_spec("PySide6") is None:
    sys.exit()
try:
    import PySide6.QtCore, PySide6.QtGui, PySide6.QtWidgets
    if sys.argv[1] == "display" and sys.platform == "linux":
        folder = pathlib.Path(PySide6.__file__).parent
        ctypes.CDLL(str(folder / "Qt" / "plugins" / "platforms" / "libqxcb.so"))
except (ImportError, OSError) as error:
    sys.exit(str(error))
"""

# What pip's output says, and what it means to a person. The first that matches is told.
PIP_FAILURES = (
    (
        ("DO NOT MATCH THE HASHES",),
        "A package that was downloaded is not the one that {lock} names: its hash differs.\n"
        "Most likely a proxy or mirror changed it, or the download was cut. Try again, perhaps\n"
        "from another network; nothing was installed from it.",
    ),
    (
        ("No space left on device", "[Errno 28]"),
        "The disk is full. ThreadLab's packages need about 600 MB in {venv}.",
    ),
    (
        (
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeout",
            "ReadTimeout",
            "ProxyError",
            "SSLError",
            "Max retries exceeded",
            "Connection broken",
            "name resolution",
            "Network is unreachable",
        ),
        "The package index could not be reached. Connect to the internet (behind a proxy, set\n"
        "HTTPS_PROXY), then start this again; afterwards no network is needed.",
    ),
    (
        ("No matching distribution found",),
        "{lock} names a package that has no build for this Python ({python}) on this system.\n"
        "Start this with an ordinary CPython 3.11, 3.12 or 3.13, 64-bit; free-threaded builds\n"
        "and PyPy cannot load the window, though ThreadLab can run scripts with them.",
    ),
    (
        ("Permission denied", "Read-only file system", "Access is denied"),
        "{venv} cannot be written to. Copy ThreadLab's folder to a place of your own.",
    ),
)


class Failure(Exception):
    """The job cannot be done; the text tells the person what happened and what to do."""


def main(arguments: "list[str]") -> int:
    """Do what the command line says; return the exit status."""
    if not arguments or arguments[0] not in ("run", "test"):
        asked = bool(arguments) and arguments[0] in ("-h", "--help", "help")
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    command, rest = arguments[0], arguments[1:]
    if rest[:1] == ["--"]:
        del rest[0]
    try:
        if command == "run":
            prepare(RUN_LOCK, "display")
            return run(rest)
        prepare(TEST_LOCK, "offscreen")
        return test(rest)
    except Failure as failure:
        print("\n{}".format(failure), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next start takes it from here.", file=sys.stderr)
        return 130


# ---------------------------------------------------------------------------------- environment


def prepare(lock: str, platform: str) -> None:
    """Bring the environment to what `lock` names, and see that Qt loads on `platform`."""
    try:
        wanted = wanted_facts(lock)
        if not (wanted <= read_stamp() and os.path.exists(PYTHON)):
            os.makedirs(VENV, exist_ok=True)
            with only_one():
                if not (wanted <= read_stamp() and os.path.exists(PYTHON)):
                    install(lock)
        if "loads " + platform not in read_stamp():
            with only_one():
                check_native(platform)
    except PermissionError as error:
        raise Failure(
            "{} cannot be written to ({}).\nCopy ThreadLab's folder to a place of your own, or "
            "start this as its owner.".format(error.filename or VENV, error.strerror)
        ) from error
    except OSError as error:
        raise Failure(
            "The environment in {} could not be made: {}.\nIf the folder is read-only, copy "
            "ThreadLab to a place of your own.".format(VENV, error)
        ) from error


def wanted_facts(lock: str) -> "set[str]":
    """Return what the stamp must say for an environment that can be used as it is."""
    return {"at " + VENV, python_fact(), lock_fact(lock)}


def python_fact() -> str:
    """Return the kind of this Python; its patch release is no reason to begin anew."""
    return "python {}{}".format(sys.implementation.cache_tag, getattr(sys, "abiflags", ""))


def lock_fact(lock: str) -> str:
    """Return the name of a lock file with the hash of what it holds."""
    with open(os.path.join(HERE, lock), "rb") as file:
        # Line ends are as git checked them out, and mean nothing.
        return "{} {}".format(lock, hashlib.sha256(file.read().replace(b"\r\n", b"\n")).hexdigest())


def read_stamp() -> "set[str]":
    """Return the facts in the stamp, none if there is no stamp."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            return set(file.read().splitlines())
    except (FileNotFoundError, NotADirectoryError):
        return set()


def write_stamp(facts: "set[str]") -> None:
    """Replace the stamp in one step: a reader sees the old one or the new one."""
    draft = STAMP + ".new"
    with open(draft, "w", encoding="utf-8") as file:
        file.write("\n".join(sorted(facts)) + "\n")
    os.replace(draft, STAMP)


@contextlib.contextmanager
def only_one() -> "Iterator[None]":
    """Hold the folder for this process; the system lets go of it however the process ends."""
    with open(LOCK, "a+b") as file:
        waiting = False
        while not grasp(file.fileno()):
            if not waiting:
                say("Another bootstrap is at work in this folder; waiting for it.")
                waiting = True
            time.sleep(0.2)
        yield


def grasp(handle: int) -> bool:
    """Try to lock the open file; return whether it is ours now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def install(lock: str) -> None:
    """Make the environment, or mend it, and install what `lock` names."""
    facts = read_stamp()
    reason = unusable(facts)
    begun = time.monotonic()
    if reason is not None:
        if reason:
            say("Making .venv anew: {}.".format(reason))
        clear()
        write_stamp({UNFINISHED})
        make()
        facts = set()
    # From here until the end an interrupted start is seen by the next one.
    write_stamp({UNFINISHED})
    install_packages(lock)
    # Another version of Qt may need other libraries: what is known of loading is forgotten. Of a
    # lock that was installed earlier and has changed since, nothing stays true either.
    known = {lock_fact(RUN_LOCK), lock_fact(lock)}
    if lock == RUN_LOCK:
        known |= {lock_fact(TEST_LOCK)} & facts
    write_stamp({"at " + VENV, python_fact()} | known)
    say("The environment is ready ({:.0f} s).".format(time.monotonic() - begun))


def unusable(facts: "set[str]") -> "str | None":
    """Return why what stands in .venv has to be made anew ("" if nothing stands there), or None."""
    others = set(os.listdir(VENV)) - {os.path.basename(STAMP), os.path.basename(LOCK)}
    if UNFINISHED in facts:
        return "an earlier start did not finish"
    if not others:
        return ""
    if not os.path.exists(os.path.join(VENV, "pyvenv.cfg")):
        if facts:
            return "it is damaged"
        raise Failure(
            "{} is there, but is no virtual environment, so it is left alone.\n"
            "Move it away, then start this again.".format(VENV)
        )
    if facts and "at " + VENV not in facts:
        return "its folder has been moved"
    if facts and python_fact() not in facts:
        return "it belongs to another Python"
    probe = "import pip, sys; print(sys.implementation.cache_tag + getattr(sys, 'abiflags', ''))"
    try:
        status, output = output_of([PYTHON, "-I", "-c", probe])
    except OSError:
        return "its Python is gone"
    return (
        None
        if (status, "python " + output.strip()) == (0, python_fact())
        else "its Python does not answer"
    )


def clear() -> None:
    """Empty .venv but for the lock that this process holds."""
    import shutil

    for entry in os.scandir(VENV):
        if entry.path == LOCK:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def make() -> None:
    """Make an empty virtual environment with pip."""
    from importlib.util import find_spec

    if find_spec("venv") is None or find_spec("ensurepip") is None:
        # Debian and Ubuntu keep these two out of their python3 package.
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        if not (on_apt() and apt_install([package])):
            raise Failure(
                "This Python has no venv module, and an environment cannot be made without it.\n"
                + (
                    "Install it:\n\n    {}\n\nthen start this again.".format(apt_line([package]))
                    if on_apt()
                    else "Install your system's package that has it, or Python from python.org."
                )
            )
    say("Making .venv with Python {}.{}.{} ...".format(*sys.version_info[:3]))
    # Not sys.executable: when that is .venv's own, it has just been cleared away.
    maker: str = getattr(sys, "_base_executable", None) or sys.executable
    status, output = output_of([maker, "-I", "-m", "venv", VENV])
    if status:
        raise Failure("The environment could not be made in {}:\n{}".format(VENV, tail(output)))


def install_packages(lock: str) -> None:
    """Install exactly what `lock` names, telling what happens meanwhile."""
    import subprocess

    say("Installing the packages of {} ...".format(lock))
    command = [PYTHON, "-I", "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    command += ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
    command += ["-r", os.path.join(HERE, lock)]
    lines: "list[str]" = []
    with subprocess.Popen(
        command,
        env=dict(os.environ, PIP_USER="0"),  # a user's pip.conf may ask for --user: not in here
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            lines.append(line)
            if line.startswith(("  Downloading ", "Downloading ", "Installing collected")):
                say("  " + line.strip().split(":")[0])
    if pip.returncode:
        fail_as_pip("".join(lines), lock)


def fail_as_pip(output: str, lock: str) -> "NoReturn":
    """Raise what pip's output means to a person."""
    version = "{}.{}.{}".format(*sys.version_info[:3])
    for signs, meaning in PIP_FAILURES:
        if any(sign in output for sign in signs):
            said = [line for line in output.splitlines() if any(sign in line for sign in signs)]
            told = meaning.format(lock=lock, venv=VENV, python=version)
            raise Failure("{}\n\npip said: {}".format(told, said[-1].strip()[:300]))
    raise Failure("pip could not install the packages of {}:\n{}".format(lock, tail(output)))


# ----------------------------------------------------------------------------- native libraries


def check_native(platform: str) -> None:
    """See that Qt finds its libraries for `platform`; install them where that is allowed."""
    begun = time.monotonic()
    trouble = native_trouble(platform)
    names = OFFSCREEN_PACKAGES + (DISPLAY_PACKAGES if platform == "display" else ())
    if trouble and on_apt():
        say("Qt lacks a library of the system: {}".format(trouble))
        packages = apt_names(names)
        if apt_install(packages):
            trouble = native_trouble(platform)
    if not trouble:
        facts = {"loads offscreen", "loads " + platform}
        write_stamp(read_stamp() | facts)
        say("Qt loads ({:.1f} s).".format(time.monotonic() - begun))
        return
    advice = (
        "Install what Qt needs:\n\n    {}\n\nthen start this again.".format(
            apt_line(apt_names(names))
        )
        if on_apt()
        else "Install the package of your system that has this library, then start this again."
    )
    text = "Qt cannot be loaded: {}\n{}".format(trouble, advice)
    if platform == "display" and sys.platform == "linux" and not has_display():
        # Without a display there is no window to open; main.py runs headless and needs no Qt.
        say(text + "\nThere is no display, so ThreadLab is started all the same.")
        return
    raise Failure(text)


def native_trouble(platform: str) -> str:
    """Return what the loader says is missing, "" if Qt loads."""
    status, output = output_of([PYTHON, "-I", "-c", NATIVE_CHECK, platform])
    return (output.strip() or "exit status {}".format(status)) if status else ""


def has_display() -> bool:
    """Return whether the environment names an X or Wayland display."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def on_apt() -> bool:
    """Return whether this is a system whose packages apt installs: Debian, Ubuntu, Mint ..."""
    from shutil import which

    return sys.platform == "linux" and which("apt-get") is not None


def apt_names(names: "Sequence[tuple[str, ...]]") -> "list[str]":
    """Return for each package the newest name that apt knows, its oldest where apt knows none."""
    return [
        next((name for name in known if output_of(["apt-cache", "show", name])[0] == 0), known[-1])
        if len(known) > 1
        else known[0]
        for known in names
    ]


def apt_line(packages: "Sequence[str]") -> str:
    """Return the command that a person types to install `packages`."""
    sudo = "" if is_root() else "sudo "
    return "{0}apt-get update && {0}apt-get install -y {1}".format(sudo, " ".join(packages))


def apt_install(packages: "Sequence[str]") -> bool:
    """Install `packages` if this process may without asking; return whether they are there."""
    import shutil

    if is_root():
        become: "list[str]" = []
    elif shutil.which("sudo") and output_of(["sudo", "-n", "true"])[0] == 0:
        become = ["sudo", "-n"]
    else:
        return False
    command = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o"]
    command += ["DPkg::Lock::Timeout=120"]
    say("Installing with apt-get: {}".format(" ".join(packages)))
    # Old lists name versions that the mirrors may have dropped, and a fresh image has no lists.
    output_of([*command, "update"])
    status, output = output_of([*command, "install", "-y", "--no-install-recommends", *packages])
    if status:
        say(tail(output))
    return status == 0


def is_root() -> bool:
    """Return whether this process may install system packages itself."""
    return sys.platform != "win32" and os.geteuid() == 0


# ----------------------------------------------------------------------------------------- jobs


def run(arguments: "list[str]") -> int:
    """Start ThreadLab in place of this process, in the folder that the person stands in."""
    command = [PYTHON, os.path.join(HERE, "main.py"), *arguments]
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(PYTHON, command)
    import subprocess  # Windows has no exec: the shell would not wait for the new process

    return subprocess.call(command)


def test(arguments: "list[str]") -> int:
    """Run every check and then the tests, and sum up in one line; 0 only if all is well."""
    import subprocess

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    lint_imports = "from importlinter.cli import lint_imports_command as go; go()"
    checks = (
        ("ruff check", ["-m", "ruff", "check"]),
        ("ruff format", ["-m", "ruff", "format", "--check"]),
        ("mypy", ["-m", "mypy"]),
        ("imports", ["-c", lint_imports]),
        # A worker a core; a file's tests stay together, as some share what one run gave.
        ("pytest", ["-m", "pytest", "-n", "auto", "--dist", "loadfile", *arguments]),
    )
    results = []
    failed = False
    for name, command in checks:
        print("\n== {} ==".format(name), flush=True)
        begun = time.monotonic()
        status = subprocess.call([PYTHON, *command], cwd=HERE)
        failed = failed or status != 0
        verdict = "FAILED" if status else "ok"
        results.append("{} {} ({:.1f} s)".format(name, verdict, time.monotonic() - begun))
    print("\nchecks: " + ", ".join(results), flush=True)
    return 1 if failed else 0


# -------------------------------------------------------------------------------------- helpers

STARTED = time.monotonic()


def say(text: str) -> None:
    """Tell the person what happens, with the seconds since the start."""
    print("[{:5.1f} s] {}".format(time.monotonic() - STARTED, text), flush=True)


def output_of(command: "Sequence[str]") -> "tuple[int, str]":
    """Run a command to its end; return its exit status and all that it printed."""
    import subprocess

    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def tail(output: str) -> str:
    """Return the last lines of what a tool printed."""
    return "\n".join(output.strip().splitlines()[-15:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
