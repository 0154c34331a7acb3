"""Looking inside a network: activations, saliency maps, keract's pictures."""

from nnviz.inspection.activations import get_activations

__all__ = [
    "activations",
    "causes",
    "dense_weights",
    "fooling",
    "get_activations",
    "input_fit",
    "keract_plots",
    "landscape",
    "landscape_files",
    "layer_names",
    "layer_sizes",
    "race",
    "saliency",
]
