"""What the package shows to others, and what it costs to look."""

from __future__ import annotations

import subprocess
import sys

import nnviz.mlp
import nnviz.numpy_nn
from nnviz.numpy_nn.classifier import MLPClassifier


def test_the_classifier_goes_by_both_names() -> None:
    assert nnviz.numpy_nn.MLPClassifier is nnviz.mlp.MLPClassifier is MLPClassifier
    assert not hasattr(nnviz.numpy_nn, "Perceptron")


def test_activations_and_inference_are_had_without_scikit_learn_and_scipy_s_functions() -> None:
    script = """
import sys
from nnviz.inference import browser, graph
from nnviz.model_store import formats
from nnviz.numpy_nn import activations
print(sorted({"sklearn", "scipy.special", "tensorflow"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
