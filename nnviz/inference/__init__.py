"""Stored networks in plain NumPy, and as programs for the browser."""

__all__ = [
    *("answers", "browser", "coding", "gradients", "graph", "keras_config", "layers", "ops"),
    *("option_checks", "own_input"),
]
