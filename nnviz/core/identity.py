"""Who somebody is to the app: a browser by a secret that only it and the server's requests hold."""

from __future__ import annotations

import hashlib
import re

COOKIE = "nnviz_browser"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def is_secret(text: str) -> bool:
    """Whether that may be a secret of the server's making: 32 random bytes in base64."""
    return _SECRET.fullmatch(text) is not None


def owner_of_secret(secret: str) -> str:
    """What is kept with things of that browser's: 16 hex characters, from which nobody finds the secret."""
    return hashlib.sha256(b"nnviz owner " + secret.encode()).hexdigest()[:16]
