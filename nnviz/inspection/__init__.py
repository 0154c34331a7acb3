"""Looking inside a network: activations, saliency maps, keract's pictures."""

__all__ = ["activations", "keract_plots", "keras_activations", "saliency"]
