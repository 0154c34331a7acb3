"""Maps in the background: ask for one, look how far it is, stop it, and find it among those that are kept.

    mapping.start(wanted, codes, owner="somebody")
    mapping.look(wanted)                 # how far it is, as often as you like
    mapping.find(wanted)                 # the map, once there is one, also after a restart

A map is drawn on a worker that trainings use, so that neither t-SNE nor UMAP, which takes half a minute to
load, is in the way of a page. What is wanted is all there is to a map: who asks for the same one waits for
the same one, and finds it for as long as it is kept.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nnviz import jobs
from nnviz.core.records import Array
from nnviz.jobs.cluster import ClusterMissing
from nnviz.representations import embedding, embedding_files
from nnviz.representations.embedding import Map

State = Literal["waiting", "running", "done", "stopped", "failed"]

MOST_LIVE = 40  # maps of all owners together
MOST_ENDED = 40  # that are remembered here
_EVERY = 0.2  # seconds between two messages of a worker

log = logging.getLogger(__name__)


class MapRefused(RuntimeError):
    """A map that cannot be drawn; one sentence for the user."""


@dataclass(frozen=True)
class Wanted:
    """A map by its subject, method, the method's own number, and seed; see `embedding`."""

    of: str
    method: str
    value: float
    seed: int

    @property
    def name(self) -> str:
        """All of it in one word."""
        return f"{self.of}-{self.method}-{self.value:g}-{self.seed}"


@dataclass(frozen=True)
class Progress:
    """A map on its way, or how its way ended. done of total: the method's own steps, (0, 1) while it loads;
    left: seconds, None while there is no telling; message: a sentence for the user, or ""."""

    wanted: Wanted
    state: State = "waiting"
    done: int = 0
    total: int = 1
    left: float | None = None
    message: str = ""

    @property
    def live(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("waiting", "running")


@dataclass(eq=False)
class _Live:
    """A map of this process. owners: who waits for it; first: when its first step was heard of, and which."""

    progress: Progress
    codes: Array
    owners: set[str]
    future: Any = None
    first: tuple[float, int] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)


