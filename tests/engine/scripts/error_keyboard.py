import atexit

atexit.register(print, "last")


class Quiet:
    def __del__(self):
        print("gone")


kept = Quiet()
raise KeyboardInterrupt("enough")
