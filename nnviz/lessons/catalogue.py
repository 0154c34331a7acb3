"""The lessons that come with the app, `assets/lessons/*.md`, in the order of their names."""

from __future__ import annotations

from functools import cache

from nnviz.core import paths, words
from nnviz.lessons.lesson import Lesson
from nnviz.lessons.parsing import parse


@cache
def shipped() -> tuple[Lesson, ...]:
    """All of them: "1-first-digit.md" is called "first-digit"."""
    names = sorted(path.name for path in (paths.assets() / "lessons").glob("*.md"))
    return tuple(parse(words.read(f"lessons/{name}"), name[2:].removesuffix(".md")) for name in names)
