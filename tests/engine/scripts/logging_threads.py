import logging
import sys
import threading

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(threadName)s %(filename)s:%(lineno)d %(message)s")
log = logging.getLogger("app")


def work(n):
    log.info("work %d", n)
    if n == 1:
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("failed")
    if n == 2:
        log.warning("with a stack", stack_info=True)


for n in range(3):
    thread = threading.Thread(target=work, args=(n,), name=f"T{n}")
    thread.start()
    thread.join()
log.error("%s", "done")
log.info("%d", "not a number")
