"""Requirements with hashes, without some of them: `python without.py tensorflow < requirements.txt`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator


def without(lines: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """The lines of the other requirements: a requirement begins a line, its hashes are set in below it."""
    left_out = {name.lower() for name in names}
    leaving = False
    for line in lines:
        if begun := re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*==", line):
            leaving = begun[1].lower() in left_out
        elif not line.startswith((" ", "\t")):
            leaving = False
        if not leaving:
            yield line


if __name__ == "__main__":
    sys.stdout.writelines(without(sys.stdin, sys.argv[1:]))
