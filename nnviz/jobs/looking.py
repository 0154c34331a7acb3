"""Networks in training as they are by now, for whoever looks at them.

A worker is asked only while somebody looks, in a thread of its own and never by two at a time: whoever looks
has at once what came last. So thirty who look at a training cost its worker what one does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from nnviz.core.records import Array
from nnviz.data.splits import DataSpec
from nnviz.inference import flat
from nnviz.inference.graph import BadNetwork, Network
from nnviz.jobs import background, dispatch
from nnviz.jobs.trainings import TrainingJob
from nnviz.jobs.window import EVERY, Seen
from nnviz.model_store import formats
from nnviz.model_store.errors import ModelRefused

_MOST = 40  # trainings whose last look is remembered

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Look:
    """A network in training.

    Attributes
    ----------
    number
        Another one for every other state of it.
    epoch
        Whole epochs that it has learned.
    batch
        (done, total) digits of the running one.
    network
        In plain NumPy, with its weights of then, to float16.
    spec
        The digits it learns from.
    """

    number: int
    epoch: int
    batch: tuple[int, int]
    network: Network
    spec: DataSpec


@dataclass(eq=False)
class _Looked:
    """What is known of one training. run: the attempt that it is of."""

    run: str = ""
    number: int = 0
    asked: float = -1e9
    busy: bool = False
    whole: Network | None = None
    found: Look | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_known: OrderedDict[str, _Looked] = OrderedDict()
_lock = threading.Lock()


def look(job_id: str) -> Look | None:
    """The network of that training, about a second old at most once it has been looked at; returns at once.

    Returns
    -------
    Look | None
        None while there is nothing to see: it has not begun, has ended, is trained elsewhere, or this is the
        first look, which has it fetched.
    """
    live = next((each for each in background.scheduler().known(TrainingJob) if each.job.id == job_id), None)
    if live is None or not live.job.live or not live.run:
        return None
    with _lock:
        known = _known.setdefault(job_id, _Looked())
        _known.move_to_end(job_id)
        while len(_known) > _MOST:
            _known.popitem(last=False)
    with known.lock:
        if known.run != live.run:  # begun again: from its first weights
            known.run, known.number, known.whole, known.found = live.run, 0, None, None
        if not known.busy and time.monotonic() - known.asked >= EVERY:
            known.busy, known.asked = True, time.monotonic()
            threading.Thread(
                target=_fetch, args=(live, known), name=f"nnviz-look-{job_id}", daemon=True
            ).start()
        return known.found


def _fetch(live: TrainingJob, known: _Looked) -> None:
    run, have = known.run, known.number
    try:
        seen = dispatch.look(background.client(), live, have)
        if seen is not None:
            whole, found = _opened(seen, known.whole, live)
            with known.lock:
                if known.run == run:
                    known.number, known.whole, known.found = seen.number, whole, found
    except (OSError, ModelRefused, BadNetwork) as error:
        log.info("Nothing to be seen of %s: %s", live.job.id, error)
    except Exception:  # of a worker that has gone meanwhile, or a cluster that is being closed
        log.info("Nothing to be seen of %s", live.job.id, exc_info=True)
    finally:
        known.busy = False


def _opened(seen: Seen, whole: Network | None, live: TrainingJob) -> tuple[Network, Look]:
    if seen.model:
        whole, _ = formats.format_of(f"network{seen.suffix}").network(seen.model)
    if whole is None:
        raise ModelRefused("Its file has not come.")
    row: Array = seen.row.astype("float32")
    network = flat.with_values(whole, row)
    return whole, Look(_number(seen, live), seen.epoch, seen.batch, network, live.spec)


def _number(seen: Seen, live: TrainingJob) -> int:
    """Of another attempt, and of another process, other numbers."""
    return abs(hash((live.run, seen.number))) % 2**48 or 1
