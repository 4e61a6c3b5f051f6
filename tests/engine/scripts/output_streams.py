import io
import os
import sys

print(sys.stdout.encoding, sys.stdout.name, sys.stdout.mode, sys.stdout.fileno(), sys.stdout.isatty())
print(sys.stderr.encoding, sys.stderr.name, sys.stderr.errors, sys.stderr.fileno(), sys.stderr.closed)
print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__, sys.stdout.errors)
print(sys.stdout.writable(), sys.stdout.readable(), sys.stdout.seekable(), sys.stdout.newlines)
print(type(sys.stdout), type(sys.stdout.buffer), sys.stdout.write_through)
print(sys.stdout.write("count\n"), sys.stdout.buffer.write(b"") , sys.stdout.writelines(["a\n", "b\n"]))
print("part", end="")
print("ial", end="", flush=True)
print("!")
print("\u00e9\u20ac\U0001f40d", "\x00\x07\x1b[31mred\x1b[0m\r\ttab\x0b")
sys.stdout.flush()
sys.stdout.buffer.write(b"raw \xff\xfe bytes\n")
sys.stdout.buffer.flush()
sys.stdout.buffer.write(b"\xc3")
sys.stdout.buffer.flush()
sys.stdout.buffer.write(b"\xa9\n")
sys.stdout.flush()
print("x" * 200_000)
for n in range(300):
    sys.stdout.write(str(n))
print()
try:
    print("\udcff")
except UnicodeEncodeError as error:
    print(error)
print("\udcff", file=sys.stderr)
sys.stderr.write("no newline at the end")
