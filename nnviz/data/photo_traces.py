"""What the paper's lines leave on a sheet of digits: thin pieces, and bridges from digit to digit.

They are told by their thickness. Where the strokes of most digits are thicker, what is thin and stands alone
is no ink, and neither are the thin ends that reach beyond a patch's thick strokes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from nnviz.core.records import Array

_TRACE = 0.004  # of the longer side: what a line leaves is no thicker
_HIGH = 0.5  # of the usual height: what is lower does not tell how thick strokes are


def taken_away(labels: Array, boxes: Sequence[tuple[slice, slice]], usual: float) -> Array:
    """(h, w) bool: the ink without what the paper's lines have left.

    Parameters
    ----------
    labels
        (h, w) int, numbers of patches of ink, from 1.
    boxes
        Where each is.
    usual
        The usual height of the digits.
    """
    ink: Array = labels > 0
    thin = max(3, round(_TRACE * max(labels.shape)))
    thick = [ndimage.binary_opening(ink, np.ones(side)) for side in ((thin + 1, 1), (1, thin + 1))]
    depths = np.array(
        ndimage.maximum(
            ndimage.distance_transform_edt(np.pad(ink, 1))[1:-1, 1:-1], labels, range(1, len(boxes) + 1)
        )
    )
    high = np.array([rows.stop - rows.start > _HIGH * usual for rows, _ in boxes])
    if not high.any() or np.quantile(depths[high], 0.75) <= (thin + 1) / 2:
        return ink  # lines that cannot be told from strokes
    for number, (box, depth) in enumerate(zip(boxes, depths, strict=True), 1):
        own = labels[box] == number
        if min(own.shape) <= thin:
            ink[box] &= ~own
        elif depth > (thin + 1) / 2:
            columns = ndimage.binary_dilation((own & thick[0][box]).any(axis=0))
            rows = ndimage.binary_dilation((own & thick[1][box]).any(axis=1))
            ink[box] &= ~(own & ~(columns[None, :] & rows[:, None]))
    return ink
