"""House rules that no linter knows: pages open cold, home needs no TensorFlow, the project stays small."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
MEGABYTE = 2**20

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that belongs to the project, as Git knows them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a Git checkout: there is no telling what belongs to the project")
    names = listed.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def imports(source: Path) -> set[str]:
    """The packages that a Python file imports, anywhere in it, by their first names."""
    names = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@every_page
def test_a_page_opens_cold(page: Path) -> None:
    run = AppTest.from_file(page, default_timeout=30).run()
    assert not run.exception
    assert not run.error, "a page opened for the first time has nothing to complain about"
    assert len(run.title) == 1


@every_page
def test_a_page_holds_words_and_order_only(page: Path) -> None:
    assert imports(page) <= {"__future__", "inspect", "streamlit", "nnviz"}


def test_the_first_page_answers_without_tensorflow() -> None:
    # It costs seconds and hundreds of megabytes. In a process of its own, since others may have imported it.
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "assert not AppTest.from_file('app.py', default_timeout=60).run().exception\n"
        "assert 'nnviz.ui' in sys.modules\n"
        "print(sorted({'tensorflow', 'keras', 'torch', 'jax'} & set(sys.modules)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_file_says_where_packages_come_from(tracked: list[Path]) -> None:
    # Which registry, mirror or folder of wheels is used is the business of the machine. The names are put
    # together here, or this file would be the one that names them.
    hosts = ["py" + "pi.org", "python" + "hosted", "npm" + "js", "conda" + ".anaconda", "unpkg" + ".com"]
    options = ["index-url", "extra-index", "find-links", "trusted-host"]
    forbidden = re.compile("|".join([*map(re.escape, hosts), *(f"--{option}" for option in options)]))
    naming = [
        path.relative_to(ROOT) for path in tracked if forbidden.search(path.read_bytes().decode("latin-1"))
    ]
    assert not naming


def test_what_is_installed_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
        assert wanted
        assert not [line for line in wanted if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", line)]


def test_what_the_library_imports_is_listed() -> None:
    # What only comes along with something else may go away with it.
    listed = set(
        re.findall(r"^([\w.-]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )
    distributions = packages_distributions()
    sources = [*PAGES, *sorted((ROOT / "nnviz").rglob("*.py")), *sorted((ROOT / "training").rglob("*.py"))]
    imported = set().union(*map(imports, sources)) - set(sys.stdlib_module_names) - {"nnviz", "training"}
    assert imported
    assert not {name for name in imported if not listed & {each.lower() for each in distributions[name]}}


def test_the_project_stays_small_enough_to_clone_in_a_classroom(tracked: list[Path]) -> None:
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in tracked}
    assert not {path: size for path, size in sizes.items() if size > 5 * MEGABYTE}
    assert sum(sizes.values()) < 40 * MEGABYTE


def test_nothing_is_ever_unpickled(tracked: list[Path]) -> None:
    unpickling = re.compile(r"allow_pickle\s*=\s*True|\b(c?pickle|cloudpickle|joblib|dill)\.loads?\(")
    code = [path for path in tracked if path.suffix == ".py" and "tests" not in path.relative_to(ROOT).parts]
    assert code
    assert not [
        path.relative_to(ROOT) for path in code if unpickling.search(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^make test\b", script.read_text(encoding="utf-8"), re.MULTILINE)
