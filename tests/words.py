"""The catalogue of all texts that the code says, `assets/words/nnviz.pot`, of which translations are made.

`python -m tests.words --write` makes it again (`make words`). Without `--write` it fails where the catalogue
is not what the code says, where `say` is given no text that is written out, or a translation does not fit.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages import extract, pofile
from babel.messages.catalog import Catalog

from nnviz.core import paths, words

CATALOGUE = paths.assets() / "words" / "nnviz.pot"
KEYWORDS = {"say": None, "say_many": (2, 3), "sayMany": (2, 3)}
METHODS = {".py": "python", ".js": "javascript", ".html": ""}
ITSELF = {"nnviz/core/words.py", "nnviz/components/frontend/shared/words.js"}
Text = str | tuple[str, str]


def sources() -> Iterator[Path]:
    """Every file whose words people read."""
    yield paths.root() / "app.py"
    for folder in ("pages", "nnviz"):
        for path in sorted((paths.root() / folder).rglob("*")):
            if path.suffix in METHODS and name(path) not in ITSELF and "_app" not in path.parts:
                yield path


def name(path: Path) -> str:
    """Where it stands in the project."""
    return path.relative_to(paths.root()).as_posix()


def texts(path: Path) -> Iterator[Text]:
    """Every text that one file says."""
    if path.suffix == ".html":
        yield from words.texts_of(path.read_text(encoding="utf-8"))
        return
    options = {"parse_template_string": True} if path.suffix == ".js" else {"encoding": "utf-8"}
    with path.open("rb") as file:
        for _, text, _, _ in extract.extract(METHODS[path.suffix], file, KEYWORDS, (), options):
            yield text


def said() -> dict[Text, list[str]]:
    """Every text, and in which files it is said."""
    found: dict[Text, list[str]] = defaultdict(list)
    for path in sources():
        for text in texts(path):
            if name(path) not in found[text]:
                found[text].append(name(path))
    return found


def written() -> str:
    """The catalogue: by files, in each by text, without dates and lines, so that only words change it."""
    catalogue = Catalog(project="nnviz", fuzzy=False, charset="utf-8")
    for text, files in sorted(said().items(), key=lambda each: (each[1][0], str(each[0]))):
        message = catalogue.add(text, locations=[(file, None) for file in files])
        message.flags.discard("python-format")  # "5 % of" is no format
    told = io.BytesIO()
    pofile.write_po(told, catalogue, width=100, omit_header=True, include_lineno=False)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return head + '"Content-Transfer-Encoding: 8bit\\n"\n\n' + told.getvalue().decode()


def hidden() -> Iterator[str]:
    """Calls whose text does not stand there, so that nobody can translate it."""
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            continue
        if path.suffix == ".js":
            calls = len(re.findall(r"\bsay(?:Many)?\(", text)) if "shared/words.js" in text else 0
            if calls and calls != len(list(texts(path))):
                yield name(path)
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                given = {"say": node.args[:1], "say_many": node.args[1:3]}.get(called, [])
                if not all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in given):
                    yield f"{name(path)}:{node.lineno}"


def unfit() -> Iterator[str]:
    """Translations with other values than the English text."""
    for path in sorted(CATALOGUE.parent.glob("*.po")):
        told = words.parsed(path.read_text(encoding="utf-8"))
        plurals = {text[0]: text[1] for text in said() if isinstance(text, tuple)}
        for english, forms in {**{one: (text,) for one, text in told.one.items()}, **told.many}.items():
            known = words.values_of(english) | words.values_of(plurals.get(english, ""))
            for form in forms:
                if not words.values_of(form) <= known:
                    yield f"{path.name}: {form!r} for {english!r}"


def main() -> int:
    """Write or check the catalogue; 1 where something is wrong."""
    now = written()
    if "--write" in sys.argv[1:]:
        CATALOGUE.write_text(now, encoding="utf-8")
        return 0
    bad = [f"{place}: say() takes a text that is written out" for place in hidden()]
    bad += [f"a translation names other values: {each}" for each in unfit()]
    if not CATALOGUE.is_file() or CATALOGUE.read_text(encoding="utf-8") != now:
        bad.append("the catalogue is not what the code says: make words")
    print(*bad, sep="\n", end="\n" if bad else "", file=sys.stderr)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