class Office:
    """All the maps of this process. connect(): the distributed.Client of the workers."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._live: dict[str, _Live] = {}
        self._ended: OrderedDict[str, tuple[Progress, Map | None]] = OrderedDict()

    def start(self, wanted: Wanted, codes: Array, *, owner: str) -> None:
        """As `embeddings.start`."""
        try:
            embedding.check(wanted.method, codes, wanted.value)
        except ValueError as error:
            raise MapRefused(str(error)) from error
        with self._lock:
            for live in self._live.values():
                if owner in live.owners and live.progress.wanted != wanted:
                    raise MapRefused("A map of yours is still being drawn: wait for it, or stop it.")
            if wanted.name in self._live:
                self._live[wanted.name].owners.add(owner)
                return
            if len(self._live) >= MOST_LIVE:
                raise MapRefused("Too many maps are being drawn; please try again when some are done.")
            live = self._live[wanted.name] = _Live(Progress(wanted), codes, {owner})
            self._ended.pop(wanted.name, None)
        threading.Thread(
            target=self._work, args=(live,), name=f"nnviz-map-{wanted.name}", daemon=True
        ).start()

    def look(self, wanted: Wanted) -> Progress | None:
        """As `embeddings.look`."""
        with self._lock:
            if wanted.name in self._live:
                return self._live[wanted.name].progress
            return self._ended[wanted.name][0] if wanted.name in self._ended else None

    def of(self, owner: str) -> Progress | None:
        """As `embeddings.of`."""
        with self._lock:
            return next((live.progress for live in self._live.values() if owner in live.owners), None)

    def find(self, wanted: Wanted) -> Map | None:
        """As `embeddings.find`."""
        kept = embedding_files.find_map(wanted.method, wanted.of, value=wanted.value, seed=wanted.seed)
        with self._lock:
            return kept or self._ended.get(wanted.name, (None, None))[1]

    def stop(self, wanted: Wanted, *, owner: str) -> None:
        """As `embeddings.stop`."""
        with self._lock:
            live = self._live.get(wanted.name)
            if live is None:
                return
            live.owners.discard(owner)
            if live.owners:
                return
        self._give_up(live)

    def close(self) -> None:
        """As `embeddings.close`."""
        with self._lock:
            every = list(self._live.values())
        for live in every:
            self._give_up(live)

    def _give_up(self, live: _Live) -> None:
        live.stopping.set()
        future = live.future
        if future is not None:
            with contextlib.suppress(Exception):  # the cluster may be gone, and the map with it
                future.cancel(force=True)
        self._end(live, "stopped", "Stopped.")

    def _work(self, live: _Live) -> None:
        """The thread of a map: whatever happens in it, the map ends."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        wanted = live.progress.wanted
        try:
            drawn = self._drawn(live)
            if drawn is not None:
                self._end(live, "done", drawn=drawn)
        except ClusterMissing as error:
            self._end(live, "failed", str(error))
        except KilledWorker:
            self._end(live, "failed", "Its worker process died; perhaps it needs more memory than there is.")
        except (FutureCancelledError, OSError) as error:
            log.warning("Map %s came to nothing: %s", wanted.name, error)
            self._end(live, "failed", "The worker processes went away while it was drawn; please try again.")
        except Exception as error:
            log.exception("Map %s", wanted.name)
            name = type(error).__name__
            message = f"The map could not be drawn ({name}); the server's log has the details."
            self._end(live, "failed", message)

    def _drawn(self, live: _Live) -> Map | None:
        """The map, from a worker; None when it was stopped."""
        wanted = live.progress.wanted
        topic = f"nnviz-map-{wanted.name}-{time.monotonic_ns()}"
        client = self._connect()
        client.subscribe_topic(topic, lambda event: self._hear(live, event[1]))
        try:
            live.future = client.submit(
                _task, wanted, live.codes, topic, key=topic, pure=False, priority=1
            )  # somebody watches
            if live.stopping.is_set():
                live.future.cancel(force=True)
                return None
            drawn: Map | None = live.future.result()
        finally:
            with contextlib.suppress(Exception):
                client.unsubscribe_topic(topic)
        if drawn is not None:
            try:
                embedding_files.keep_map(drawn, wanted.of)
            except OSError as error:
                log.warning("A map could not be kept: %s", error)  # it is remembered all the same
        return drawn

    def _hear(self, live: _Live, message: dict[str, Any]) -> None:
        """How far a worker is, in a thread of Dask's."""
        done, total = message["step"]
        now = time.monotonic()
        if live.first is None and done:
            live.first = now, done
        left = None
        if live.first is not None and done > live.first[1]:
            left = (now - live.first[0]) / (done - live.first[1]) * (total - done)
        with self._lock:
            if live.progress.live:
                live.progress = replace(live.progress, state="running", done=done, total=total, left=left)

    def _end(self, live: _Live, state: State, message: str = "", drawn: Map | None = None) -> None:
        name = live.progress.wanted.name
        with self._lock:
            if not live.progress.live:
                return  # it was stopped meanwhile
            live.progress = replace(live.progress, state=state, message=message, left=None)
            self._live.pop(name, None)
            self._ended[name] = live.progress, drawn
            while len(self._ended) > MOST_ENDED:
                self._ended.popitem(last=False)


def _task(wanted: Wanted, codes: Array, topic: str) -> Map | None:
    """What Dask runs: the map, or None once nobody waits for it any more."""
    from distributed import get_worker

    here = get_worker()
    task = here.get_current_task()
    sent = -_EVERY

    def heard(done: int, total: int) -> bool:
        nonlocal sent
        now = time.monotonic()
        if now - sent >= _EVERY:
            sent = now
            here.log_event(topic, {"step": (done, total)})
        known = here.state.tasks.get(task)
        return known is None or known.state == "cancelled"

    heard(0, 1)
    try:
        return embedding.draw(wanted.method, codes, value=wanted.value, seed=wanted.seed, on_batch=heard)
    except embedding.Stopped:
        return None


_opening = threading.Lock()
_office: Office | None = None


def start(wanted: Wanted, codes: Array, *, owner: str) -> None:
    """Begin to draw a map of (n, d) codes. Returns at once; one that is being drawn already is joined.

    Raises MapRefused, with one sentence for the user, for what cannot be drawn, or when another map of the
    owner's is still being drawn.
    """
    _open().start(wanted, codes, owner=owner)


def look(wanted: Wanted) -> Progress | None:
    """How far a map is, or how it ended; None when this process has not heard of it."""
    return _open().look(wanted)


def of(owner: str) -> Progress | None:
    """The map that this owner waits for, if there is one."""
    return _open().of(owner)


def find(wanted: Wanted) -> Map | None:
    """The map, if it came with the project or has been drawn before; else None."""
    return _open().find(wanted)


def stop(wanted: Wanted, *, owner: str) -> None:
    """The owner waits for that map no more; when nobody does, it is given up. Returns at once."""
    _open().stop(wanted, owner=owner)


def close() -> None:
    """Give up every map of this process."""
    global _office
    with _opening:
        office, _office = _office, None
    if office is not None:
        office.close()


def _open() -> Office:
    global _office
    with _opening:
        if _office is None:
            _office = Office(jobs.client)
        return _office
