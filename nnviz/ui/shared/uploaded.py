"""Files that browsers send: once read, the server holds them no longer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def release(files: Iterable[UploadedFile]) -> None:
    """Have Streamlit forget these files, which it would keep until minutes after their page was closed."""
    context = get_script_run_ctx()
    if context is not None:
        for file in files:
            held: Any = context.uploaded_file_mgr  # its protocol has no word for this
            held.remove_file(context.session_id, file.file_id)
