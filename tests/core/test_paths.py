"""Where things are kept: wherever the user says, and somewhere else where that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnviz.core import paths


@pytest.fixture(autouse=True)
def for_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is temporary, in which nothing is as yet."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(paths.tempfile, "tempdir", str(folder))
    monkeypatch.setattr(paths, "_for_the_time_being", paths._for_the_time_being.__wrapped__)
    return folder


def test_a_home_is_made_where_it_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "deep" / "down"))
    assert paths.home() == tmp_path / "deep" / "down"
    assert paths.home().is_dir()
    assert paths.trouble() == ""


def test_a_tilde_is_the_user_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("NNVIZ_HOME", "~/digits")
    assert paths.home() == tmp_path / "digits"


@pytest.mark.parametrize("what", ["below a file", "of nobody's"])
def test_where_it_cannot_be_made_there_is_one_for_the_time_being_and_a_sentence(
    what: str, for_now: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    told = {"below a file": str(tmp_path / "file" / "home"), "of nobody's": "~nobody-of-that-name/home"}[what]
    monkeypatch.setenv("NNVIZ_HOME", told)
    found = paths.home()
    assert found.parent == for_now
    assert found == paths.home(), "all processes of a user share it"
    assert (found.stat().st_mode & 0o077) == 0 or not hasattr(paths.os, "getuid")
    assert told in paths.trouble()
    assert str(found) in paths.trouble()
    assert "set NNVIZ_HOME to a folder that can be written to." in paths.trouble()


@pytest.mark.skipif(not hasattr(paths.os, "getuid"), reason="there are no users of that kind")
def test_a_link_that_somebody_else_has_laid_is_not_followed(
    for_now: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (for_now / f"nnviz-{paths.os.getuid()}").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "file" / "home"))
    assert not paths.home().is_symlink()
    assert paths.home().parent == for_now
