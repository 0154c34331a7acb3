"""What makes the shipped models; each module's `main()` makes one kind of them."""

from nnviz.core import blas

blas.set_up()  # before anything here imports NumPy
