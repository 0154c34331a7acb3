"""A landscape of losses: how wrong a network would be with other weights, along a line or on a plane."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.core import csv_text
from nnviz.core.records import Array

CORNERS = "corners"  # of a track: the networks that span the line or plane


@dataclass(frozen=True, eq=False)
class Track:
    """Networks one after the other, seen on a line or plane.

    Attributes
    ----------
    name
        Of an optimizer, "training", or CORNERS.
    steps
        (n,) int64, epochs or steps; of corners their place.
    points
        (n, 2) float64, where they are; on a line the second number is 0.
    losses
        (n,) float64 of the networks themselves, which may lie off the plane; not a number while unknown.
    """

    name: str
    steps: Array
    points: Array
    losses: Array


@dataclass(frozen=True, eq=False)
class Landscape:
    """Losses, and where networks are among them.

    Attributes
    ----------
    xs, ys
        (w,), (h,) float64; ys is empty on a line.
    losses
        (h, w) float64, (1, w) on a line; not finite where the network's numbers become too large.
    tracks
        What lies on it.
    explained
        (2,) float64, which part of the tracks' movement goes along each axis; empty where the plane was not
        chosen by it.
    accuracies
        (tracks,) float64, of a race: which part of held-back digits each reads right at the end, else empty.
    seconds
        That finding it took.
    """

    xs: Array
    ys: Array
    losses: Array
    tracks: tuple[Track, ...]
    explained: Array
    accuracies: Array
    seconds: float = 0.0

    @property
    def on_a_line(self) -> bool:
        """Whether it is a line, and not a plane."""
        return len(self.ys) == 0


def to_csv(found: Landscape) -> str:
    """Every place as a row: of the grid first, then of the tracks."""
    grid = [
        ("grid", "", x, y, loss)
        for y, row in zip(found.ys.tolist() or [0.0], found.losses.tolist(), strict=True)
        for x, loss in zip(found.xs.tolist(), row, strict=True)
    ]
    tracks = [
        (track.name, step, *point, loss)
        for track in found.tracks
        for step, point, loss in zip(
            track.steps.tolist(), track.points.tolist(), track.losses.tolist(), strict=True
        )
    ]
    return csv_text.written(("of", "step", "x", "y", "loss"), [*grid, *tracks])
