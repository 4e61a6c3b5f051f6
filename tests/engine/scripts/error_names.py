class Loud(Exception):
    def __str__(self):
        return "line one\nline two"


class Broken(Exception):
    def __str__(self):
        raise TypeError("no text")


import traceback

for kind in (Loud, Broken):
    try:
        raise kind("x")
    except Exception as error:
        traceback.print_exc()
counter = 1
try:
    print(countr)
except NameError:
    traceback.print_exc()
raise Broken
