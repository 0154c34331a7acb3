"""Networks in training for browsers that have one on the pad: asked once a second, answered in a few bytes.

What learned meanwhile comes as a row of float16, in the order of the program, which comes whole once. It is
made once for everybody who looks.
"""

from __future__ import annotations

import json
import struct
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from nnviz import jobs
from nnviz.inference import browser
from nnviz.jobs import Job, JobMissing, Look

_MOST = 40  # trainings of which the last is kept
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@dataclass(frozen=True)
class _Ready:
    """A look at a network as it goes to browsers: whole, or as a row; of one that does not, why."""

    number: int
    whole: bytes = b""
    row: bytes = b""
    why: str = ""


_ready: OrderedDict[str, _Ready] = OrderedDict()
_lock = threading.Lock()


def answer(request: Request) -> Response:
    """How a training is, and what of its network the browser has not got: `have` is the number of its last.

    Anybody who knows its id may look, as at its page.
    """
    told = request.query_params.get("have", "0")
    have = int(told) if told.isdecimal() and len(told) < 17 else 0
    try:
        job = jobs.find_job(request.path_params["job"])
    except JobMissing as error:
        return _message({"state": "missing", "message": str(error)})
    said = _said(job)
    look = jobs.look(job.id) if job.live else None
    if look is None:
        return _message(said)
    ready = _of(job.id, look)
    said |= {"number": ready.number, "epoch": look.epoch, "batch": look.batch, "why": ready.why}
    if ready.number == have or ready.why:
        return _message(said)
    if have:
        return _message(said | {"brings": "row"}, ready.row)
    return _message(said | {"brings": "whole"}, ready.whole)


def _said(job: Job) -> dict[str, Any]:
    return {
        "state": job.state,
        "place": job.place,
        "epochs": job.total_epochs,
        "rests": job.rests,
        "message": job.message,
    }


def _of(job_id: str, look: Look) -> _Ready:
    with _lock:
        found = _ready.get(job_id)
        if found is None or found.number != look.number:
            found = _ready[job_id] = _made(look)
        _ready.move_to_end(job_id)
        while len(_ready) > _MOST:
            _ready.popitem(last=False)
        return found


def _made(look: Look) -> _Ready:
    try:
        program = browser.program_of(look.network)
    except browser.NotForBrowsers as error:
        return _Ready(look.number, why=str(error))
    with np.errstate(over="ignore"):
        row = program.numbers.astype("<f2")
    return _Ready(look.number, browser.pack_program(program), row.tobytes())


def _message(said: dict[str, Any], body: bytes = b"") -> Response:
    """How long the text is (4 bytes), the text, which is JSON, and the body."""
    text = json.dumps(said, ensure_ascii=False).encode()
    content = struct.pack("<I", len(text)) + text + body
    return Response(content, media_type="application/octet-stream", headers=_HEADERS)
