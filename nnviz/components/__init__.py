"""Our own components: drawing pad, confusion matrix, gallery of digits, maps of a layer and of many digits.

Each is a Streamlit component of HTML, CSS and JavaScript kept in `frontend/`, with a function here that turns
records into the few bytes it needs and checks what comes back.
"""

from nnviz.components import faults, served
from nnviz.components.class_parts import Wall, class_live, class_news, class_pad, class_replay, class_wall
from nnviz.components.code_sliders import Panel, code_sliders
from nnviz.components.confusion_matrix import Cell, confusion_difference, confusion_matrix
from nnviz.components.digit_gallery import Caption, captions, digit_gallery, digit_strip
from nnviz.components.embedding_map import HighlightedPoint, embedding_map, send_digits
from nnviz.components.faults import contained
from nnviz.components.glossary import glossary
from nnviz.components.guess_curve import guess_curve
from nnviz.components.image_rows import ImageRow, image_rows
from nnviz.components.live_training import live_training
from nnviz.components.network_picture import network_picture, networks_of_pad
from nnviz.components.one_step import Block, Press, Served, Shown, one_step
from nnviz.components.pad import Drawn, Reading, Slot, pad, send_networks
from nnviz.components.pad_file import Packed, pad_file
from nnviz.components.pad_picture import PadPicture, put_picture
from nnviz.components.page_parts import (
    announce,
    hold_attention,
    mark_bar,
    present_button,
    presented_on,
    reveal,
)
from nnviz.components.paint_digit import paint_digit
from nnviz.components.photo_digits import photo_digits
from nnviz.components.run_list import Column, Line, run_list
from nnviz.components.workbench import workbench

__all__ = [
    "Block",
    "Caption",
    "Cell",
    "Column",
    "Drawn",
    "HighlightedPoint",
    "ImageRow",
    "Line",
    "Packed",
    "PadPicture",
    "Panel",
    "Press",
    "Reading",
    "Served",
    "Shown",
    "Slot",
    "Wall",
    "announce",
    "captions",
    "class_live",
    "class_news",
    "class_pad",
    "class_replay",
    "class_wall",
    "code_sliders",
    "confusion_difference",
    "confusion_matrix",
    "contained",
    "digit_gallery",
    "digit_strip",
    "embedding_map",
    "faults",
    "glossary",
    "guess_curve",
    "hold_attention",
    "image_rows",
    "live_training",
    "mark_bar",
    "network_picture",
    "networks_of_pad",
    "one_step",
    "pad",
    "pad_file",
    "paint_digit",
    "photo_digits",
    "present_button",
    "presented_on",
    "put_picture",
    "reveal",
    "run_list",
    "send_digits",
    "send_networks",
    "served",
    "workbench",
]
