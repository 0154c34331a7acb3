"""Keras networks: the backend fetched late, the CNN, the autoencoder, the training loop."""

__all__ = ["autoencoder", "backend", "cnn", "training_loop"]
