"""The CNN page: maps, kernels, why this answer, kernel sizes side by side."""

__all__ = ["kernel_sizes", "lesson"]
