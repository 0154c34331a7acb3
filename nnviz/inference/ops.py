"""What a convolution does, in NumPy: every place of the picture becomes a row, and one product does it all.

Pictures are (n, height, width, channels) float32, kernels (height, width, channels in, channels out), as
Keras has them. `convolve` and its companions are the whole arithmetic of such networks.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnviz.core.records import Array

Pair = tuple[int, int]


def convolve(
    x: Array, kernel: Array, bias: Array | None = None, strides: Pair = (1, 1), padding: str = "valid"
) -> Array:
    """A convolution, nothing done to the sums yet.

    Strictly this is a correlation: the kernel is not turned. Each window of kh x kw x c numbers becomes a row
    (im2col [1]_), each kernel a column, and their products a matrix product.

    Parameters
    ----------
    x
        (n, h, w, c).
    kernel
        (kh, kw, c, f).
    padding
        "valid" stays within the picture, "same" adds zero around it: h' is h / stride, rounded up.

    Returns
    -------
    Array
        (n, h', w', f).

    References
    ----------
    .. [1] Chellapilla, Puri, Simard 2006.
    """
    kh, kw, channels, filters = kernel.shape
    places = windows(x, (kh, kw), strides, padding)  # (n, h', w', c, kh, kw)
    n, rows, columns = places.shape[:3]
    laid_out = places.transpose(0, 1, 2, 4, 5, 3).reshape(n * rows * columns, kh * kw * channels)
    sums = laid_out @ kernel.reshape(-1, filters)
    if bias is not None:
        sums += bias
    return sums.reshape(n, rows, columns, filters)


def convolve_each(
    x: Array, kernel: Array, bias: Array | None = None, strides: Pair = (1, 1), padding: str = "valid"
) -> Array:
    """Depthwise convolution: every channel with kernels of its own.

    Parameters
    ----------
    kernel
        (kh, kw, c, m).

    Returns
    -------
    Array
        (n, h', w', c * m).
    """
    kh, kw, channels, several = kernel.shape
    places = windows(x, (kh, kw), strides, padding)
    sums: Array = np.einsum("nrscij,ijcm->nrscm", places, kernel, optimize=True)
    sums = sums.reshape(*sums.shape[:3], channels * several)
    return sums if bias is None else sums + bias


def convolve_back(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    strides: Pair = (1, 1),
    padding: str = "valid",
    size: Pair | None = None,
) -> Array:
    """Transposed convolution, nothing done to the sums yet.

    Every number of the picture draws its kernel, that many times as strong, and where drawings overlap they
    add up. [1]_

    Parameters
    ----------
    x
        (n, h, w, c).
    kernel
        (kh, kw, f, c).
    padding
        "valid" keeps all that was drawn, "same" cuts the edges to h' = h * stride.
    size
        h' and w', where they are others.

    Returns
    -------
    Array
        (n, h', w', f).

    References
    ----------
    .. [1] Dumoulin and Visin 2016, chapter 4.
    """
    kh, kw, filters, channels = kernel.shape
    n, height, width = x.shape[:3]
    down, right = strides
    drawings = x.reshape(-1, channels) @ kernel.reshape(-1, channels).T
    drawings = drawings.reshape(n, height, width, kh, kw, filters)
    high, wide = (height - 1) * down + max(kh, down), (width - 1) * right + max(kw, right)
    if size is None:
        size = (height * down, width * right) if padding == "same" else (high, wide)
    top = max((height - 1) * down + kh - size[0], 0) // 2 if padding == "same" else 0
    left = max((width - 1) * right + kw - size[1], 0) // 2 if padding == "same" else 0
    whole = np.zeros((n, max(high, top + size[0]), max(wide, left + size[1]), filters), x.dtype)
    for i in range(kh):
        for j in range(kw):
            whole[:, i : i + height * down : down, j : j + width * right : right] += drawings[:, :, :, i, j]
    whole = whole[:, top : top + size[0], left : left + size[1]]
    return whole if bias is None else whole + bias


def pool_most(x: Array, size: Pair = (2, 2), strides: Pair | None = None, padding: str = "valid") -> Array:
    """The greatest of each window, channel by channel: (n, h, w, c) -> (n, h', w', c)."""
    strides = strides or size
    if padding == "valid" and strides == size:
        # A picture of every place within the windows, and the greatest of those: several times faster.
        rows, columns = x.shape[1] // size[0] * size[0], x.shape[2] // size[1] * size[1]
        corners = [
            x[:, i : rows : size[0], j : columns : size[1]] for i in range(size[0]) for j in range(size[1])
        ]
        greatest = corners[0].copy()
        for corner in corners[1:]:
            np.maximum(greatest, corner, out=greatest)
        return greatest
    return np.asarray(windows(x, size, strides, padding, outside=-np.inf).max(axis=(4, 5)))


def pool_mean(x: Array, size: Pair = (2, 2), strides: Pair | None = None, padding: str = "valid") -> Array:
    """The mean of each window, of what lies within the picture: (n, h, w, c) -> (n, h', w', c)."""
    strides = strides or size
    total: Array = windows(x, size, strides, padding).sum(axis=(4, 5))
    count: Array = windows(np.ones_like(x[:1, :, :, :1]), size, strides, padding).sum(axis=(4, 5))
    return total / count


def normalise(
    x: Array, gamma: Array | None, beta: Array | None, mean: Array, variance: Array, epsilon: float
) -> Array:
    """Batch normalisation after training: a factor and a summand a channel [1]_.

    References
    ----------
    .. [1] Ioffe and Szegedy 2015.
    """
    factor = 1 / np.sqrt(variance + np.float32(epsilon))
    if gamma is not None:
        factor = factor * gamma
    shift = -mean * factor if beta is None else beta - mean * factor
    return x * factor + shift


def windows(x: Array, size: Pair, strides: Pair, padding: str, outside: float = 0.0) -> Array:
    """Every window of the picture, without copying it: (n, h', w', c, kh, kw)."""
    if padding == "same":
        around = [edges(n, k, s) for n, k, s in zip(x.shape[1:3], size, strides, strict=True)]
        x = np.pad(x, ((0, 0), *around, (0, 0)), constant_values=outside)
    return sliding_window_view(x, size, axis=(1, 2))[:, :: strides[0], :: strides[1]]


def edges(length: int, kernel: int, stride: int) -> Pair:
    """How much "same" adds before and after, TensorFlow's way: what is odd goes to the end."""
    total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2
