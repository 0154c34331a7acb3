"""Modules of JavaScript joined into one, so that a browser that comes for the first time asks once.

Each becomes the body of a function that returns what the module exports, and that runs once, when the module
is first needed. Understood is what our modules are written in: names imported in braces from relative paths,
and functions, classes and constants exported where they are declared.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

_IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}\s+from\s+)?"(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export\s+(?P<default>default\s+)?(?P<kind>(?:async\s+)?function|class|const)\b[ ]*(?P<name>\w*)",
    re.MULTILINE,
)
_ONCE = """const once = (make) => {
  let made;
  return () => made ??= make();
};
"""
_REST = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


class NotJoined(ValueError):
    """Modules that import each other in a circle, or one that is written in another way."""


def joined(sources: Mapping[str, str], mounts: Mapping[str, str]) -> str:
    """One module of all that some modules need.

    Parameters
    ----------
    sources
        The text of every module, by its path.
    mounts
        The path of a module for each name: its default export is what that name stands for.

    Returns
    -------
    str
        A module that exports `mounts`, an object with the default exports by name.

    Raises
    ------
    NotJoined
        For a circle of imports, or a form of import or export that is not understood.
    """
    order = _order(sources, mounts.values())
    number = {path: f"$module{place}" for place, path in enumerate(order)}
    text = _ONCE
    for path, own in number.items():
        text += f"const {own} = once(() => {{\n{_body(path, sources[path], number)}}});\n"
    told = [f"get {name}() {{ return {number[path]}().default; }}" for name, path in mounts.items()]
    return text + "export const mounts = {\n" + ",\n".join(told) + "\n};\n"


def _order(sources: Mapping[str, str], first: Iterable[str]) -> list[str]:
    """The modules that those need, and themselves; each after what it imports."""
    graph: dict[str, list[str]] = {}
    waiting = list(first)
    while waiting:
        path = waiting.pop()
        if path not in graph:
            graph[path] = [_beside(path, given) for _, given in _IMPORT.findall(sources[path])]
            waiting += graph[path]
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise NotJoined(f"modules import each other: {' <- '.join(error.args[1])}") from error


def _body(path: str, source: str, number: Mapping[str, str]) -> str:
    exported: dict[str, str] = {}

    def bound(found: re.Match[str]) -> str:
        names, given = found.groups()
        module = f"{number[_beside(path, given)]}();"
        return f"const {{{names.replace(' as ', ': ')}}} = {module}" if names else module

    def declared(found: re.Match[str]) -> str:
        name = found["name"] or "$default"
        exported["default" if found["default"] else name] = name
        return f"{found['kind']} {name}"

    text = _EXPORT.sub(declared, _IMPORT.sub(bound, source))
    if rest := _REST.search(text):
        raise NotJoined(f"{path} has a form that is not understood: {rest[0]}")
    told = ", ".join(f"{name}: {own}" for name, own in exported.items())
    return f"{text}\nreturn {{ {told} }};\n"


def _beside(path: str, given: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), given))
