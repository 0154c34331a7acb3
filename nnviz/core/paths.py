"""Where things live on disk: what the project ships, and what belongs to the user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_app"  # where a wheel has what lies beside the package in a checkout
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def home() -> Path:
    """The user's folder for data, models and runs: `NNVIZ_HOME` or the platform's place; made if missing."""
    folder = Path(os.environ.get("NNVIZ_HOME") or platformdirs.user_data_dir("nnviz", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
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
