"""The scripts that a component is joined from are one module in the end: no name may be there twice."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from nnviz.components import registry

COMPONENTS = Path(__file__).resolve().parent.parent / "nnviz" / "components"
DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let|var) (\w+)", re.MULTILINE)


def components() -> dict[str, tuple[str, ...]]:
    """Each component's scripts, as its module names them."""
    found = {}
    for module in sorted(COMPONENTS.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "registry.component":
                (js,) = [each.value for each in node.keywords if each.arg == "js"]
                found[str(ast.literal_eval(node.args[0]))] = tuple(
                    part.value for part in ast.walk(js) if isinstance(part, ast.Constant)
                )
    return found


def test_every_component_is_found() -> None:
    assert {"pad", "feature_maps", "embedding_map", "digit_gallery"} <= set(components())


@pytest.mark.parametrize("component", components())
def test_no_name_is_declared_twice_in_a_component(component: str) -> None:
    scripts = components()[component]
    texts = [(registry.FRONTEND / script).read_text(encoding="utf-8") for script in scripts]
    names = Counter(name for text in texts for name in DECLARED.findall(text))
    assert [name for name, times in names.items() if times > 1] == []
    assert [len(re.findall("^export default", text, re.MULTILINE)) for text in texts] == [
        *[0] * (len(texts) - 1),
        1,
    ]
