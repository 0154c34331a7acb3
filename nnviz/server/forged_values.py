"""Values of widgets that no page sends: the widget has what it has at first then.

Streamlit believes what a browser says that its widgets hold. A number where a name belongs, or files that are
none, make it fail in the midst of its own work, after which that browser's page answers no more.
"""

from __future__ import annotations

import logging
from typing import Any

from streamlit.runtime.state.session_state import Serialized, Value, WStates

from nnviz.components.faults import Seldom

_ALSO = {"double_value": ("int_value",)}  # a field for whole numbers sends whole ones
_TELLS = "streamlit.components.v2.bidi_component.serialization"  # of every value that is no JSON


def refuse_forged_values() -> None:
    """Have Streamlit take no value of another type than its widget has, and none that it cannot read."""
    if getattr(WStates.__getitem__, "refuses", False):
        return
    believed = WStates.__getitem__
    logging.getLogger(_TELLS).addFilter(_without_traceback)
    logging.getLogger(_TELLS).addFilter(Seldom())

    def read(self: WStates, name: str) -> Any:
        sent, widget = self.states.get(name), self.widget_metadata.get(name)
        if not isinstance(sent, Serialized) or widget is None:
            return believed(self, name)
        known = (widget.value_type, None, *_ALSO.get(widget.value_type, ()))
        if sent.value.WhichOneof("value") in known and _is_offered(sent.value, widget.deserializer):
            try:
                return believed(self, name)
            except Exception:  # whatever such a value makes of whoever reads it
                pass
        first = widget.deserializer(None)
        self.states[name] = Value(first)
        return first

    read.refuses = True  # type: ignore[attr-defined]
    WStates.__getitem__ = read  # type: ignore[method-assign]


def _is_offered(sent: Any, deserializer: Any) -> bool:
    """Whether a name is one of those that its menu offers; no menu here takes others."""
    offered = getattr(getattr(deserializer, "__self__", None), "formatted_option_to_option_index", None)
    if not isinstance(offered, dict) or sent.WhichOneof("value") != "string_value":
        return True
    return sent.string_value in offered


def _without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True
