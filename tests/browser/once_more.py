"""Runs once more, alone, the few browser tests that have just failed: `python -m tests.browser.once_more`.

A test that fails beside a busy neighbour and passes alone waits for the wrong thing, and has to be mended;
but it says nothing against the app. So it is named here, and the run goes on. All else that failed stays so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
MOST = 3  # more than these are no accident


def candidates(failed: list[str]) -> list[str]:
    """What may be asked again of these tests: all of them or none."""
    few = 0 < len(failed) <= MOST
    return failed if few and all(name.startswith("tests/browser/") for name in failed) else []


def main() -> int:
    """0 if all that failed passes now."""
    failed = sorted(json.loads(FAILED.read_text())) if FAILED.is_file() else []
    again = candidates(failed)
    if not again:
        print(f"{len(failed)} tests failed; none is asked again.")
        return 1
    print("Asked once more, alone:", *again, sep="\n  ", flush=True)
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *again], check=False
    ).returncode
    if code == 0:
        print("Failed beside others and passed alone, to be mended:", *again, sep="\n  ", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
