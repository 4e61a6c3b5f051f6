"""A manager keeps a dictionary that several processes write into, and a pipe carries a message."""

import multiprocessing


def learn(words, lock, number):
    with lock:
        words["total"] = words["total"] + number
    words[f"worker {number}"] = number * 10


def answer(connection):
    for question in iter(connection.recv, None):
        connection.send(f"{question}? yes.")
    connection.close()


def main():
    with multiprocessing.Manager() as manager:
        words = manager.dict(total=0)
        lock = manager.Lock()
        workers = [
            multiprocessing.Process(target=learn, args=(words, lock, number)) for number in (1, 2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for name, value in sorted(words.items()):
            print(name, value)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=answer, args=(there,))
    process.start()
    there.close()
    here.send("all well")
    print(here.recv())
    here.send(None)
    process.join()
    print("ended with", process.exitcode)


if __name__ == "__main__":
    main()
