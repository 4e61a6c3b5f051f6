import atexit
import sys

atexit.register(print, "last words", file=sys.stderr)
print("first")
sys.exit("good bye")
