import runpy

exec("made = [n * n for n in range(4)]")
print(made, eval("made[-1] + 1"))
space = {}
exec("import threading\nlock = threading.Lock()\nwith lock:\n    held = lock.locked()", space)
print(space["held"])
found = runpy.run_path("beside.py", run_name="beside-run")
print(found["answer"], found["__name__"])
found = runpy.run_module("pack.inner")
print(found["value"], found["__name__"])
code = compile("print(__name__, 'compiled')", "<made>", "exec")
exec(code)
print(__import__("beside").answer)
