"""The log as lines of JSON, where NNVIZ_LOG asks for them: one object a line, for programs that gather logs.

Of the visitor whose page it was there is a short id, which tells two visits apart and says nothing of who it
is: no address, no cookie, no name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import sys
from datetime import UTC, datetime

SETTING = "NNVIZ_LOG"
_LOGGERS = ("uvicorn", "uvicorn.access", "uvicorn.asgi", "uvicorn.error", "websockets", "distributed")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?|\[[0-9a-fA-F:]*:[0-9a-fA-F:]+\](?::\d+)?")


class AsJson(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """That line."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_addresses(record.getMessage()),
            "session": session(),
        }
        if record.exc_info:
            said["traceback"] = _without_addresses(self.formatException(record.exc_info))
        return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


def session() -> str:
    """The short id of the visit for which this thread works; "" outside of one."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx(suppress_warning=True)
    return hashlib.sha256(context.session_id.encode()).hexdigest()[:8] if context else ""


def set_up() -> None:
    """Write the log as the setting says; without it, it stays as it is."""
    if os.environ.get(SETTING, "").strip().lower() != "json":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    logging.getLogger("nnviz").setLevel(logging.INFO)
    from streamlit import logger

    def none_of_its_own(each: logging.Logger) -> None:
        each.handlers.clear()
        each.propagate = True

    logger.setup_formatter = none_of_its_own  # type: ignore[assignment]  # Streamlit gives each of its loggers a handler
    for name in (*_LOGGERS, *logger._loggers):
        none_of_its_own(logging.getLogger(name))


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("(address)", text)
