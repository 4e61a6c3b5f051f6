code = compile("def f():\n    return 1 / 0\nf()", "generated.py", "exec")
exec(code, {"__name__": "generated"})
