from .. import inner
from ..inner import value as v


def where():
    return __name__, inner.__name__, v
