"""What is behind a button costs nothing until the button is pressed, and stays from then on."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from nnviz.components import served


def script() -> None:
    import streamlit as st

    from nnviz.ui.shared.menu import menu

    menu("Networks", lambda: st.text_input("Name", key="name") and None, icon=":material/hub:", key="m")
    st.text("drawn")


def test_a_menu_is_made_when_it_is_opened_and_stays() -> None:
    served.serve_at("/nnviz")
    try:
        page = AppTest.from_function(script, default_timeout=60).run()
        assert not page.text_input
        page.session_state["m"] = True
        assert page.run().text_input(key="name").label == "Name"
        page.session_state["m"] = False
        page.text_input(key="name").set_value("Ada")
        assert page.run().text_input(key="name").value == "Ada"
        assert page.text[0].value == "drawn"
    finally:
        served.serve_at("")


def test_without_a_server_of_ours_it_is_made_at_once() -> None:
    page = AppTest.from_function(script, default_timeout=60).run()
    assert page.text_input(key="name").value == ""
