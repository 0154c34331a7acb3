"""Functions of our own modules as source text that stands alone: without types, with all that they call."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from types import ModuleType

Definition = ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom


def definitions(module: ModuleType, names: Iterable[str]) -> str:
    """Functions and constants of a module, and those of the same module that they need, in its order.

    Comments and docstrings stay; annotations go, as the code has to run without the types they name.

    Parameters
    ----------
    names
        At the top level of the module.

    Raises
    ------
    KeyError
        For a name that it has not.
    """
    source = inspect.getsource(module)
    known = _top_level(source)
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [used for used in _used(known[name]) if used in known]
    chosen = {id(known[name]): known[name] for name in wanted}
    nodes = sorted(chosen.values(), key=lambda node: node.lineno)
    imports = [
        _without_types(source, node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    others = [node for node in nodes if not isinstance(node, ast.Import | ast.ImportFrom)]
    parts = ["\n".join(imports)] if imports else []
    before: ast.AST | None = None
    for node in others:
        text = _without_types(source, node)
        if isinstance(node, ast.Assign) and isinstance(before, ast.Assign):
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
        before = node
    return "\n\n\n".join(parts)


def expression(module: ModuleType, table: str, entry: str) -> str:
    """The last argument of a table's entry, as text: `lambda x, rng: ...` of an augmentation.

    Raises
    ------
    KeyError
        When there is no such entry.
    """
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == table and node.value is not None:
            for call in ast.walk(node.value):
                if isinstance(call, ast.Call) and call.args and _is_text(call.args[0], entry):
                    return ast.unparse(call.args[-1])
    raise KeyError(entry)


def names_in(text: str) -> set[str]:
    """The names that an expression uses."""
    return _used(ast.parse(text))


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _top_level(source: str) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            # A line may set several: each of them brings it.
            found.update((name, node) for target in node.targets for name in sorted(_used(target)))
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(("nnviz", "__future__")):
            found.update(((alias.asname or alias.name), node) for alias in node.names)
    return {name: node for name, node in found.items() if name != "np"}


def _used(node: ast.AST) -> set[str]:
    """Names that a definition uses, those within annotations left out."""
    found: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name):
            found.add(each.id)
        left_out = {id(each.annotation)} if isinstance(each, ast.arg | ast.AnnAssign) else set()
        if isinstance(each, ast.FunctionDef):
            left_out.add(id(each.returns))
        waiting += [child for child in ast.iter_child_nodes(each) if id(child) not in left_out]
    return found


def _without_types(source: str, node: ast.AST) -> str:
    """The text of a definition without its annotations; all else, comments too, as it stands."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def at(line: int | None, column: int | None) -> int:
        assert line is not None
        assert column is not None
        # Columns of the syntax tree count bytes.
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    begin, end = at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
    cuts: list[tuple[int, int]] = []
    arguments: set[int] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.arg) and each.annotation is not None:
            cut_from = at(each.lineno, each.col_offset) + len(each.arg)
            cuts.append((cut_from, at(each.annotation.end_lineno, each.annotation.end_col_offset)))
            arguments.add(cut_from)
        elif isinstance(each, ast.AnnAssign) and each.value is not None:
            cut_from = at(each.target.end_lineno, each.target.end_col_offset)
            cuts.append((cut_from, at(each.annotation.end_lineno, each.annotation.end_col_offset)))
        elif isinstance(each, ast.FunctionDef) and each.returns is not None:
            arrow = source.rindex("->", begin, at(each.returns.lineno, each.returns.col_offset))
            cut_from = len(source[:arrow].rstrip())
            cuts.append((cut_from, at(each.returns.end_lineno, each.returns.end_col_offset)))
    rest = source[end:].split("\n", 1)[0]
    text = source[begin:end] + (rest if rest.strip().startswith("#") else "")  # a comment on the last line
    for first, last in sorted(cuts, reverse=True):
        after = text[last - begin :]
        if after.startswith(" = ") and first in arguments:
            after = f"={after[3:]}"  # a default value without a type stands close
        text = text[: first - begin] + after
    return text
