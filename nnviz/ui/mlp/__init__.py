"""The MLP page: training, mistakes, layer activations, weights, the code."""

__all__ = ["lesson"]
