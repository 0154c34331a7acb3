"""The server stays light: no page and no tab has it import what only workers need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from nnviz.core import kinds
from nnviz.experiments.studies import OFFERED
from tests.pages.test_every_page import PAGES, ROOT, SECTIONS
from tests.processes import unwatched

HEAVY = {"jax", "keras", "pandas", "pyarrow", "scipy", "sklearn", "tensorflow", "torch", "umap"}


def opened(path: Path, section: str = "", tab: str = "", **address: str) -> AppTest:
    """The page at that address, that tab of it open."""
    app = AppTest.from_file(path, default_timeout=120)
    if section:
        app.session_state[section] = tab
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, (path, tab, address)
    return app


def walk() -> None:
    """Open every page, each of its tabs, and each experiment of the report, in this process."""
    for path in PAGES:
        address = {"runs": "mlp,mlp_study"} if path.stem == "6_Compare" else {}
        section = {"6_Compare": "compare_section", **SECTIONS}.get(path.stem, "")
        for tab in [tab.label for tab in opened(path, **address).tabs] if section else []:
            opened(path, section, tab, **address)
    for name in OFFERED:
        opened(ROOT / "pages" / "4_Experiments.py", study=name)
    for kind in kinds.KINDS:
        app = AppTest.from_file(ROOT / "pages" / "4_Experiments.py", default_timeout=60)
        app.query_params["study"] = "own"
        app.session_state["own_kind"] = kind
        assert not app.run().exception
    print("walked", *sorted(HEAVY & set(sys.modules)))


def test_no_page_or_tab_imports_what_only_workers_need(tmp_path: Path) -> None:
    # In a process of its own, since this one has imported all of them.
    done = subprocess.run(
        [sys.executable, "-c", "from tests.pages import test_light; test_light.walk()"],
        cwd=ROOT,
        env=unwatched(NNVIZ_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "walked"
