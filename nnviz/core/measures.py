"""What the server counts and times as it works, for whoever looks after it: numbers, and nobody's name.

Counting costs a microsecond. Of what is timed the last few hundred are kept, from which a percentile is told.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KEPT = 512  # of each thing that is timed
QUANTILES = (0.5, 0.95, 0.99)

Labels = tuple[tuple[str, str], ...]


@dataclass
class Timed:
    """How long something took: how often it was done, all seconds together, and the last of them."""

    times: int = 0
    seconds: float = 0.0
    last: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def quantile(self, part: float) -> float:
        """The seconds that this part of the last ones did not exceed; 0 when nothing was timed."""
        ordered = sorted(self.last)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


_lock = threading.Lock()
_here = threading.local()
_counts: Counter[tuple[str, Labels]] = Counter()
_timed: dict[str, Timed] = {}


def count(name: str, **labels: str) -> None:
    """Count one more of something."""
    with _lock:
        _counts[name, tuple(sorted(labels.items()))] += 1


def took(name: str, seconds: float) -> None:
    """Note how long something took."""
    with _lock:
        known = _timed.setdefault(name, Timed())
        known.times += 1
        known.seconds += seconds
        known.last.append(seconds)


def call_this(name: str) -> None:
    """Say what the work of this thread is: whoever times it asks `called`."""
    _here.name = name


def called() -> str:
    """What the work of this thread was called, once; "" when nobody said."""
    name, _here.name = getattr(_here, "name", ""), ""
    return name


def forget() -> None:
    """Begin from nothing."""
    with _lock:
        _counts.clear()
        _timed.clear()


def told(help_texts: Mapping[str, str], gauges: Iterable[tuple[str, Labels, float]]) -> str:
    """All of it in Prometheus' text form.

    Parameters
    ----------
    help_texts
        What each name means; names without a text are left out.
    gauges
        Besides what is counted and timed here: a name, its labels, and the value it has now.
    """
    with _lock:
        counts = [(name, labels, float(n)) for (name, labels), n in _counts.items()]
        timed = {
            name: (each.times, each.seconds, [(part, each.quantile(part)) for part in QUANTILES])
            for name, each in _timed.items()
        }
    now = list(gauges)
    lines: list[str] = []
    for name, text in help_texts.items():
        kind = "counter" if name.endswith("_total") else "summary" if name.endswith("_seconds") else "gauge"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        if kind == "summary":
            times, seconds, parts = timed.get(name, (0, 0.0, []))
            lines += [f'{name}{{quantile="{part:g}"}} {value!r}' for part, value in parts]
            lines += [f"{name}_sum {seconds!r}", f"{name}_count {times}"]
        else:
            values = counts if kind == "counter" else now
            lines += [f"{name}{_in_braces(labels)} {v!r}" for known, labels, v in values if known == name]
    return "\n".join(lines) + "\n"


def _in_braces(labels: Labels) -> str:
    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{name}="{quoted(value)}"' for name, value in labels) + "}" if labels else ""
