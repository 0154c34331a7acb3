"""A wheel, installed where the repository is not: every command works, and the pad reads what is drawn."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.acting import draw, opened
from tests.browser.serving import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Python runs this before anything else. Libraries may lie below the repository, in its .venv; nothing else
# there may be opened, listed or imported.
WITNESS = """
import os, sys

def hear(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        if (path + os.sep).startswith({root!r} + os.sep) and not path.startswith({libraries!r}):
            os.write(log, (path + "\\n").encode())

log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
sys.addaudithook(hear)
"""


@dataclass(frozen=True)
class Installation:
    """An environment with the wheel in it. nnviz: its command; elsewhere: an empty folder; log: what was
    opened of the repository."""

    folder: Path
    nnviz: Path
    python: Path
    elsewhere: Path
    log: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*map(str, command)], cwd=self.elsewhere, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The wheel of this repository in an environment of its own, which borrows the libraries of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    environment, elsewhere, log = folder / "environment", folder / "elsewhere", folder / "opened.log"
    elsewhere.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        done = [
            subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
            for command, cwd in (
                ([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], ROOT),
                ([sys.executable, "-m", "venv", "--without-pip", environment], folder),
            )
        ]
        assert not any(each.returncode for each in done), done
        (wheel,) = folder.glob("*.whl")
        scripts = environment / ("Scripts" if os.name == "nt" else "bin")
        python = scripts / ("python.exe" if os.name == "nt" else "python")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index"]
        subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
        there = subprocess.run(
            [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        )
        # A line of a .pth file is a folder to import from whose own .pth files do not count: the libraries,
        # without the checkout that is installed beside them.
        libraries = sysconfig.get_path("purelib")
        packages = Path(there.stdout.strip())
        (packages / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
        witness = WITNESS.format(root=str(ROOT), libraries=libraries, log=str(log))
        (packages / "sitecustomize.py").write_text(witness, encoding="utf-8")
        yield Installation(environment, scripts / "nnviz", python, elsewhere, log)


@pytest.mark.slow
def test_the_command_works_from_any_folder(installed: Installation) -> None:
    assert installed.run(installed.nnviz, "--version").stdout == "nnviz 0.1.0\n"
    assert "--only" in installed.run(installed.nnviz, "study", "--help").stdout
    refused = installed.run(installed.nnviz, "train", "nothing")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "choose from: mlp, cnn, cnn_best, autoencoder" in refused.stderr
    assert not installed.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "option"), [("pad", "--help"), ("reading", "--help"), ("startup", "--runs=1")]
)
def test_measurements_with_a_browser_come_along(installed: Installation, name: str, option: str) -> None:
    told = installed.run(installed.nnviz, "bench", name, option)
    assert told.returncode == 0, told.stderr
    assert f"== {name} ==" in told.stdout
    assert not installed.log.read_text(encoding="utf-8")


def test_workers_find_the_installed_package(installed: Installation) -> None:
    program = """
from nnviz.jobs.cluster import Cluster

def where():
    import nnviz.trainers.base
    return nnviz.trainers.base.__file__

cluster = Cluster(lambda event: None)
print(*set(cluster.client().run(where).values()), sep="\\n")
cluster.close()
"""
    told = installed.run(installed.python, "-c", program)
    assert told.returncode == 0, told.stderr
    assert [Path(line).is_relative_to(installed.folder) for line in told.stdout.splitlines()] == [True]
    assert not installed.log.read_text(encoding="utf-8")


def test_the_pad_reads_what_is_drawn(
    installed: Installation, make_server: Callable[..., Server], page: Page
) -> None:
    server = make_server(nnviz=[installed.nnviz], folder=installed.elsewhere)
    draw(opened(page, server.url), 0)
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 0"]').wait_for()
    # Streamlit's settings came along too: the theme's type.
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "18px"
    for name in ("MLP", "CNN", "Autoencoder", "Experiments", "History", "Compare"):
        opened(page, f"{server.url}/{name}").get_by_role("heading", level=1).wait_for()
    assert not installed.log.read_text(encoding="utf-8")
