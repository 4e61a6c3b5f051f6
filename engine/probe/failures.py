"""Exceptions that nobody caught: told to ThreadLab, and printed as if we were not there."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any

from .owner import NOWHERE, Site, is_user_file
from .texts import shortened

_HERE = __file__.rpartition("probe")[0]  # ends in a separator: the folder `engine/`


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that ended a thread.

    Attributes: type, message; line and file of the innermost line of the user's own code (0 and
    empty: none); traceback, as Python prints it; thread, by name.
    """

    type: str
    message: str
    line: int
    file: str
    traceback: str
    thread: str

    @classmethod
    def of(cls, error: BaseException, thread: str) -> Failure:
        """Describe *error*, whose traceback has no lines of ours any more."""
        file, line = _place(error)
        try:
            text = "".join(traceback.format_exception(error))
            message = str(error)
        except Exception as second:  # noqa: BLE001 - a `__str__` of the user's may do anything
            text = message = f"<no text: its __str__ raised {type(second).__name__}>"
        name = type(error).__qualname__
        return cls(name, shortened(message), line, file, shortened(text), thread)

    @property
    def headline(self) -> str:
        """The last line of a traceback."""
        return f"{self.type}: {self.message}" if self.message else self.type

    @property
    def site(self) -> Site:
        """The line at fault."""
        return (self.file, self.line) if self.line else NOWHERE

    def as_json(self) -> dict[str, Any]:
        """Return what GOODBYE tells of it."""
        return asdict(self)


#: Exceptions that ended a thread of this process, other than its main thread.
unhandled: list[Failure] = []


def without_probes(error: BaseException) -> None:
    """Take the frames of our own code out of the traceback of *error* and of its causes."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _cleaned(one.__traceback__)
        waiting += (one.__cause__, one.__context__)
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def _cleaned(chain: TracebackType | None) -> TracebackType | None:
    kept = []
    while chain is not None:
        if not chain.tb_frame.f_code.co_filename.startswith(_HERE):
            kept.append(chain)
        chain = chain.tb_next
    for before, after in zip(kept, [*kept[1:], None], strict=False):
        before.tb_next = after
    return kept[0] if kept else None


def _place(error: BaseException) -> Site:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return error.filename, error.lineno
    place, chain = NOWHERE, error.__traceback__
    while chain is not None:
        file = chain.tb_frame.f_code.co_filename
        if is_user_file(file) and chain.tb_lineno:
            place = (file, chain.tb_lineno)
        chain = chain.tb_next
    return place
