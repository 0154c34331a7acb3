"""Our own addresses: components' modules, networks' weights, the glossary; by digest, kept for a year.

One for networks in training, which are never kept. And two for whoever looks after the server: is it ready,
and what has it measured. Those of a class stand in `class_routes`.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from nnviz.components import served
from nnviz.server import checks, live_trainings, metrics
from nnviz.server.class_routes import class_routes
from nnviz.server.compression import takes_gzip
from nnviz.server.protection import may_look_after

_FOREVER = "public, max-age=31536000, immutable"


def routes(prefix: str) -> Sequence[BaseRoute]:
    """All of them, below `prefix`."""
    return [
        Route(f"{prefix}/frontend/{{digest}}/{{path:path}}", _given_out(_module)),
        Route(f"{prefix}/networks/{{digest}}", _given_out(_network)),
        Route(f"{prefix}/constants/{{digest}}", _given_out(_constant)),
        Route(f"{prefix}/trainings/{{job}}", live_trainings.answer),
        Route(f"{prefix}/ready", _ready),
        Route(f"{prefix}/metrics", _metrics),
        *class_routes(prefix),
    ]


def _given_out(find: Callable[[Request], tuple[served.Content | None, str]]) -> Callable[[Request], Response]:
    """An endpoint that answers with what `find` finds, as gzip where the browser takes that."""

    def answer(request: Request) -> Response:
        content, kind = find(request)
        if content is None:
            return PlainTextResponse("not found", status_code=404, headers={"cache-control": "no-store"})
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
        if takes_gzip(request.scope):
            return Response(
                content.compressed, media_type=kind, headers={**headers, "content-encoding": "gzip"}
            )
        return Response(content.plain, media_type=kind, headers=headers)

    return answer


def _ready(request: Request) -> Response:
    """Whether everything is there; to a stranger the names of what is missing, and no sentence about it."""
    missing = {each.part: each.words for each in checks.quickly() if not each.right}
    told = missing if may_look_after(request.scope, request.headers) else list(missing)
    return JSONResponse(
        {"ready": not missing, "missing": told},
        status_code=503 if missing else 200,
        headers={"cache-control": "no-store"},
    )


def _metrics(_: Request) -> Response:
    return Response(metrics.text(), media_type=metrics.KIND, headers={"cache-control": "no-store"})


def _module(request: Request) -> tuple[served.Content | None, str]:
    path = request.path_params["path"]
    known = request.path_params["digest"] == served.frontend().digest
    kind = "text/javascript" if path.endswith(".js") else mimetypes.guess_type(path)[0] or "text/plain"
    return served.frontend().files.get(path) if known else None, kind


def _network(request: Request) -> tuple[served.Content | None, str]:
    return served.network(request.path_params["digest"]), "application/octet-stream"


def _constant(request: Request) -> tuple[served.Content | None, str]:
    return served.constant(request.path_params["digest"]), "application/json"
