"""Every thread answers a request of its own: thread-local data and context variables."""

import contextvars
import logging
import sys
import threading

local = threading.local()
user = contextvars.ContextVar("user", default="nobody")


class WithRequest(logging.Filter):
    def filter(self, record):
        record.request = getattr(local, "request", "-")
        record.user = user.get()
        return True


handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("[%(request)s] %(user)s: %(message)s"))
handler.addFilter(WithRequest())
log = logging.getLogger("shop")
log.addHandler(handler)
log.setLevel(logging.INFO)


def answer(number, name):
    local.request = f"request-{number}"
    user.set(name)
    load()
    log.info("answered by a thread that keeps %d name(s)", len(vars(local)))


def load():
    log.info("loading")


log.info("before any request")
for number, name in enumerate(["ann", "bob"], 1):
    thread = threading.Thread(target=answer, args=(number, name))
    thread.start()
    thread.join()
log.info("after all requests")
print("the main thread has no request:", not hasattr(local, "request"))
context = contextvars.copy_context()
context.run(user.set, "cleo")
thread = threading.Thread(target=context.run, args=(lambda: log.info("in a copied context"),))
thread.start()
thread.join()
