"""What technical terms mean: said where one stands in the prose of the page, and all of them in a dialog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from nnviz.components import registry, served
from nnviz.core import words
from nnviz.core.glossary import Term

_mount = registry.component("glossary")


def glossary(terms: Sequence[Term], *, key: str = "glossary") -> None:
    """Show a button that opens the list of terms, and have the page's marked terms explain themselves.

    The terms, 40 kB, are fetched once and kept, where our server gives them out.
    """
    address = served.constant_address(_packed(tuple(terms))) if served.serving() else ""
    _mount(key=key, data={"address": address} if address else {"terms": _told(terms)})


def _told(terms: Sequence[Term]) -> list[dict[str, Any]]:
    return [
        {
            **asdict(term),
            "name": words.own(term.name),
            "says": words.own(term.says),
            "forms": list(term.forms),
            "slug": term.slug,
        }
        for term in terms
    ]


@cache
def _packed(terms: tuple[Term, ...]) -> bytes:
    return json.dumps(_told(terms), ensure_ascii=False).encode()
