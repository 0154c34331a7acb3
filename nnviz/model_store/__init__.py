"""Trained models as files: cards, formats, shipped and saved models."""

__all__ = ["cards", "formats", "keras_file", "store"]
