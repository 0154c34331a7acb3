"""In the pseudo-language every word of ours stands in marks, on every page and tab; and how numbers look."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core import words
from tests import marking
from tests.pages import test_every_page
from tests.pages.reading import tables_of
from tests.pages.test_every_page import ROOT, SECTIONS
from tests.processes import unwatched

PAGES = [path.relative_to(ROOT).as_posix() for path in test_every_page.PAGES]
FIGURE = {"text", "name", "title", "hovertemplate", "ticktext"}
COMPONENT = {
    "title",
    "label",
    "name",
    "text",
    "says",
    "why",
    "words",
    "caption",
    "captions",
    "notes",
    "columns",
}
NOT_READ = {  # of the messages to the browser: names for programs, and what components bring along
    *(
        "id",
        "element_id",
        "key",
        "icon",
        "type",
        "tag",
        "form_id",
        "component_name",
        "url",
        "page",
        "language",
    ),
    *("js_content", "js_source_path", "html_content", "css_content", "css_source_path", "page_script_hash"),
    *("deferred_file_id", "format", "color", "width", "config", "theme", "query_string", "columns", "data"),
    "query_param_key",  # the name of an open tab in the address
    "language",
}


def shown(message: Any) -> Iterator[str]:
    """Every text in a message to the browser that somebody reads."""
    if message.DESCRIPTOR.name in ("Html", "Code", "ArrowData", "Arrow", "Dataframe"):
        return
    for field, value in message.ListFields():
        if field.name in NOT_READ or (field.message_type and field.message_type.GetOptions().map_entry):
            continue
        for each in value if field.is_repeated else [value]:
            if field.message_type:
                yield from shown(each)
            elif isinstance(each, str) and field.name in ("spec", "figure"):
                yield from told(json.loads(each), FIGURE)
            elif isinstance(each, str) and field.name == "json":
                yield from told(
                    json.loads(each), COMPONENT if "Component" in message.DESCRIPTOR.name else set()
                )
            elif isinstance(each, str):
                yield each


def told(data: Any, keys: set[str], key: str = "") -> Iterator[str]:
    """The texts in JSON below some keys."""
    if isinstance(data, dict):
        for name, each in data.items():
            yield from told(each, keys, name) if name != "template" else ()
    elif isinstance(data, list):
        for each in data:
            yield from told(each, keys, key)
    elif isinstance(data, str) and key in keys:
        yield data


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from nodes(child)


def texts(app: AppTest) -> set[str]:
    protos = [getattr(node, "proto", None) for node in nodes(app._tree)]
    found = {text for proto in protos if hasattr(proto, "ListFields") for text in shown(proto)}
    return found | {str(name) for table in tables_of(app) for name in table.columns}


def forgotten(app: AppTest) -> list[str]:
    return sorted(text for text in texts(app) if marking.unmarked(text))


# In another notation than docs/layout.md has: "98.6 %", "98.617%", "-0.5", "1e-06", "12345 digits".
ODD = re.compile(r"\d %|\d\.\d{3,}%|(?:^|[\s(])-\d|\d[eE][-+]?\d|(?<![\w.,-])\d{5,} (?!\w*=)")


def oddly_written(app: AppTest) -> list[str]:
    cells = {str(cell) for table in tables_of(app) for row in table.itertuples() for cell in row}
    found = {text.replace("⟦", "").replace("⟧", "") for text in texts(app) | cells}
    return sorted(f"{odd[0]!r} in {text!r}" for text in found if (odd := ODD.search(text)))


def look(page: str) -> Iterator[str]:
    """Open a page, and each of its tabs; what was forgotten, and what failed."""
    app = AppTest.from_file(ROOT / page, default_timeout=120).run()
    yield from (*forgotten(app), *oddly_written(app))
    yield from (each.value for each in app.exception)
    for tab in [tab.label for tab in app.tabs] if Path(page).stem in SECTIONS else []:
        app.session_state[SECTIONS[Path(page).stem]] = tab
        app.run()
        yield from (f"{tab}: {each}" for each in (*forgotten(app), *oddly_written(app)))
        yield from (f"{tab}: {each.value}" for each in app.exception)


@pytest.mark.parametrize("page", PAGES)
def test_every_word_of_a_page_can_be_translated_and_every_number_is_in_one_notation(
    page: str, tmp_path: Path
) -> None:
    # In a process of its own, since a process has one language.
    environment = unwatched(NNVIZ_LANGUAGE=words.PSEUDO, NNVIZ_HOME=str(tmp_path))
    script = (
        f"import json; from tests.pages import test_words as t; print(json.dumps(list(t.look({page!r}))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("⟦Trained in ⟧2.0⟦ s⟧", []),
        ("MLP · 97.0%⟦ on ⟧300", []),
        ("⟦Answer: ⟧⟦my ⟧MLP⟦ net⟧", []),
        ("⟦Trained⟧ in", ["in"]),
        ("Forgotten: ⟦a digit⟧", ["Forgotten"]),
    ],
)
def test_a_word_without_marks_is_found(text: str, found: list[str]) -> None:
    assert marking.unmarked(text) == found
