def fail():
    raise LookupError('while imported')


fail()
