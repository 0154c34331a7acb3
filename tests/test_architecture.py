"""The picture of the packages in ARCHITECTURE.md is the one the imports draw, and faces are what is used."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
WORDS = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
Arrows = set[tuple[str, str]]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("nnviz")


def package_of(module: str) -> str:
    """The package directly below nnviz that a module stands in; "" for nnviz and its top modules."""
    _, *path = module.split(".")
    return path[0] if path and (ROOT / "nnviz" / path[0]).is_dir() else ""


def arrows_between_packages(graph: grimp.ImportGraph) -> Arrows:
    """(importer, imported) for every two packages of which one imports the other."""
    pairs = {
        (package_of(module), package_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return {(one, other) for one, other in pairs if one and other and one != other}


def reduced(arrows: Arrows) -> Arrows:
    """Without the arrows that a longer way over others implies: what is left is what has to be drawn."""
    below: dict[str, set[str]] = {}
    for one, other in arrows:
        below.setdefault(one, set()).add(other)

    def reachable(start: str) -> set[str]:
        return {start}.union(*(reachable(each) for each in below.get(start, ())))

    return {
        (one, other)
        for one, other in arrows
        if not any(other in reachable(via) for via in below[one] - {other})
    }


def test_the_picture_of_the_packages_is_the_one_that_the_imports_draw(graph: grimp.ImportGraph) -> None:
    lines = [f"    {one} --> {other}" for one, other in sorted(reduced(arrows_between_packages(graph)))]
    picture = "\n".join(["```mermaid", "graph TD", *lines, "```"])
    assert picture in WORDS, f"ARCHITECTURE.md should hold this picture:\n{picture}"


def test_every_package_is_described(graph: grimp.ImportGraph) -> None:
    packages = {package for module in graph.modules if (package := package_of(module))}
    described = set(re.findall(r"^\| `(\w+)` \|", WORDS, re.MULTILINE))
    assert packages <= described
    assert {name for name in described if (ROOT / "nnviz" / name).exists()} == described


def test_other_packages_use_only_the_modules_on_a_package_s_face(graph: grimp.ImportGraph) -> None:
    faces = {}
    for package in {package for module in graph.modules if (package := package_of(module))}:
        faces[package] = set(importlib.import_module(f"nnviz.{package}").__all__)
    hidden = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            package, path = package_of(imported), imported.split(".")
            other = package_of(module) != package or not package
            if package and other and len(path) > 2 and package != "ui" and path[2] not in faces[package]:
                hidden.add((module, imported))
    assert hidden == set()


def test_no_page_shows_an_error_s_words_as_markdown() -> None:
    raw = re.compile(
        r"st\.(error|warning|info|success|caption|markdown)\((str\(error\)|[\w.]+\.(message|note))\)"
    )
    shown = [*(ROOT / "nnviz" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    ours = {"how.note"}  # words of the app's own
    found = [
        f"{path.name}: {match[0]}"
        for path in shown
        for match in raw.finditer(path.read_text(encoding="utf-8"))
        if match[2] not in ours
    ]
    assert found == []
