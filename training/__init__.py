"""What makes the shipped models; each module's `main()` makes one kind of them."""

from nnviz.core import blas

blas.set_up()  # before anything here imports NumPy

SNAPSHOT_BYTES = 3_000_000  # of a shipped network's snapshots: everybody who installs the app has them
THREADS = 2  # that Keras has, on however many cores: another number might come to other weights
