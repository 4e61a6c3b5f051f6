# posix
import os
import signal
import threading

received = []
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2})


def wait():
    while True:
        number = signal.sigwait({signal.SIGUSR1, signal.SIGUSR2})
        print("received", number.name, flush=True)
        if number == signal.SIGUSR2:
            return


thread = threading.Thread(target=wait)
thread.start()
os.kill(os.getpid(), signal.SIGUSR1)
while signal.SIGUSR1 in signal.sigpending():
    pass
os.kill(os.getpid(), signal.SIGUSR2)
thread.join()
