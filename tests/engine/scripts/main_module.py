"""The attributes of `__main__`, as a script sees them."""
import __main__
import os
import sys

number: int = 1
print(__name__, os.path.basename(__file__), os.path.isabs(__file__), __doc__, __spec__)
print(__package__, type(__loader__).__name__, __loader__.path == __file__, __loader__.name)
print(globals().get("__cached__", "no cached"))
print(sorted(name for name in globals() if name.startswith("__")))
print(type(__builtins__).__name__, __builtins__.len is len)
print(__main__.__dict__ is globals(), sys.modules["__main__"] is __main__, __main__)
print(__annotations__)
