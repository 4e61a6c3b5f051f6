import beside
import engine
import pack
from pack import inner
from pack.inner import *
from pack.deep.deeper import where
import importlib
import sys

print(beside.answer, beside.__name__, engine.mine, pack.__all__, inner.value, value)
print(where())
sys.modules["beside"].answer = 1
print(importlib.reload(beside).answer, beside.answer)
try:
    import events
except ModuleNotFoundError as error:
    print(error)
try:
    import probe
except ModuleNotFoundError as error:
    print(error)
print([name for name in ("engine", "probe", "host", "boot", "recorder") if name in sys.modules])
