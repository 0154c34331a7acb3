"""Without a browser the browser tests fail and say why; nothing is skipped or worked around."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser import finding

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")


def stand_in(path: Path, code: int) -> Path:
    """A program that starts, says something and ends with `code`."""
    path.write_text(f"#!/bin/sh\necho Chromium 1.2.3\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def a_machine_without_browsers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NNVIZ_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finding, "playwrights_own", lambda: tmp_path / "none")
    monkeypatch.setattr(finding, "_is_root", lambda: False)


def test_the_browser_asked_for_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path / "chromium", 0)
    asked_for = stand_in(tmp_path / "my-browser", 0)
    monkeypatch.setenv("NNVIZ_BROWSER", str(asked_for))
    assert finding.find() == asked_for


@pytest.mark.parametrize("wrong", ["missing", "broken"])
def test_a_wrong_browser_asked_for_is_an_error_even_if_there_is_another(
    wrong: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(tmp_path / "chromium", 0)
    stand_in(tmp_path / "broken", 1)
    monkeypatch.setenv("NNVIZ_BROWSER", wrong)
    with pytest.raises(finding.NoBrowser, match=f"NNVIZ_BROWSER is '{wrong}'"):
        finding.find()


def test_a_program_of_the_right_name_that_does_not_start_is_passed_over(tmp_path: Path) -> None:
    stand_in(tmp_path / "chromium", 1)
    chrome = stand_in(tmp_path / "google-chrome", 0)
    assert finding.find() == chrome


def test_playwrights_own_browser_is_found_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = stand_in(tmp_path / "own", 0)
    monkeypatch.setattr(finding, "playwrights_own", lambda: own)
    assert finding.find() == own
    chromium = stand_in(tmp_path / "chromium", 0)
    assert finding.find() == chromium


def test_what_cannot_be_installed_ends_in_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = []
    monkeypatch.setattr(finding, "_run", lambda command: tried.append(command[-1]))
    assert finding.main(["--install"]) == 1
    assert tried == ["chromium"]  # by Playwright; apt-get is for root
    assert capsys.readouterr().err.splitlines()[-1] == finding.WHAT_TO_DO


def test_debians_browser_is_installed_when_playwright_has_none_for_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(tmp_path / "apt-get", 0)
    monkeypatch.setattr(finding, "_is_root", lambda: True)
    commands = []

    def run(command: list[str]) -> bool:
        commands.append(command)
        if command[:2] == ["apt-get", "install"]:
            stand_in(tmp_path / "chromium", 0)
        return command[0] == "apt-get"

    monkeypatch.setattr(finding, "_run", run)
    assert finding.install() == tmp_path / "chromium"
    assert [command[1] for command in commands if command[0] == "apt-get"] == ["update", "install"]
