import sys
import threading


def hook(kind, error, trace):
    print("mine:", kind.__name__, error, trace.tb_lineno, trace.tb_next is None, sys.exc_info())
    print(sys.last_type is kind, sys.last_value is error, sys.last_traceback is trace)


def unraisable(args):
    print("unraisable:", args.exc_type.__name__, args.err_msg)


sys.excepthook = hook
sys.unraisablehook = unraisable


class Fragile:
    def __del__(self):
        raise ValueError


Fragile()
raise ValueError("for the hook")
