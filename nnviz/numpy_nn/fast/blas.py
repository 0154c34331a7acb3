"""Matrix products and sums where the numbers are: BLAS without copies, on one thread, and no denormals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg.blas import get_blas_funcs
from threadpoolctl import ThreadpoolController

from nnviz.core.records import Array


def matmul_split(a: Array, b: Array, out: Array) -> Array:
    """Matrix product a @ b into `out`, which is returned.

    It is np.matmul, in two halves where that is a quarter faster.
    """
    n, inner = a.shape
    if _split_pays(n, inner, b.shape[1]):
        np.matmul(a.reshape(2, n // 2, inner), b, out=out.reshape(2, n // 2, -1))
        return out
    return np.matmul(a, b, out=out)


def _split_pays(n: int, inner: int, m: int) -> bool:
    """Whether (n, inner) @ (inner, m) is faster in two halves of n.

    Products of up to a million multiplications OpenBLAS makes without copying the matrices first. Batch 16
    and the report's first layer need 1.25 million; half of the rows at a time need few enough.
    """
    return 1_000_000 < n * inner * m <= 2_000_000 and n % 2 == 0


def subtract_product(w: Array, keep: float, inputs: Array, delta: Array) -> None:
    """Gradient step of a layer: w = keep * w - inputs.T @ delta, in place and in one pass over w.

    It is BLAS' gemm, handed everything transposed, as BLAS has columns where NumPy has rows.

    Parameters
    ----------
    w
        (a, b).
    keep
        What w is multiplied by first.
    inputs
        (n, a).
    delta
        (n, b).
    """
    gemm = _blas("gemm", w.dtype)
    n, rows = inputs.shape
    halves = (slice(0, rows // 2), slice(rows // 2, rows))
    for part in halves if _split_pays(rows, n, w.shape[1]) else (slice(rows),):
        gemm(-1.0, delta.T, inputs[:, part].T, keep, w[part].T, trans_b=True, overwrite_c=True)


def add_scaled(onto: Array, times: float, values: Array) -> None:
    """Add to a flat array: onto += times * values, in one pass and without a copy.

    Parameters
    ----------
    onto, values
        Flat arrays of one float type.
    """
    _blas("axpy", onto.dtype)(values, onto, a=times)


def flush_denormals(values: Array) -> None:
    """Set to 0 in place what no sum would notice.

    A weight of a pixel that is never inked only shrinks, and below 1e-38 the processor takes fifty times as
    long over every number.
    """
    values[np.abs(values) < 1e-20] = 0


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's matrix products on one thread: small ones are slower on several, far slower on busy machines.

    The same network is then also the same to the last bit, whatever the machine's number of cores.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache  # finding the libraries takes 4 ms
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def _blas(name: str, dtype: np.dtype[Any]) -> Any:
    """BLAS' function of that name for one float type; looking for it takes longer than a small product."""
    return get_blas_funcs(name, dtype=dtype)
