"""A class: pupils give their digits, and the teacher sees what networks make of them."""

from nnviz import ui
from nnviz.core.words import say
from nnviz.ui.classroom import entrance, page

found = entrance.look()
with ui.page(say("Class"), first=found.first):
    page.head(found)
page.show(found)
