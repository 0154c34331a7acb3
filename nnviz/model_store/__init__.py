"""Trained models as files: cards, formats, shipped and saved models."""

from nnviz.model_store.errors import ModelMissing, ModelRefused
from nnviz.model_store.store import load

__all__ = [
    "ModelMissing",
    "ModelRefused",
    "cards",
    "errors",
    "formats",
    "keras_file",
    "load",
    "mlp_file",
    "parents",
    "quotas",
    "rebuilding",
    "snapshots",
    "store",
    "trash",
]
