"""Finds the Chromium that the browser tests and the start-up benchmark drive, and installs one when asked.

`python -m tests.browser.finding` prints the browser's path; with `--install` it may download one first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ON_THE_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHAT_TO_DO = (
    "No browser for the browser tests: set NNVIZ_BROWSER to a Chromium or Chrome, install one, "
    "or run `playwright install chromium`."
)


class NoBrowser(RuntimeError):
    """There is no usable Chromium; the message says what to do about it."""


def find() -> Path:
    """The browser: `NNVIZ_BROWSER`, Chromium or Chrome on the path, else Playwright's own.

    Raises NoBrowser, also when NNVIZ_BROWSER names something that cannot be run: a wrong setting is
    reported, not worked around.
    """
    if asked_for := os.environ.get("NNVIZ_BROWSER"):
        path = shutil.which(asked_for)
        if path is None or not starts(path):
            raise NoBrowser(f"NNVIZ_BROWSER is {asked_for!r}, which is not a browser that starts.")
        return Path(path)
    for name in ON_THE_PATH:
        path = shutil.which(name)
        if path is not None and starts(path):
            return Path(path)
    own = playwrights_own()
    if own.is_file() and starts(str(own)):
        return own
    raise NoBrowser(WHAT_TO_DO)


def starts(path: str) -> bool:
    """Whether the browser can run at all. Ubuntu's `chromium-browser` may only say that a snap is wanted, and
    Playwright's may lack libraries."""
    if os.name == "nt":
        return True  # there, asking for the version opens a window
    try:
        asked = subprocess.run(
            [path, "--version", "--no-sandbox"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def playwrights_own() -> Path:
    """Where `playwright install chromium` puts its browser, whether or not it has been run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def install() -> Path:
    """Finds a browser, or fetches one: Playwright's, else, as root on Debian, the `chromium` package."""
    if os.environ.get("NNVIZ_BROWSER"):
        return find()
    try:
        return find()
    except NoBrowser:
        print(
            "Installing a browser for the tests (first time, a few minutes) ...", file=sys.stderr, flush=True
        )
    for attempt in (_by_playwright, _by_apt):
        if attempt():
            try:
                return find()
            except NoBrowser:
                continue
    raise NoBrowser(WHAT_TO_DO)


def _by_playwright() -> bool:
    # Its libraries (--with-deps) want root; without them the browser may be there and not start.
    deps = ["--with-deps"] if _is_root() and shutil.which("apt-get") else []
    if _run([sys.executable, "-m", "playwright", "install", *deps, "chromium"]):
        return True
    return bool(deps) and _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _by_apt() -> bool:
    if not (_is_root() and shutil.which("apt-get")):
        return False
    # Without the update a fresh container knows no packages at all.
    return _run(["apt-get", "update", "-qq"]) and _run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _run(command: list[str]) -> bool:
    """Runs a command with its chatter on stderr; True when it went well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    try:
        print(install() if "--install" in arguments else find())
    except NoBrowser as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
