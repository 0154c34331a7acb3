"""The README and the picture of the house say what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HOUSE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
MODULES = sorted(
    path.stem if path.suffix else path.name
    for path in (ROOT / "nnviz").iterdir()
    if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
)
LINKS = sorted(set(re.findall(r"\]\(([^)#\s]+)", README)) - {""})


@pytest.mark.parametrize("link", [link for link in LINKS if "://" not in link])
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_the_library_is_on_the_map(module: str) -> None:
    assert re.search(rf"`{module}(\.py|/)`", HOUSE)


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "pages").glob("*.py")))
def test_a_page_is_described(page: str) -> None:
    assert f"pages/{page}" in README


def test_every_setting_by_environment_is_in_the_readme() -> None:
    sources = [ROOT / "Makefile", ROOT / "app.py"]
    for folder in ("nnviz", "pages", "benchmarks", "training"):
        sources += sorted((ROOT / folder).rglob("*.py"))
    used = {
        name
        for path in sources
        for name in re.findall(r"\bNNVIZ_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert "NNVIZ_HOME" in used
    assert not {name for name in used if f"`{name}`" not in README}


def test_every_library_that_the_app_installs_is_thanked() -> None:
    needed = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", needed, re.MULTILINE)
    assert "numpy" in names
    thanks = README.lower().partition("- built on")[2]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", thanks)] == []


@pytest.mark.parametrize("target", ["run", "test", "study", "bench", "train"])
def test_a_command_that_the_readme_gives_is_in_the_makefile(target: str) -> None:
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
