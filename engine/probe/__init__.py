"""What runs inside the child: standard library only, loaded as the package `_threadlab`.

The child never imports `engine`: a script may have a module of that name. `boot.py` makes a
package `_threadlab` whose path is `engine/`, so everything here imports relatively.
"""
