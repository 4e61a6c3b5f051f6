def first():
    {}["apples"]


def second():
    try:
        first()
    except KeyError as error:
        raise ValueError("no fruit") from error


try:
    second()
except ValueError:
    raise RuntimeError("third") from None if False else OSError(2, "absent", "file.txt")
