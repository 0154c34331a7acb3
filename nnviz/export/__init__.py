"""Trainings as code that a pupil can read and run alone: a notebook, or a script.

What comes out imports nothing of ours. It names its digits, cuts them, trains, and says whether it came to
the app's numbers. `recipes` says what is to be done again (or why it cannot be written out), `sources` takes
functions out of the house's own modules as they are taught, `digits`, `mlp` and `keras_code` write the
parts, `programs` puts them together, `files` makes the two forms.
"""

from nnviz.export.files import notebook, script
from nnviz.export.programs import of_card, of_plan, of_runs
from nnviz.export.recipes import NotPlain

__all__ = [
    "NotPlain",
    "digits",
    "files",
    "keras_code",
    "keras_text",
    "mlp",
    "mlp_parts",
    "mlp_text",
    "notebook",
    "of_card",
    "of_plan",
    "of_runs",
    "onnx_file",
    "programs",
    "recipes",
    "script",
    "sources",
]
