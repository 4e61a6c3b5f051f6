import dis
import gc
import inspect
import linecache
import sys
import tokenize
import tracemalloc

total: int = 0


def add(n: int) -> int:
    """Add to the total."""
    global total
    total += n
    return total


def plain(n):
    return n + 1


add(2)
print(inspect.getsource(add))
print(inspect.getdoc(add), inspect.signature(add), inspect.getsourcelines(plain)[1])
print(inspect.getfile(add) == __file__, inspect.getmodule(add).__name__)
dis.dis(plain)
print(plain.__code__.co_names, plain.__code__.co_consts, plain.__code__.co_firstlineno)
print(add.__code__.co_names, add.__code__.co_varnames, add.__annotations__)
print(linecache.getline(__file__, 1))
print(sys.getrefcount(object()) , gc.isenabled(), gc.get_threshold()[0] > 0)
thing = []
print(sys.getrefcount(thing))
tracemalloc.start()
block = bytearray(100_000)
print(tracemalloc.get_traced_memory()[0] >= 100_000)
tracemalloc.stop()
print(sys.gettrace(), sys.getprofile())
