"""What technical terms mean: said where one stands in the prose of the page, and all of them in a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from nnviz.components import registry
from nnviz.core.glossary import Term

_mount = registry.component("glossary")


def glossary(terms: Sequence[Term], *, key: str = "glossary") -> None:
    """Show a button that opens the list of terms, and have the page's marked terms explain themselves."""
    told = [{**asdict(term), "forms": list(term.forms), "slug": term.slug} for term in terms]
    _mount(key=key, data={"terms": told})
