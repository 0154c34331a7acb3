"""What makes the shipped models; each module's `main()` makes one kind of them."""

from nnviz.core import blas

blas.set_up()  # before anything here imports NumPy

# That Keras has here, on however many cores: sums are added up in parts, one a thread, and other parts would
# come to other weights.
THREADS = 2
