"""One recipe in a process of its own: what `training.__main__` starts, in a module that it can name there."""

from __future__ import annotations

import importlib
import sys

from nnviz.data.mnist import DataError


def make(name: str) -> None:
    """What `training.<name>` makes; where digits have to be put there first, a sentence that ends it."""
    sys.argv = [f"training.{name}"]
    try:
        importlib.import_module(f"training.{name}").main()
    except (DataError, FileNotFoundError) as error:
        sys.exit(str(error))
