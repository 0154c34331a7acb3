"""What a teacher sends to all screens of a class, and the question of each whether there is anything."""

from __future__ import annotations

from nnviz.classroom.recent import Recently
from nnviz.history import class_pushes
from nnviz.history.class_pushes import Push, push

pushed = Recently(class_pushes.pushed, seconds=0.3)  # what was sent last to a class, or None

__all__ = ["Push", "push", "pushed"]
