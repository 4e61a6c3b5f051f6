def collect():
    failed = []
    for kind in (ValueError, KeyError, OSError):
        try:
            raise kind("of " + kind.__name__)
        except Exception as error:
            failed.append(error)
    error = ExceptionGroup("several", failed)
    error.add_note("a note\nin two lines")
    raise error


try:
    collect()
except* KeyError as group:
    print(repr(group))
