"""What every test may count on: one BLAS thread, a home that is not the user's, repeatable examples."""

from __future__ import annotations

import functools
import os
import sys

from nnviz.core import blas

blas.set_up()  # before NumPy is imported

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from nnviz.core.records import Array

pytest_plugins = ["tests.postgres"]
ROOT = Path(__file__).resolve().parent.parent
BESIDE = ROOT.parent / "shared" / "data"

if "NNVIZ_DATA" not in os.environ and (BESIDE / "mnist.npz").is_file():
    os.environ["NNVIZ_DATA"] = str(BESIDE)

# No test is decided by a clock; and in CI the same examples are tried every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

Digits = tuple[Array, Array]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser tests come last: what is quick to fail, fails first. Among them, and among the others, the
    files with the most slow tests come first, so that no core waits at the end for what the other has begun.
    """
    browser = {item.path for item in items if item.get_closest_marker("browser")}
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: (item.path in browser, -slow[item.path]))


@pytest.fixture(scope="session", autouse=True)
def nnviz_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder for this run of the tests, so that none reads or writes the user's own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNVIZ_HOME", str(home))
        yield home


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit looks through every installed package for components, for each page that a test opens: that
    took longer than the pages. What is installed does not change meanwhile, so it is asked once.
    """
    if "streamlit.testing.v1" not in sys.modules:  # these tests open no page
        yield
        return
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: list(once()))
        yield


@pytest.fixture(scope="session")
def full_mnist() -> tuple[Digits, Digits]:
    """((x_train, y_train), (x_test, y_test)): 60,000 and 10,000 images (n, 28, 28), labels (n,), uint8."""
    path = Path(os.environ.get("NNVIZ_DATA", "")) / "mnist.npz"
    if not path.is_file():
        pytest.skip("the full MNIST is not here: set NNVIZ_DATA to the folder of mnist.npz")
    with np.load(path, allow_pickle=False) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
