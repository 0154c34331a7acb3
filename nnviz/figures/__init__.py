"""Records in, Plotly figures out. Nothing here knows a model, a widget or a file.

Every figure carries its own text alternative in `layout.meta["alt"]`: one or two sentences with the numbers
that a listener would want, computed from the same record as the picture.
"""

from nnviz.figures.activations import activation_map, digit_picture, probability_bars, weight_tiles
from nnviz.figures.causes import contribution_bars
from nnviz.figures.curves import curves_of, learning_curves
from nnviz.figures.feature_maps import map_tiles, over_digit
from nnviz.figures.fooling import change_picture
from nnviz.figures.gradients import gradient_scatter
from nnviz.figures.kernels import kernel_accuracies
from nnviz.figures.landscapes import loss_line, loss_plane, race_curves, sizes_by_layer
from nnviz.figures.learning_times import probabilities_over_epochs, right_over_epochs
from nnviz.figures.reconstructions import error_curves
from nnviz.figures.reliability import reliability_diagram
from nnviz.figures.repeats import repeats
from nnviz.figures.style import alt, enlarged, has_axes
from nnviz.figures.translation import moved_accuracies

__all__ = [
    "activation_map",
    "alt",
    "change_picture",
    "contribution_bars",
    "curves_of",
    "digit_picture",
    "enlarged",
    "error_curves",
    "gradient_scatter",
    "guesses",
    "has_axes",
    "kernel_accuracies",
    "learning_curves",
    "loss_line",
    "loss_plane",
    "map_tiles",
    "moved_accuracies",
    "over_digit",
    "probabilities_over_epochs",
    "probability_bars",
    "race_curves",
    "reliability_diagram",
    "repeats",
    "right_over_epochs",
    "run_comparison",
    "searches",
    "sizes_by_layer",
    "style",
    "sweeps",
    "weight_tiles",
]
