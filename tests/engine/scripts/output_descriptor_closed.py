import os
import sys

print("before", flush=True)
saved = os.dup(1)
os.close(1)
try:
    print("after", flush=True)
except OSError as error:
    print(error, file=sys.stderr)
os.dup2(saved, 1)
print("open again")
