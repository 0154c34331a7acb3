"""The project as a whole: what it needs is declared and pinned, its documents lead somewhere, it is small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
APP = [Requirement(line) for line in PROJECT["dependencies"]]
DEV = [
    requirement
    for extra in ("bench", "dev")
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra])
    if requirement.name != PROJECT["name"]
]
PINNED = {"requirements.txt": APP, "requirements-dev.txt": APP + DEV}
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that belongs to the project, as Git knows them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a Git checkout: there is no telling what belongs to the project")
    names = listed.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def pins(name: str) -> list[tuple[Requirement, list[str]]]:
    """Every line of a requirements file, with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    parts = [line.split("--hash=") for line in lines]
    return [(Requirement(first), [each.strip() for each in hashes]) for first, *hashes in parts]


def imports(sources: Iterable[Path]) -> set[str]:
    """The packages that Python files import, anywhere in them, by their first names."""
    names = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("name", PINNED)
def test_what_is_installed_is_pinned_and_known_by_its_hash(name: str) -> None:
    for requirement, hashes in pins(name):
        assert [each.operator for each in requirement.specifier] == ["=="], requirement
        assert requirement.url is None
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("name", PINNED)
def test_every_dependency_has_one_pin_in_its_range(name: str, python: str, platform: str) -> None:
    here = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[platform],
        "os_name": "nt" if platform == "win32" else "posix",
    }
    found = [pin for pin, _ in pins(name) if pin.marker is None or pin.marker.evaluate(here)]
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in found}
    assert len(versions) == len(found), "one version of each"
    for wanted in PINNED[name]:
        assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), wanted


@pytest.mark.parametrize(
    ("folders", "declared"),
    [(("nnviz", "pages", "training"), APP), (("benchmarks", "deploy", "tests"), APP + DEV)],
    ids=["app", "development"],
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], declared: list[Requirement]) -> None:
    # What only comes along with something else may go away with it.
    sources = [ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    ours = {"nnviz", "training", "benchmarks", "deploy", "tests"}
    imported = imports(sources) - set(sys.stdlib_module_names) - ours
    assert "numpy" in imported
    names = {canonicalize_name(requirement.name) for requirement in declared}
    there = packages_distributions()  # what is not installed is called as it is imported
    assert not {
        name for name in imported if not names & {canonicalize_name(each) for each in there.get(name, [name])}
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_links_of_a_document_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_the_project_stays_small_enough_to_clone_in_a_classroom(tracked: list[Path]) -> None:
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in tracked}
    assert not {path: size for path, size in sizes.items() if size > 5 * MEGABYTE}
    assert sum(sizes.values()) < 40 * MEGABYTE
