"""What a page's own fields send is taken, whatever else is refused."""

from __future__ import annotations

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from nnviz.server.forged_values import refuse_forged_values


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> WStates:
    """Of a field for numbers that is empty at first."""
    monkeypatch.setattr(WStates, "__getitem__", WStates.__getitem__)  # given back afterwards
    refuse_forged_values()
    made = WStates()
    made.set_widget_metadata(
        WidgetMetadata(
            "a", deserializer=lambda value: value, serializer=lambda value: value, value_type="double_value"
        )
    )
    return made


@pytest.mark.parametrize(
    ("sent", "taken"),
    [({"double_value": 0.5}, 0.5), ({"int_value": 100}, 100), ({"string_value": "100"}, None), ({}, None)],
)
def test_a_field_for_numbers_takes_whole_ones_and_others_and_no_text(
    states: WStates, sent: dict[str, float | str], taken: float | None
) -> None:
    states.set_widget_from_proto(WidgetState(id="a", **sent))
    assert states["a"] == taken
