"""What a page in a test says, in one text."""

from __future__ import annotations

from html.parser import HTMLParser

import pandas as pd
from streamlit.testing.v1 import AppTest


class _Cells(HTMLParser):
    """The rows of a table in HTML, as texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def words(app: AppTest) -> str:
    """Every sentence on the page."""
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(element.value) for element in shown)


def tables_of(app: AppTest) -> list[pd.DataFrame]:
    """Every table of texts on the page, its rows by what they are about."""
    bodies = [element.proto.body for element in app.get("html")]
    rows = [_Cells(body).rows for body in bodies if 'class="table"' in body]
    return [pd.DataFrame(body, columns=head).set_index(head[0]) for head, *body in rows]


def tables(app: AppTest) -> str:
    """The same in one text."""
    return "\n".join(table.to_string() for table in tables_of(app))
