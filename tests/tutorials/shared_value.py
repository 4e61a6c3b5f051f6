"""Processes share a number and an array in memory; a lock keeps the number right."""

import multiprocessing

PROCESSES = 3
STEPS = 200


def work(counter, places, number):
    for _ in range(STEPS):
        with counter.get_lock():
            counter.value += 1
    places[number] = number + 0.5


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    counter = context.Value("i", 0)
    places = context.Array("d", PROCESSES)
    workers = [
        context.Process(target=work, args=(counter, places, number), name=f"worker-{number}")
        for number in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("counted to", counter.value, "of", PROCESSES * STEPS)
    print("places:", list(places))
    print("exit codes:", [worker.exitcode for worker in workers])
