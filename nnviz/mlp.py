"""Another name of `nnviz.numpy_nn.MLPClassifier`."""

from nnviz.numpy_nn import MLPClassifier as MLPClassifier
