"""Keras networks: the backend fetched late, the CNN, the autoencoder, the training loop, their functions."""

__all__ = ["autoencoder", "backend", "cnn", "compiled", "settings", "training_loop"]
