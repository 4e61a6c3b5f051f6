"""Merge sort that gives its halves to threads, down to a depth."""

import random
import threading

DEPTH = 3


def merged(left, right):
    result = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            result.append(left[i])
            i += 1
        else:
            result.append(right[j])
            j += 1
    return result + left[i:] + right[j:]


def merge_sort(numbers, depth=0):
    if len(numbers) < 2:
        return numbers
    middle = len(numbers) // 2
    halves = [numbers[:middle], numbers[middle:]]
    if depth >= DEPTH:
        return merged(*(merge_sort(half, depth) for half in halves))

    def sort(which):
        halves[which] = merge_sort(halves[which], depth + 1)

    threads = [threading.Thread(target=sort, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return merged(*halves)


numbers = random.Random(7).sample(range(1000), 300)
result = merge_sort(numbers)
print("sorted:", result == sorted(numbers))
print("smallest", result[:5])
print("largest", result[-5:])
print("stable for equal ones:", merge_sort([2, 1, 2, 1]) == [1, 1, 2, 2])
print("empty:", merge_sort([]))
