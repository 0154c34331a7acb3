"""What the attacks found, as the one table with which `make attack` ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

SECONDS, MEGABYTES = 2.0, 300.0  # that one input may take

T = TypeVar("T")
_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass
class Row:
    """One attack. worst: what the slowest and the largest input were, for whoever wants to see them again.

    fell: what should not have happened, with the input that it happened at.
    """

    what: str
    inputs: int = 0
    taken: int = 0
    seconds: float = 0.0
    megabytes: float | None = None
    note: str = ""
    worst: dict[str, str] = field(default_factory=dict)
    fell: list[str] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        megabytes = "" if self.megabytes is None else f"{self.megabytes:,.1f}"
        return (
            self.what,
            f"{self.inputs:,}",
            f"{self.taken:,}",
            f"{self.seconds:.3f}",
            megabytes,
            str(len(self.fell)),
            self.note,
        )


HEAD = ("attack", "inputs", "taken", "worst s", "worst MB", "fell", "")
rows: list[Row] = []


def together() -> list[Row]:
    """The rows, those of one attack with several seeds as one; a note is the last one's."""
    found: dict[str, Row] = {}
    for row in rows:
        one = found.setdefault(row.what, Row(row.what, megabytes=row.megabytes))
        one.inputs, one.taken, one.note = one.inputs + row.inputs, one.taken + row.taken, row.note
        one.seconds = max(one.seconds, row.seconds)
        one.fell += row.fell
        if one.megabytes is not None and row.megabytes is not None:
            one.megabytes = max(one.megabytes, row.megabytes)
    return list(found.values())


def lines() -> list[str]:
    """The table, and the sum of its inputs."""
    cells = [HEAD, *(row.cells() for row in together())]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    text = [
        "  ".join(
            cell.ljust(width) if column in (0, len(HEAD) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    asked = (
        "Seconds are the processor's, but for those of sessions and of the class; taken means not refused."
    )
    text += [f"FELL  {told}"[:300] for row in rows for told in row.fell[:3]]
    return [*text, f"{sum(row.inputs for row in rows):,} inputs. {asked}"]


@dataclass(frozen=True)
class Reader(Generic[T]):
    """Something that reads what anybody may send.

    make(number) is always the same input; read(input) says whether it was taken; what it may raise is
    `refusals`. firsts: how many inputs, numbered from -1 down, are given first, for what is loaded once.
    """

    make: Callable[[int], T]
    read: Callable[[T], object]
    refusals: tuple[type[Exception], ...] = ()
    firsts: int = 1


def attack(name: str, reader: Reader[T], numbers: Iterable[int], *, limited: bool = False) -> Row:
    """Give a reader these inputs, each measured; the row of the table.

    limited: whether what takes too long or too much has fallen, too.

    Raises
    ------
    AssertionError
        When something else was raised than a refusal; it says which input to make again. All are tried first.
    """
    row = Row(name, megabytes=0.0 if _CLEAR.exists() else None)
    for number in range(-reader.firsts, 0):
        _read(name, reader, number)
    for number in numbers:
        sent = reader.make(number)
        before = _memory(anew=True)
        began = time.process_time()
        try:
            row.taken += _read(name, reader, number, sent)
        except AssertionError as fell:
            row.fell.append(str(fell))
        seconds = time.process_time() - began
        more = (_memory() - before) / 1000 if row.megabytes is not None else 0.0
        row.inputs += 1
        if seconds > row.seconds:
            row.seconds, row.worst["seconds"] = seconds, f"{name} {number}"
        if limited and seconds > SECONDS:
            row.fell.append(f"{name} {number}: {seconds:.1f} s")
        if limited and more > MEGABYTES:
            row.fell.append(f"{name} {number}: {more:.0f} MB")
        if row.megabytes is not None and more > row.megabytes:
            row.megabytes, row.worst["memory"] = more, f"{name} {number}"
    rows.append(row)
    assert row.fell == [], row.fell[:3]
    return row


def _read(name: str, reader: Reader[T], number: int, sent: T | None = None) -> bool:
    try:
        return reader.read(reader.make(number) if sent is None else sent) is not False
    except reader.refusals as refusal:
        is_sentence(refusal, f"{name} {number}")
        return False
    except Exception as error:
        raise AssertionError(f"{name} {number}: {type(error).__name__}: {error}") from error


def is_sentence(refusal: Exception, what: str = "") -> None:
    """A refusal is one sentence or two for people."""
    told = str(refusal)
    assert told, f"{what}: refused without a word"
    assert "\n" not in told, f"{what}: {told}"
    assert len(told) < 700, f"{what}: {told}"


def _memory(*, anew: bool = False) -> int:
    """Kilobytes: the most that this process has held since it was asked anew; then what it holds now."""
    if not _CLEAR.exists():
        return 0
    if anew:
        _CLEAR.write_text("5")  # the high-water mark begins again at what is held
    told = _STATUS.read_text()
    return int(told.split("VmHWM:", 1)[1].split(maxsplit=1)[0])
