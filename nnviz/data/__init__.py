"""Digits: MNIST, splits, uploads, drawings and photos as 28 x 28, small changes of digits."""

from nnviz.data.preprocessing import to_mnist

__all__ = [
    "augmentation",
    "hands",
    "kept_digits",
    "mnist",
    "photos",
    "preprocessing",
    "splits",
    "spoiling",
    "stratified",
    "to_mnist",
    "upload_files",
    "uploads",
]
