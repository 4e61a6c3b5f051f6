# arguments: one "two three" --four=5 ""
import os
import sys

print(len(sys.argv), sys.argv[1:], os.path.basename(sys.argv[0]))
print([os.path.basename(word) for word in sys.orig_argv[1:]], sys.orig_argv[0] == sys.executable)
print(sys.path[0] == os.path.dirname(os.path.abspath(__file__)), len(sys.path) == len(set(sys.path)))
print(sys.flags)
print(os.getcwd() == os.path.dirname(os.path.abspath(__file__)), os.path.exists("beside.py"))
