"""Stored networks in plain NumPy, and as programs for the browser."""

__all__ = ["browser", "gradients", "graph", "keras_config", "layers", "ops", "option_checks"]
