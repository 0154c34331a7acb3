"""Words that somebody typed are shown as words, in Markdown and in charts."""

from __future__ import annotations

import re

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.figures.style import finish, plain
from nnviz.ui.shared.show import escaped

JOINER = "\u2060"


@pytest.mark.parametrize(
    "typed",
    [
        "www.evil.example", "WWW.evil.example", "http://evil.example/x", "https://evil.example", "a@evil.io",
        "mailto:a@evil.io", "x ftp://evil", ":joy:", ":material/home:", ":streamlit:", "a:b:c", ":+1:",
    ],
)  # fmt: skip
def test_bare_addresses_and_names_of_pictures_are_broken_where_nobody_sees_it(typed: str) -> None:
    found = escaped(typed)
    assert not re.search(r"(?i)https?://|ftp://|www\.|:[+\w]+:|:material/|@\w", found)
    assert found.replace(JOINER, "").replace("\\", "") == typed


def test_entities_lists_headings_and_quotations_are_words_too() -> None:
    assert escaped("&copy;") == "&amp;copy;"
    for typed in ("# big", "> said", "- one", "1. one", "+ one", "=="):
        assert escaped(typed).startswith(JOINER)
    assert escaped("Anna's 2nd network, 98.5%") == "Anna's 2nd network, 98.5%"
    assert escaped("at 12:30") == "at 12:30"
    for number in ("0.25", "-0.5", "+1", "#3"):
        assert escaped(number) == number


@given(st.text(max_size=80))
def test_nothing_that_was_typed_gets_lost(typed: str) -> None:
    shown = escaped(typed).replace("&amp;", "&").replace(JOINER, "")
    assert re.sub(r"\\(.)", r"\1", shown, flags=re.DOTALL) == typed.replace(JOINER, "").replace("&amp;", "&")


def test_a_chart_shows_names_as_they_are_typed_and_makes_no_link() -> None:
    typed = '<a href="http://evil.example">K</a> <b>x</b> %{y} &lt;'
    figure = go.Figure()
    figure.add_scatter(x=[1], y=[2], name=typed)
    figure.update_layout(title={"text": typed})
    finish(figure, alt=typed, height=100)
    for shown in (figure.data[0].name, figure.layout.title.text):
        assert "<" not in shown
        assert "%{" not in shown
        assert shown == plain(typed)
    assert figure.layout.meta["alt"] == typed
