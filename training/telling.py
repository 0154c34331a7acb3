"""What a training says of itself on the terminal."""

from __future__ import annotations

from nnviz.core.records import Epoch


class Telling:
    """Prints every epoch; stops nothing."""

    def epoch(self, epoch: Epoch) -> bool:
        """A line with what the epoch ended with."""
        print(
            f"  epoch {epoch.number:3}: training {epoch.accuracy:.4f}, "
            f"validation {epoch.validation_accuracy or 0:.4f}, {epoch.seconds:.0f} s",
            flush=True,
        )
        return False

    def batch(self, done: int, total: int) -> bool:
        """Nothing to say between epochs."""
        return False
