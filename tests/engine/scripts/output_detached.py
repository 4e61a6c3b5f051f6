import io
import sys

print("before")
buffer = sys.stdout.detach()
try:
    print("between")
except ValueError as error:
    print(error, file=sys.stderr)
sys.stdout = io.TextIOWrapper(buffer, encoding="ascii", errors="namereplace")
print("after \u00e9")
