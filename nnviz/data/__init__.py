"""Digits: MNIST, splits, uploads, drawings and photos as 28 x 28, small changes of digits."""

__all__ = ["augmentation", "mnist", "photos", "preprocessing", "unseen", "uploads"]
