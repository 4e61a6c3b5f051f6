"""A process that records more than is taken in is shown only as far as it is known."""

from __future__ import annotations

import json
import time
from array import array

from engine.events import OUTPUT_HEADER, QUIET, Kind, Message, pack_batch, what
from engine.intake import Intake
from engine.sources import LATE_NS, known_until
from engine.trace import Trace

S = 1_000_000_000


def an_intake(origin: int) -> Intake:
    intake = Intake(Trace(), lambda *_: "")
    for pid in (7, 8):
        intake.hello({"pid": pid, "name": f"p{pid}", "started": origin})
    return intake


def a_batch(*times: int) -> bytes:
    count = len(times)
    columns = {
        "value": array("q", [0] * count),
        "time": array("Q", times),
        "what": array("Q", [what(Kind.SLEEP_BEGIN)] * count),
        "thread": array("I", [0] * count),
        "site": array("I", [0] * count),
    }
    return bytes(pack_batch(columns, times[-1]))


def known(intake: Intake, now: int, *, more: bool = False) -> int:
    return known_until(intake.sources.values(), now, more=more)


def test_what_came_late_is_not_taken_for_what_is_now() -> None:
    now = time.perf_counter_ns()
    intake = an_intake(now - 9 * S)
    assert known(intake, now) == now
    intake.feed(7, a_batch(now - 5 * S, now - 4 * S))
    assert known(intake, now) == now - 4 * S
    intake.feed(8, a_batch(now - 3 * S))
    assert known(intake, now) == now - 4 * S
    intake.feed(7, QUIET.pack(Message.QUIET, time.perf_counter_ns()))
    assert known(intake, now) == now - 3 * S


def test_a_process_that_is_over_holds_nothing_back() -> None:
    now = time.perf_counter_ns()
    intake = an_intake(now - 9 * S)
    intake.feed(7, a_batch(now - 5 * S))
    goodbye = {"ending": "finished", "status": 0}
    intake.feed(7, bytes([Message.GOODBYE]) + json.dumps(goodbye).encode())
    assert known(intake, now) == now
    intake.feed(8, a_batch(now - 5 * S))
    intake.ended(8, now - 4 * S)
    assert known(intake, now) == now


def test_messages_that_wait_say_that_more_has_happened() -> None:
    now = time.perf_counter_ns()
    intake = an_intake(now - 9 * S)
    later = now + 3600 * S  # never late, however slow the machine
    for pid in (7, 8):
        intake.feed(pid, a_batch(later))
    assert known(intake, later + LATE_NS) == later + LATE_NS
    assert known(intake, later + LATE_NS, more=True) == later


def test_what_is_printed_ahead_of_its_events_moves_no_clock() -> None:
    now = time.perf_counter_ns()
    intake = an_intake(now - 9 * S)
    intake.feed(7, a_batch(now - 8 * S))
    intake.feed(7, OUTPUT_HEADER.pack(Message.OUTPUT, 1, 0, now) + b"ahead\n")
    assert intake.trace.now == S
    assert intake.trace.outputs[-1].text == "ahead\n"
