import atexit


def fail():
    raise ValueError("at exit")


atexit.register(print, "runs last")
atexit.register(fail)
atexit.register(print, "runs first")
