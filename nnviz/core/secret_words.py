"""Secrets that people type: made so that they can be read out loud, and compared without telling anything."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from nnviz.core import storage
from nnviz.core.storage import Place

KEY = "NNVIZ_TEACHER_KEY"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another
_LONGEST = 200


def new_code() -> str:
    """Four groups of four, of which there are 7 × 10^23."""
    letters = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, 16, 4))


def digest(code: str) -> str:
    """What is kept of a code, 64 hex characters: the same however its groups and cases are typed."""
    plain = "".join(each for each in code[:_LONGEST].upper() if each.isalnum())
    return hashlib.sha256(b"nnviz code " + plain.encode()).hexdigest()


def own_teacher_key() -> str:
    """The key that is set by NNVIZ_TEACHER_KEY, or ""."""
    return os.environ.get(KEY, "").strip()


def teacher_key() -> str:
    """The teacher's key: the one that is set, or else one made at random and kept for all servers.

    Raises
    ------
    OSError
        When it can be neither read nor written.
    """
    return own_teacher_key() or kept_secret("teacher-key")


def kept_secret(name: str) -> str:
    """A secret that is made at random when it is first asked for, and kept for all servers.

    Raises
    ------
    OSError
        When it can be neither read nor written.
    """
    path = storage.shared() / name
    for _ in range(2):
        if known := _read(path):
            return known
        _write_once(path, new_code())
    return _read(path)


def is_teacher_key(told: str) -> bool:
    """Whether that is the teacher's key; of one made here, case and groups do not count."""
    key = teacher_key()
    if not key:
        return False
    given = told.strip()[:_LONGEST]
    same = hmac.compare_digest(given.encode(), key.encode())
    alike = hmac.compare_digest(digest(given), digest(key))
    return same or (alike and not own_teacher_key())


def _read(path: Place) -> str:
    try:
        return path.read_text("utf-8").strip()[:_LONGEST]
    except FileNotFoundError:
        return ""


def _write_once(path: Place, key: str) -> None:
    """Write the key, whole, for its owner's eyes; whoever comes second finds the first one's."""
    if not isinstance(path, Path):
        if not path.exists():
            path.write_bytes(f"{key}\n".encode())
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{key}\n")
        try:
            os.link(part, path)  # fails where there is one already
        except FileExistsError:
            pass
        except OSError:  # a disk without links
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
