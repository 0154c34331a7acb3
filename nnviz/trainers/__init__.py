"""One module a kind of network: data and settings in, trained network and card out."""

__all__ = ["autoencoder", "base", "cnn", "mlp"]
