"""Networks written from scratch in NumPy."""

__all__ = ["activations", "backprop", "classifier", "optimizers", "presets", "settings", "training_loop"]
