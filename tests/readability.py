"""How hard the pages' prose is to read: Flesch and Kincaid's school grade, of every page and every file.

`python -m tests.readability` prints the grades, and fails where one is too high. A term that the glossary
explains counts as a short word.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

import textstat

from nnviz.core import glossary, paths

PAGE, FILE = 8.0, 10.0  # the highest grades: of all that stands on a page, and of one file


def plain(text: str) -> str:
    """Markdown as sentences: without marks and code, every term and number a short word."""
    text = glossary.unmarked(text)
    text = re.sub(r"`[^`]+`", "code", text)
    text = re.sub(r"^#+ (.*)$", r"\1.", text, flags=re.MULTILINE)
    text = re.sub(r"^ *(?:[-*]|\d+\.) ", "", text, flags=re.MULTILINE)
    words = {word for term in glossary.terms() for word in (term.name, *term.forms)}
    known = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    text = re.sub(rf"\b(?:{known})(?:e?s)?\b", "term", text, flags=re.IGNORECASE)
    text = re.sub(r"\d+(?:[.,]\d+)*(?: [×%] ?(?:\d+)?)?", "ten", text)
    return re.sub(r"[*_]", "", text)


def grade(text: str) -> float:
    """The school grade of a text in Markdown."""
    return float(textstat.flesch_kincaid_grade(plain(text)))


def main() -> int:
    """Print the grades; the number of those that are too high."""
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(paths.assets().glob("*.md")):
        files[path.stem.split("_")[0]].append(path)
    bad = 0
    for page, there in files.items():
        texts = {path: path.read_text(encoding="utf-8") for path in there}
        whole = grade("\n\n".join(texts.values()))
        hard = {path.name: found for path, text in texts.items() if (found := grade(text)) > FILE}
        bad += (whole > PAGE) + len(hard)
        print(f"{page:12} grade {whole:4.1f}", *(f"{name} {found:.1f}" for name, found in hard.items()))
    if bad:
        print(f"Too hard to read: at most {PAGE:g} for a page, {FILE:g} for a file.", file=sys.stderr)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
