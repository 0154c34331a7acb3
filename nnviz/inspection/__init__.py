"""Looking inside a network: activations, saliency maps, keract's pictures."""

from nnviz.inspection.activations import get_activations

__all__ = ["activations", "get_activations", "input_fit", "keract_plots", "layer_names", "saliency"]
