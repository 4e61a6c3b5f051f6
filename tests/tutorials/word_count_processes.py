"""Counts words on every core: parts are mapped to counts by processes, and added up."""

import string
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

TEXT = """
The quick brown fox jumps over the lazy dog. The dog sleeps.
A fox is quick; a dog is not. The end of the fox and the dog.
""".strip()


def count(line):
    words = line.lower().translate(str.maketrans("", "", string.punctuation)).split()
    return Counter(words)


def main():
    lines = TEXT.splitlines() * 3
    with ProcessPoolExecutor(max_workers=2) as pool:
        parts = list(pool.map(count, lines, chunksize=2))
    total = reduce(Counter.__add__, parts)
    for word, times in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:6]:
        print(f"{word:<6} {times:>3}")
    print("words in all:", total.total())


if __name__ == "__main__":
    main()
