"""What a class's screens ask over HTTP: is there anything new, what is new on the wall, here is my digit.

Apart from Streamlit, whose pages would be run for each of these. An address has the class's id in it, which
nobody can guess; who asks is told by the cookie, and the library says what they may.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from nnviz.core import pace
from nnviz.core.identity import COOKIE, is_secret, owner_of_secret
from nnviz.core.words import say

MOST_BYTES = 60_000  # of a message: a digit of 2,000 points
MOST_NEW = 400  # digits that a wall gets at once
_ID = re.compile(r"[0-9a-f]{16}")
_ASKED = 0.02  # of `pace`: what a small question costs, in runs of pages

log = logging.getLogger(__name__)

_Work = Callable[[str, str, Any], Mapping[str, Any]]
"""work(owner, class_id, told): what is answered to a browser, by its message or the address's query."""


def class_routes(prefix: str) -> Sequence[BaseRoute]:
    """All of them, below `prefix`."""
    below = f"{prefix}/class/{{class_id}}"
    return [
        Route(f"{below}/version", _answering(_version, _ASKED)),
        Route(f"{below}/pushed", _answering(_pushed, _ASKED)),
        Route(f"{below}/news", _answering(_news, _ASKED)),
        Route(f"{below}/standing", _answering(_standing, _ASKED)),
        Route(f"{below}/shown", _answering(_shown, _ASKED)),
        Route(f"{below}/pad", _answering(_pad, pace.PART), methods=["POST"]),
        Route(f"{below}/give", _answering(_give, pace.PART), methods=["POST"]),
        Route(f"{below}/undo", _answering(_undo, pace.PART), methods=["POST"]),
        Route(f"{below}/skip", _answering(_skip, pace.PART), methods=["POST"]),
    ]


def _answering(work: _Work, cost: float) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        owner = _owner(request)
        name = pace.PACE.arrive(owner, (request.scope.get("client") or ("", 0))[0])
        wait = pace.PACE.ask(name, cost)
        if wait is None or wait > 1:
            return _said(429, say("That is too fast. Please wait a moment."))
        told: Any = dict(request.query_params)
        if request.method == "POST":
            if refusal := _from_elsewhere(request):
                return refusal
            content = await _content(request)
            if content is None:
                return _said(413, say("That is too large for a drawing."))
            try:
                told = json.loads(content)
            except (ValueError, RecursionError):
                return _said(400, say("That is no drawing of the pad."))
        looks, class_id = request.method != "POST", request.path_params["class_id"]
        return await run_in_threadpool(_carried_out, work, owner, class_id, told, only_looks=looks)

    return answer


def _carried_out(work: _Work, owner: str, class_id: str, told: Any, *, only_looks: bool) -> Response:
    # Late: SQLAlchemy would keep the server from listening for a quarter of a second.
    from nnviz import classroom
    from nnviz.core.identity import NotYours
    from nnviz.history.database import DatabaseUnavailable

    if not _ID.fullmatch(class_id):
        class_id = ""  # no class's either, whatever stands there
    try:
        return JSONResponse(dict(work(owner, class_id, told)), headers={"cache-control": "no-store"})
    except classroom.BadGift as error:
        return _said(400, str(error))
    except (classroom.NotInClass, NotYours) as error:
        return _said(403, str(error))
    except classroom.ClassNotFound as error:
        if only_looks:  # a screen that is left open when the class ends, which is no fault
            return JSONResponse({"ended": str(error)}, headers={"cache-control": "no-store"})
        return _said(404, str(error))
    except classroom.TooMuch as error:
        return _said(429, str(error))
    except classroom.ClassRefused as error:
        return _said(409, str(error))
    except DatabaseUnavailable as error:
        return _said(503, str(error))
    except Exception:
        log.exception("A question of a class could not be answered")
        return _said(500, say("Something went wrong. Please try again."))


def _said(status: int, words: str) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers={"cache-control": "no-store"})


def _version(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    from nnviz import classroom

    return {"version": classroom.version(class_id)}


def _pushed(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    from nnviz import classroom

    sent = classroom.pushed(class_id)
    return {"version": sent.number if sent else 0}


def _standing(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    from nnviz import classroom

    return asdict(classroom.standing(class_id, by=_actor(owner)))


def _give(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    from nnviz import classroom

    return asdict(classroom.give(class_id, told, by=_actor(owner)))


def _undo(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    from nnviz import classroom

    number = told.get("number") if isinstance(told, dict) else None
    return asdict(classroom.undo(class_id, number, by=_actor(owner)))


def _skip(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    from nnviz import classroom

    return asdict(classroom.skip(class_id, by=_actor(owner)))


def _news(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    """What has come to a wall, or gone from it, since the version that it shows; its teacher's alone."""
    from nnviz import classroom

    text = told.get("since", "")
    since = int(text) if text.isdecimal() and len(text) < 10 else 0
    now = classroom.version(class_id)
    if now is not None and now == since:
        return {"version": now}
    return classroom.news(class_id, since, by=_actor(owner), most=MOST_NEW).as_json()


def _pad(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    """A pupil's pad, which they offer to show to their class."""
    from nnviz import classroom

    return {"offer": classroom.tell_pad(class_id, told, by=_actor(owner))}


def _shown(owner: str, class_id: str, told: Any) -> Mapping[str, Any]:
    """What is on the pad that a teacher shows; its teacher's alone."""
    from nnviz import classroom

    return classroom.pad_as_json(classroom.shown_pad(class_id, by=_actor(owner)), told.get("since", ""))


def _actor(owner: str) -> Any:
    from nnviz.history import people

    return people.known().actor(owner)


def _owner(request: HTTPConnection) -> str:
    secret = request.cookies.get(COOKIE, "")
    return owner_of_secret(secret) if is_secret(secret) else ""


def _from_elsewhere(request: Request) -> Response | None:
    """A refusal for what no page of ours asks: another site's form, or a message that is not JSON."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if site not in ("same-origin", "none") or kind != "application/json":
        return _said(403, say("Only a page of this app may ask that."))
    return None


async def _content(request: Request) -> bytes | None:
    """A message's bytes; None for more than any drawing has, of which no more is read."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            return None
    return bytes(content)
