class Fragile:
    def __del__(self):
        raise ValueError("in __del__")


Fragile()
print("on")
kept = Fragile()
