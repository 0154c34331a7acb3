"""No text of a table that people take along is run by their spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from nnviz.core import csv_text


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://elsewhere")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "x\r=1"]
)
def test_what_a_spreadsheet_would_run_is_text_to_it(text: str) -> None:
    (header, line) = csv.reader(io.StringIO(csv_text.written([text], [[text]]), newline=""))
    assert header == line
    assert line[0].replace("'", "", text[0] != "x") == text.replace("\r", "\n")
    assert line[0][0] in "'x"


def test_numbers_and_plain_texts_stay_as_they_are() -> None:
    assert csv_text.written(["a", "b, c"], [[-1.5, None], ["1-2", "x=y"]]) == 'a,"b, c"\n-1.5,\n1-2,x=y\n'
