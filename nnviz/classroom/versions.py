"""Is there anything new in a class? The answer is at most a fifth of a second old."""

from __future__ import annotations

from nnviz.classroom.recent import Recently
from nnviz.history import classes

version = Recently(classes.version, seconds=0.2)  # of a class; None when it has ended
