import threading
import weakref


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone:", self.name)


def function(default=Noisy("default")):
    return default


a = Noisy("global a")
_b = Noisy("private global")
lock = threading.Lock()
weakref.finalize(a, print, "finalized")
loop = [Noisy("in a loop")]
loop.append(loop)
print("end")
