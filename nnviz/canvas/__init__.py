"""Our own components: the drawing pad, the confusion matrix, the gallery of digits, the maps of a layer
and of many digits.

Each is a Streamlit component of HTML, CSS and JavaScript kept in `assets/`, with a function here that turns
records into the few bytes it needs and checks what comes back.
"""

from nnviz.canvas.atlas import Star, album, atlas
from nnviz.canvas.codes import Panel, codes
from nnviz.canvas.confusion import Cell, confusion
from nnviz.canvas.gallery import Caption, captions, gallery
from nnviz.canvas.maps import Place, maps
from nnviz.canvas.pad import Reading, Slot, networks, pad
from nnviz.canvas.putting import Given, put
from nnviz.canvas.strip import Row, strip

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
