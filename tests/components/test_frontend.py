"""What holds between the front end's files and the Python that serves them."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest

from nnviz.components import registry
from nnviz.core import colours
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


def test_a_colour_has_one_meaning_and_every_meaning_a_component_names_has_a_colour() -> None:
    hues = [*colours.MEANINGS.values(), *colours.RUNS]
    assert len(set(hues)) == len(hues)
    told = set(re.findall(r"--(\w+): #", colours.style_sheet()))
    sheets = [sheet.read_text(encoding="utf-8") for sheet in registry.FRONTEND.glob("*/*.css")]
    own = set(re.findall(r"--([\w-]+):", "".join(sheets)))
    assert told == set(colours.MEANINGS)
    assert not told & own, "a sheet gives a meaning another colour"
