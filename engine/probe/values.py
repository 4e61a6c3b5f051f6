"""Compiles a script with its parameters replaced and its watched names recorded."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import repeat, starmap
from types import CodeType
from typing import Any

from ..events import Kind, ObjectKind
from . import source
from .recorder import recorder


def compiled(
    path: str,
    namespace: dict[str, Any],
    values: Mapping[str, source.Value],
    watch: tuple[str, ...],
) -> CodeType:
    """Return the code of the script at *path*, to be run in *namespace*. Raises SourceError."""
    text = source.read_source(path)
    tree = source.parse(text, path)
    source.replace_constants(tree, values)
    watched = dict.fromkeys((*source.watched_names(tree), *watch))
    known = _module_names(tree)
    points = source.instrument(tree, [name for name in watched if name in known])
    code = source.compile_tree(tree, path)
    return source.bind(code, {source.sentinel(p.index): _pipe(p, path, namespace) for p in points})


def _module_names(tree: ast.Module) -> set[str]:
    """Names that could be globals: a watch on anything else (`len(x)`) records nothing yet."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names
    }


def _pipe(point: source.StorePoint, path: str, namespace: dict[str, Any]) -> object:
    site = (path, point.line)
    number = recorder.new_object(
        ObjectKind.STORE_POINT,
        point.name,
        made=site,
        variable=point.name,
        line=point.line,
        change=point.change,
        initial=point.initial,
    )
    if point.kind == "del":
        return recorder.pipe(Kind.DELETE, number, site=site)
    read = starmap(namespace.__getitem__, repeat((point.name,)))
    return recorder.pipe(Kind.STORE, number, read, site=site)
