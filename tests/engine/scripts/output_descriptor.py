import os
import subprocess
import sys

print("first", flush=True)
os.write(1, b"second\n")
print("third", flush=True)
subprocess.run([sys.executable, "-c", "print('fourth')"], check=True)
print("fifth", flush=True)
for n in range(20):
    print("print", n, flush=True)
    os.write(1, b"write %d\n" % n)
with open(1, "w", closefd=False) as again:
    again.write("sixth\n")
print("seventh", flush=True)
os.write(2, b"to error\n")
print("end", file=sys.stderr)
handle = open(__file__)
print(handle.fileno())
