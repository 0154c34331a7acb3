"""A program's cells as the two files that can be taken away: a notebook, and a script of the same cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Cell:
    """A piece of a program.

    Attributes
    ----------
    kind
        Prose in Markdown, or Python.
    text
        Of it.
    """

    kind: Literal["markdown", "code"]
    text: str


def script(cells: Sequence[Cell]) -> str:
    """The cells as one Python file, in the form that editors show as cells (`# %%`)."""
    parts = []
    for cell in cells:
        if cell.kind == "code":
            parts.append(f"# %%\n{cell.text}\n")
        else:
            # Whatever may end a line starts a comment again: prose never becomes code.
            lines = (f"# {line}".rstrip() for line in cell.text.splitlines())
            parts.append("\n".join(["# %% [markdown]", *lines, ""]))
    return "\n".join(parts)


def notebook(cells: Sequence[Cell]) -> str:
    """The cells as a Jupyter notebook, checked against its schema."""
    import nbformat  # late: it comes with a schema validator that no page needs

    made: dict[str, Any] = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "cells": [
            {
                "id": f"cell-{number}",  # the same training makes the same file
                "cell_type": cell.kind,
                "metadata": {},
                "source": cell.text,
                **({"outputs": [], "execution_count": None} if cell.kind == "code" else {}),
            }
            for number, cell in enumerate(cells)
        ],
    }
    nbformat.validate(made)
    return json.dumps(made, indent=1)
