"""Where things live on disk: what the project ships, and what belongs to the user."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path

import platformdirs

HOME = "NNVIZ_HOME"
_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_app"  # where a wheel has what lies beside the package in a checkout
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def home() -> Path:
    """The user's folder for data, models and runs: `NNVIZ_HOME` or the platform's place; made if missing.

    Where it cannot be made, it is one for the time being, and `trouble` says so.
    """
    return _made(os.environ.get(HOME, ""))[0]


def trouble() -> str:
    """Why the user's folder is not where it should be, and what to do, in a sentence; "" where it is."""
    return _made(os.environ.get(HOME, ""))[1]


def _made(told: str) -> tuple[Path, str]:
    folder, why = _wanted(told)
    if not why:
        try:
            if not folder.is_dir():  # asked many times a second
                folder.mkdir(parents=True, exist_ok=True)
            return folder, ""
        except OSError as error:
            why = error.strerror or str(error)
    from nnviz.core.words import say  # which has to know where the texts are

    instead = _for_the_time_being()
    return instead, say(
        "The folder {folder} cannot be made ({why}). All is kept in {instead} for the time being: set "
        "{setting} to a folder that can be written to.",
        folder=folder,
        why=why,
        instead=instead,
        setting=HOME,
    )


def _wanted(told: str) -> tuple[Path, str]:
    """The folder that is asked for, and why it cannot be told where that is."""
    try:
        if told:
            return Path(told).expanduser(), ""
        return Path(platformdirs.user_data_dir("nnviz", appauthor=False)), ""
    except (RuntimeError, KeyError) as error:  # a user whom the system has no home of
        return Path(told or "~"), str(error)


@lru_cache(maxsize=1)
def _for_the_time_being() -> Path:
    """The same folder for every process of this user, and nobody else's."""
    user = os.getuid() if hasattr(os, "getuid") else "own"
    folder = Path(tempfile.gettempdir()) / f"nnviz-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if folder.is_symlink() or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
            raise FileExistsError
    except OSError:  # somebody else has a folder, or a file, of that name
        return Path(tempfile.mkdtemp(prefix="nnviz-"))
    return folder


def root() -> Path:
    """The project's own folder, where app.py and pages/ are."""
    return _ROOT


def shipped() -> Path:
    """The models that come with the project."""
    return _ROOT / "models"


def assets() -> Path:
    """The pages' prose and the report's figures."""
    return _ROOT / "assets"
