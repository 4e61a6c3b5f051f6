import sys

sys.stdout.reconfigure(encoding="latin-1", errors="replace", newline="\r\n")
print("caf\u00e9 \u20ac", sys.stdout.encoding, sys.stdout.errors)
sys.stdout.reconfigure(encoding="utf-8", line_buffering=False, write_through=True, newline=None)
print("direct", sys.stdout.write_through, sys.stdout.line_buffering)
