"""Who a browser is: told by its cookie, which Streamlit masks anew whenever a page is loaded."""

from __future__ import annotations

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from nnviz.ui.shared import state


def test_a_browser_has_one_name_under_every_mask_of_its_cookie() -> None:
    cookies = {generate_xsrf_token_string(b"sixteen random b", 1_700_000_000) for _ in range(5)}
    assert len(cookies) == 5, "another mask each time"
    (name,) = {state.owner_of_cookie(cookie) for cookie in cookies}
    assert state.owner_of_cookie(generate_xsrf_token_string(b"sixteen others b", 1_700_000_000)) != name


@pytest.mark.parametrize("one", ["", "x", "2|||1", "2|zz|zz|1", "2|aa|bb", "2|ab|cd|ef|1", "|" * 9])
def test_a_cookie_of_another_kind_is_a_name_too(one: str) -> None:
    assert len(state.owner_of_cookie(one)) == 16
    assert state.owner_of_cookie(one) != state.owner_of_cookie(one + "y")
