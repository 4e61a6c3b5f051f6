import os
import sys

print("before", flush=True)
os.close(1)
try:
    print("after", flush=True)
except OSError as error:
    print(error, file=sys.stderr)
