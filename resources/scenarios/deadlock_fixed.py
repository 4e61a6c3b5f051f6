"""Two cooks ask for two tools in any order, but always take them in one agreed order."""

import threading
import time

TASK_SECONDS: float = 0.3  # 0..5 s  time between taking one tool and reaching for the other
MEALS: int = 1  # 1..100 meals  that each cook prepares

meals_ready = 0  # expected: 2 * MEALS
knife = threading.Lock()
board = threading.Lock()
agreed_order = [knife, board]


def cook(name, tools):
    global meals_ready
    first, second = sorted(tools, key=agreed_order.index)
    for _ in range(MEALS):
        with first:
            print(f"{name} takes the first tool")
            time.sleep(TASK_SECONDS)
            with second:
                meals_ready += 1
                print(f"{name} has both tools and cooks")


ana = threading.Thread(target=cook, args=("Ana", [knife, board]), name="Ana")
ben = threading.Thread(target=cook, args=("Ben", [board, knife]), name="Ben")

ana.start()
ben.start()
ana.join()
ben.join()

print("Meals ready:", meals_ready)
