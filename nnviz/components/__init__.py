"""Our own components: the drawing pad, the confusion matrix, the gallery of digits, the maps of a layer
and of many digits.

Each is a Streamlit component of HTML, CSS and JavaScript kept in `assets/`, with a function here that turns
records into the few bytes it needs and checks what comes back.
"""

from nnviz.components.code_sliders import Panel, codes
from nnviz.components.confusion_matrix import Cell, confusion
from nnviz.components.digit_gallery import Caption, captions, gallery
from nnviz.components.embedding_map import Star, album, atlas
from nnviz.components.feature_maps import Place, maps
from nnviz.components.image_rows import Row, strip
from nnviz.components.pad import Reading, Slot, networks, pad
from nnviz.components.pad_picture import Given, put

__all__ = [
    "Caption",
    "Cell",
    "Given",
    "Panel",
    "Place",
    "Reading",
    "Row",
    "Slot",
    "Star",
    "album",
    "atlas",
    "captions",
    "codes",
    "confusion",
    "gallery",
    "maps",
    "networks",
    "pad",
    "put",
    "strip",
]
