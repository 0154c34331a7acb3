"""What is made small in training: the cross-entropy of a softmax, and its gradient."""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array


class SoftmaxCrossEntropy:
    """Mean of -log p(label), where the probabilities p are the softmax of the last layer's sums."""

    def forward(self, logits: Array, labels: Array) -> float:
        """(n, k) logits and (n,) labels in 0..k-1 -> the loss in nats."""
        self.probabilities = softmax(logits)
        self.targets: Array = np.eye(logits.shape[1], dtype=logits.dtype)[labels]  # 1 at the true label
        return cross_entropy(logits, labels)

    def backward(self) -> Array:
        """(n, k) gradient of the loss in the logits: what was said less what is true, a digit's share."""
        return (self.probabilities - self.targets) / len(self.targets)


def softmax(logits: Array, out: Array | None = None) -> Array:
    """(..., k) logits -> (..., k) probabilities, rows sum to 1.

    The largest logit of a row is taken off first, so that exp never overflows: the ratio stays the same.

    Parameters
    ----------
    out
        Where to write; may be the logits themselves.
    """
    out = np.subtract(logits, np.maximum.reduce(logits, axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= np.add.reduce(out, axis=-1, keepdims=True)
    return out


def cross_entropy(logits: Array, labels: Array) -> float:
    """Mean of -log p(label) in nats, for (n, k) logits and (n,) labels in 0..k-1.

    Told from the logits and not the probabilities, as a digit that is surely wrong has a probability
    of 0 in float32 but a finite loss.
    """
    below = logits - logits.max(axis=1, keepdims=True)  # how far each is below its row's largest
    log_of_sum = np.log(np.exp(below).sum(axis=1))
    return float(np.mean(log_of_sum - below[np.arange(len(labels)), labels], dtype=np.float64))
