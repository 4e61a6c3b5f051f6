import os
import sys

print("to the pipe", flush=True)
saved = os.dup(1)
file = os.open("redirected.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
os.dup2(file, 1)
os.write(1, b"into the file\n")
print("printed into the file", flush=True)
os.dup2(saved, 1)
print("back", flush=True)
print(open("redirected.txt").read())
