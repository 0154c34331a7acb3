"""The lessons: those of the app, and those that somebody brought."""

from nnviz import ui
from nnviz.core.words import say
from nnviz.ui.teaching import brought, listed

ui.page(
    say("Lessons"), first=say("Choose a lesson. A bar at the foot of the page then leads you through it.")
)
listed.view()
brought.view()
ui.prose("lessons.md")
