"""The queues and pipes of `multiprocessing`: what moves, how much is left, who waits for what."""

from __future__ import annotations

from engine.events import Flag, Kind, ObjectKind
from engine.wakers import ending
from tests.engine.traces import Ran, each_way, line_of

QUEUES = """
import multiprocessing, sys
from multiprocessing.connection import wait
from queue import Empty, Full

def work(tasks, results, simple, end, never):
    try:
        never.get(timeout=0.001)
    except Empty:
        pass
    while True:
        item = tasks.get()
        if item is None:
            tasks.task_done()
            break
        results.put(item * item)
        tasks.task_done()
    simple.put("over")
    end.send("hello")
    print(end.recv())
    end.send_bytes(b"bytes")
    end.close()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    tasks = context.JoinableQueue()
    results = context.Queue(3)
    simple = context.SimpleQueue()
    never = context.Queue()
    here, there = context.Pipe()
    reader, writer = context.Pipe(duplex=False)
    ends = (tasks, results, simple, there, never)
    worker = context.Process(target=work, args=ends, name="worker")
    worker.start()
    there.close()
    for item in range(3):
        tasks.put(item)
    tasks.put(None)
    tasks.join()
    print(sorted(results.get() for _ in range(3)), simple.get())
    print(wait([here, reader]) == [here], here.recv(), flush=True)
    here.send("answer")
    print(here.poll(None), here.recv_bytes())
    for item in range(3):
        results.put(item)
    try:
        results.put(4, timeout=0.001)
    except Full:
        print("full", results.qsize())
    try:
        here.recv()
    except EOFError:
        print("end of file")
    print(wait([worker.sentinel]) == [worker.sentinel])
    worker.join()
    results.cancel_join_thread()
    tasks.close()
    tasks.join_thread()
    writer.send(5)
    print(reader.recv(), reader.poll(), reader.poll(0.001), wait([reader], 0.001))
"""
PRINTED = """[0, 1, 4] over
True hello
answer
True b'bytes'
full 3
end of file
True
5 False False []
"""


ran = each_way(QUEUES, 1)


def test_it_prints_what_it_prints_alone(ran: Ran) -> None:
    assert (sorted(ran.text().splitlines()), ran.text(2)) == (sorted(PRINTED.splitlines()), "")
    assert ran.outcome.ending == "finished"


def test_a_queue_and_a_pipe_are_one_object_in_both_processes(ran: Ran) -> None:
    for name in ("tasks", "results", "simple", "never"):
        assert ran.only(name).kind is ObjectKind.QUEUE
    for name in ("here", "there", "reader", "writer"):
        assert ran.only(name).kind is ObjectKind.PIPE
    assert ran.only("here").extra["pipe"] == ran.only("there").extra["pipe"]


def test_every_item_is_put_and_taken_and_the_length_is_known(ran: Ran) -> None:
    puts = ran.events(Kind.QUEUE_PUT, name="tasks", process="main")
    gets = ran.events(Kind.QUEUE_GET, name="tasks", process="worker")
    assert (len(puts), len(gets)) == (4, 4)
    assert len(ran.events(Kind.QUEUE_DONE, name="tasks")) == 4
    for name, left in (("tasks", "0"), ("results", "3")):
        series = ran.trace.values.series[0, name]
        times = series.times.view
        assert (times[1:] >= times[:-1]).all()
        assert series.text_at(ran.trace.now) == left
    moved = ran.events(Kind.QUEUE_PUT, Kind.QUEUE_GET, name="simple")
    assert [ran.process_of(event) for event in moved] == ["worker", "main"]
    assert (0, "simple") not in ran.trace.values.series  # it does not know its length


def test_waits_say_what_for_and_whether_they_ran_out(ran: Ran) -> None:
    for kind, name, process, part in (
        (Kind.GET_WAIT, "never", "worker", "never.get("),
        (Kind.PUT_WAIT, "results", "main", "results.put(4"),
        (Kind.WAIT_BEGIN, "reader", "main", "print(reader.recv()"),
    ):
        waits = ran.events(kind, name=name, process=process)
        assert {ran.line(wait) for wait in waits} == {line_of(QUEUES, part)}
        assert {wait.value for wait in waits} == {1_000_000}
        ends = ran.events(Kind.WAIT_END, name=name, process=process)
        assert sum(bool(end.flags & Flag.TIMED_OUT) for end in ends) == len(waits)
    for wait in ran.events(Kind.QUEUE_JOIN_WAIT, name="tasks"):
        assert ran.line(wait) == line_of(QUEUES, "tasks.join()")
    for wait in ran.events(Kind.WAIT_BEGIN, name="any of here, reader"):
        assert ran.line(wait) == line_of(QUEUES, "print(wait([here, reader])")


def test_a_message_is_sent_before_it_is_received(ran: Ran) -> None:
    for end, peer, messages in (
        ("here", "there", 1),
        ("there", "here", 2),
        ("writer", "reader", 1),
    ):
        sent, received = ran.events(Kind.SENT, name=end), ran.events(Kind.RECEIVED, name=peer)
        assert len(sent) == len(received) == messages
        assert all(a.time < b.time for a, b in zip(sent, received, strict=True))


def test_who_ended_a_wait_is_told_where_it_can_be_proven(ran: Ran) -> None:
    trace, named = ran.trace, 0
    for wait in ran.events(Kind.GET_WAIT, Kind.WAIT_BEGIN, Kind.QUEUE_JOIN_WAIT):
        piece = trace.state_at(wait.thread, wait.time)
        assert piece is not None
        end = ending(trace, wait.thread, piece)
        if end.how != "woken" or end.thread is None:
            continue
        named += 1
        assert trace.threads[end.thread].process != trace.threads[wait.thread].process
        name = trace.objects[wait.obj].name
        other = {"here": "there", "there": "here"}.get(name, name)
        if trace.objects[wait.obj].kind is not ObjectKind.PROCESS:
            assert other in end.words
    assert named


def test_the_end_of_a_process_ends_the_wait_for_it(ran: Ran) -> None:
    trace = ran.trace
    for wait in ran.events(Kind.WAIT_BEGIN, Kind.PROCESS_WAIT, name="worker", process="main"):
        piece = trace.state_at(wait.thread, wait.time)
        assert piece is not None
        end = ending(trace, wait.thread, piece)
        assert end.words == "ended"
        assert end.thread is not None
        assert trace.processes[trace.threads[end.thread].process].name == "worker"
