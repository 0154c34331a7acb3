"""How much of what browsers send is held in memory: the oldest files of a session, and of the greediest, go.

Streamlit keeps every file of an uploader until its session ends, minutes after the page was closed. A page
needs only the latest.
"""

from __future__ import annotations

from typing import Protocol

from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from nnviz.core.safe_files import MEGABYTE

MOST_OF_SESSION = 140 * MEGABYTE  # one of the largest files
MOST_BYTES = 400 * MEGABYTE  # of all sessions


class FileManager(Protocol):
    """What Streamlit keeps files in: by session, then by file, in the order in which they came."""

    file_storage: dict[str, dict[str, UploadedFileRec]]

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file."""

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Keep it no longer."""


def limit_uploads(manager: FileManager) -> None:
    """Have this manager hold no more than the limits, whatever is sent."""
    add = manager.add_file

    def add_within_limits(session_id: str, file: UploadedFileRec) -> None:
        add(session_id, file)
        _make_room(manager, session_id, MOST_OF_SESSION)
        while (held := _held(manager)) and sum(held.values()) > MOST_BYTES:
            greediest = max(held, key=held.__getitem__)
            if not _make_room(manager, greediest, held[greediest] - 1):
                break

    manager.add_file = add_within_limits  # type: ignore[method-assign]


def _held(manager: FileManager) -> dict[str, int]:
    """Bytes by session."""
    sessions = list(manager.file_storage.items())
    return {name: sum(len(file.data) for file in list(files.values())) for name, files in sessions}


def _make_room(manager: FileManager, session_id: str, most: int) -> bool:
    """Drop a session's oldest files until the rest is not more than that; whether any was dropped."""
    dropped = False
    while True:
        files = list(manager.file_storage.get(session_id, {}).values())
        if not files or sum(len(file.data) for file in files) <= most:
            return dropped
        manager.remove_file(session_id, files[0].file_id)
        dropped = True
