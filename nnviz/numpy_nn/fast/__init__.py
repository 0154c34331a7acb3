"""The arithmetic of `backprop` and `optimizers` for speed: one flat vector, BLAS in place, no copies."""

from nnviz.numpy_nn.fast.blas import flush_denormals, matmul_split, one_blas_thread
from nnviz.numpy_nn.fast.parameters import Parameters
from nnviz.numpy_nn.fast.propagation import backward, forward
from nnviz.numpy_nn.fast.steps import FAST_SOLVERS, FastAdam, FastSGD, FastSolver

__all__ = [
    "FAST_SOLVERS",
    "FastAdam",
    "FastSGD",
    "FastSolver",
    "Parameters",
    "backward",
    "flush_denormals",
    "forward",
    "matmul_split",
    "one_blas_thread",
]
