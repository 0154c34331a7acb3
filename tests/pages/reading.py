"""What a page in a test says, in one text."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def words(app: AppTest) -> str:
    """Every sentence on the page."""
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(element.value) for element in shown)


def tables(app: AppTest) -> str:
    """Every table on the page."""
    return "\n".join(table.value.to_string() for table in app.table)
