"""The command `nnviz`: what it hands on, to whom, and what it says when something is missing."""

from __future__ import annotations

import os
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

import nnviz
from nnviz import cli
from nnviz.core import blas, paths, secret_words

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server was told, after a command that starts the app: host, port, options."""
    words: list[str] = []
    own = SimpleNamespace(serve=lambda host, port, options: words.extend([host, port, *options]))
    monkeypatch.setattr(nnviz, "server", own, raising=False)
    for name in ("PORT", "HOST"):
        monkeypatch.delenv(name, raising=False)
    return words


def test_only_this_computer_is_served_unless_a_host_is_given(served: list[str]) -> None:
    assert cli.main(["run"]) == 0
    assert served == ["127.0.0.1", "8501"]


def test_the_environment_says_where_and_an_option_overrules_it(
    served: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("HOST", "0.0.0.0")
    cli.main(["run", "--port", "9002", "--server.headless", "true"])
    assert served == ["0.0.0.0", "9002", "--server.headless", "true"]


def test_a_class_s_teacher_is_told_the_key_and_nobody_is_who_serves_alone(
    served: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv(secret_words.KEY, raising=False)
    cli.main(["run"])
    assert capsys.readouterr().out == ""
    cli.main(["run", "--host", "0.0.0.0"])
    assert secret_words.teacher_key() in capsys.readouterr().out
    monkeypatch.setenv(secret_words.KEY, "open sesame")
    cli.main(["run", "--host", "0.0.0.0"])
    said = capsys.readouterr().out
    assert secret_words.KEY in said
    assert "sesame" not in said


def test_products_take_one_thread_unless_more_are_asked_for(
    served: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in blas.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    cli.main(["run"])
    assert [os.environ[name] for name in blas.THREADS] == ["4", "1", "1", "1"]


@pytest.mark.parametrize(("command", "package"), [("train", "training"), ("bench", "benchmarks")])
def test_a_program_gets_its_own_words(command: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{package}.__main__", SimpleNamespace(main=len))
    monkeypatch.setattr(sys, "path", sys.path.copy())
    assert cli.main([command, "one", "--help", "--two=3"]) == 3
    assert sys.path[0] == str(paths.root())


def test_a_missing_library_is_named_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setitem(sys.modules, "playwright", None)  # as if it were not installed
    for name in [name for name in sys.modules if name.startswith(("playwright.", "benchmarks."))]:
        monkeypatch.delitem(sys.modules, name)
    assert cli.main(["bench", "startup"]) == 1
    assert capsys.readouterr().err == "playwright is not installed: pip install 'nnviz[bench]'\n"


def test_a_fault_of_our_own_is_not_taken_for_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setitem(sys.modules, "training.__main__", None)
    with pytest.raises(ModuleNotFoundError, match=r"training\.__main__"):
        cli.main(["train"])


def test_what_is_installed_has_the_version_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"nnviz {project['version']}\n"
    assert version("nnviz") == project["version"]


def test_the_pad_becomes_a_file_and_what_cannot_be_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pad.html"
    assert cli.main(["pad", "--out", str(out), "--models", "mlp"]) == 0
    assert capsys.readouterr().out == f"{out}: {out.stat().st_size / 1e6:.2f} MB\n"
    assert out.read_bytes().startswith(b"<!doctype html>")
    assert cli.main(["pad", "--out", str(out), "--models", "../mlp"]) == 2
    assert capsys.readouterr().err.startswith("No model '../mlp'")
    assert cli.main(["pad", "--out", str(tmp_path / "no" / "pad.html")]) == 1
    assert "cannot be written: No such file or directory." in capsys.readouterr().err
