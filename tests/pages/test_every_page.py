"""Pages open cold, hold words and their order, and the first one needs no TensorFlow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


@every_page
def test_a_page_opens_cold(page: Path) -> None:
    run = AppTest.from_file(page, default_timeout=30).run()
    assert not run.exception
    assert not run.error, "a page opened for the first time has nothing to complain about"
    assert len(run.title) == 1


@every_page
def test_a_page_imports_nothing_to_compute_with(page: Path) -> None:
    nodes = list(ast.walk(ast.parse(page.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {"__future__", "inspect", "streamlit", "nnviz"}


def test_the_first_page_answers_without_tensorflow() -> None:
    # It costs seconds and hundreds of megabytes. In a process of its own, since others may have imported it.
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "assert not AppTest.from_file('app.py', default_timeout=60).run().exception\n"
        "assert 'nnviz.ui' in sys.modules\n"
        "print(sorted({'tensorflow', 'keras', 'torch', 'jax'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
