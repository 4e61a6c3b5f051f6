def divide(a,
           b):
    return a / b


class Machine:
    def run(self):
        return [divide(1, n) for n in (1, 0)]


Machine().run()
