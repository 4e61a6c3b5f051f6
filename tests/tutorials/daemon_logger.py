"""One thread writes the log; the others only put lines into its queue, and never wait for it."""

import atexit
import logging
import logging.handlers
import queue
import sys
import threading


class Logger(threading.Thread):
    def __init__(self, stream):
        super().__init__(name="logger", daemon=True)
        self.lines = queue.SimpleQueue()
        self.stream = stream

    def run(self):
        while (line := self.lines.get()) is not None:
            print(line, file=self.stream, flush=True)

    def close(self):
        self.lines.put(None)
        self.join()


logger = Logger(sys.stdout)
logger.start()
atexit.register(print, "good bye", flush=True)
atexit.register(logger.close)


def work(number):
    for step in range(2):
        logger.lines.put(f"worker {number}, step {step}")


for number in range(3):
    thread = threading.Thread(target=work, args=(number,))
    thread.start()
    thread.join()

records = queue.Queue()
log = logging.getLogger("queued")
log.propagate = False
log.addHandler(logging.handlers.QueueHandler(records))
listener = logging.handlers.QueueListener(records, logging.StreamHandler(sys.stderr))
listener.start()
log.warning("written by the listener's thread")
try:
    raise OSError("no paper")
except OSError:
    log.exception("printing failed")
listener.stop()
