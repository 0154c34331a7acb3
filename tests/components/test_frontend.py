"""What holds between the front end's files and the Python that serves them."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest

from nnviz.components import registry
from nnviz.figures import style
from tests.components.javascript import DENO

COMPONENTS = sorted(path.parent.name for path in registry.FRONTEND.glob("*/index.js"))


def runtime_imports(entry: str) -> dict[str, set[str]]:
    """The modules that a module reaches, by path in the front end: what each imports, types left out."""
    told = subprocess.run(
        [DENO, "info", "--json", "--no-remote", registry.FRONTEND / entry], capture_output=True, check=True
    )
    root = f"{registry.FRONTEND.as_uri()}/"
    modules = {
        module["specifier"].removeprefix(root): {
            dependency["code"]["specifier"].removeprefix(root)
            for dependency in module.get("dependencies", [])
            if "code" in dependency and not dependency["specifier"].startswith("node:")
        }
        for module in json.loads(told.stdout)["modules"]
    }
    reached, waiting = set[str](), [entry]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += modules[path]
    return {path: modules[path] for path in reached}


def test_every_component_is_declared_to_streamlit_and_no_other() -> None:
    declared = tomllib.loads((registry.FRONTEND.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    names = [each["name"] for each in declared["tool"]["streamlit"]["component"]["components"]]
    assert sorted(names) == COMPONENTS


@pytest.mark.parametrize("name", ["pad", "pad_data"])
def test_what_the_first_page_needs_is_asked_for_at_once(name: str) -> None:
    entry = f"{name}/index.js"
    graph = runtime_imports(entry)
    assert graph[entry] == set(graph) - {entry}


def test_a_colour_means_the_same_in_components_and_in_figures() -> None:
    sheet = (registry.FRONTEND / "shared" / "base.css").read_text(encoding="utf-8")
    assert dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", sheet)) == style.MEANINGS
    assert len(set(style.MEANINGS.values())) == len(style.MEANINGS)
