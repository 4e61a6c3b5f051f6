import contextlib
import io
import sys
import threading

real = sys.stdout
sys.stdout = io.StringIO()
print("kept")
kept = sys.stdout.getvalue()
sys.stdout = real
print(repr(kept))
with contextlib.redirect_stdout(io.StringIO()) as caught, contextlib.redirect_stderr(caught):
    print("caught")
    print("too", file=sys.stderr)
print(repr(caught.getvalue()))


class Upper:
    def write(self, text):
        return real.write(text.upper())

    def flush(self):
        real.flush()


sys.stdout = Upper()
print("loud")
thread = threading.Thread(target=print, args=("from a thread",))
thread.start()
thread.join()
sys.stdout = None
print("nobody reads this")
sys.stdout = real
import builtins

builtins.print = lambda *words, **_: real.write(" ".join(map(str, words)) + " (mine)\n")
print("replaced", 1)
