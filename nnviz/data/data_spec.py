"""The name of a split: which digits, who of them learns, who judges, and what is spoiled on purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal

from nnviz.core.words import say, say_many
from nnviz.data.mnist import DataError

Source = Literal["study", "embedded", "unseen", "full", "honest", "upload", "judges"]

MOST_WITHOUT = 64  # a card holds no longer rows of numbers
EVERY = -1  # of something counted or numbered: all of it, or nobody in particular
_FIRST = ("source", "seed", "digest", "n", "n_test")  # fields that every spec ever written has
_DIGEST = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class DataSpec:
    """The name of a split.

    What is spoiled, is spoiled for those who learn: no test digit and no digit to choose by ever is.

    Attributes
    ----------
    source
        "judges" are the digits of an upload, of which nobody learns.
    digest
        Of an upload.
    n, n_test
        A study's digits, and how many of them are held back.
    added
        The digest of an upload whose hands are known: part of them are learned from beside those of the
        source, and the hands that are held back judge.
    hand
        Only digits of that hand are learned from, of an upload; part of them judge, and all others are
        outside.
    n_train
        How many digits are learned from (where some are `added`, how many of those), every label in turn.
    without_hand
        A hand that nobody learns from, nor is judged by.
    scarce, kept
        A digit, and the part of its examples that is learned from.
    mislabelled
        The part of the labels that are wrong.
    wrong
        "" for any other label; "47" for a 4 that is called a 7: then `mislabelled` is a part of the 4s.
    without
        Positions in the data set, of digits that would be learned from and are not: all else stays as it is.
    """

    source: Source = "study"
    seed: int = 42
    digest: str = ""
    n: int = 3000
    n_test: int = 300
    added: str = ""
    hand: int = EVERY
    n_train: int = EVERY
    without_hand: int = EVERY
    scarce: int = EVERY
    kept: float = 0.0
    mislabelled: float = 0.0
    wrong: str = ""
    without: tuple[int, ...] = ()

    @property
    def brought(self) -> tuple[str, ...]:
        """The digests of the uploads in it."""
        if self.source == "upload":  # also where there is none: that names no digits, rather than everybody's
            return (self.digest, self.added) if self.added else (self.digest,)
        own = self.digest if self.source == "judges" else ""
        return tuple(digest for digest in (own, self.added) if digest)

    @property
    def pool(self) -> DataSpec:
        """The digits that it is cut from, whatever its seed and whatever is spoiled."""
        return DataSpec(self.source, digest=self.digest, added=self.added)


SPOILS = ("n_train", "mislabelled", "kept")
"""What of a spec may vary in an experiment like a setting of the network."""


def examination(spec: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells by which digits a spec judges, of a card of any age: the same for the same digits."""
    names = (*_FIRST, "added", "hand", "without_hand")
    return tuple(spec.get(name, default) for name, default in _defaults().items() if name in names)


def compact(spec: DataSpec) -> dict[str, Any]:
    """The fields that say something: what was written before the others were thought of, stays the same."""
    usual = _defaults()
    return {name: value for name, value in asdict(spec).items() if name in _FIRST or value != usual[name]}


def check(spec: DataSpec, size: int) -> None:
    """Check that a split can be cut like that.

    Parameters
    ----------
    size
        How many digits its source has.

    Raises
    ------
    DataError
        When it cannot.
    """
    if not 0 <= spec.seed < 2**32:
        raise DataError(
            say(
                "The seed has to be a whole number from 0 to {most:,}, not {seed}.",
                most=2**32 - 1,
                seed=spec.seed,
            )
        )
    if spec.source == "study" and not (20 <= spec.n <= size and 10 <= spec.n_test <= spec.n - 10):
        raise DataError(
            say(
                "The study takes 20 to {size:,} digits and holds back at least 10 of them, leaving at "
                "least 10 to learn from; {n:,} and {n_test:,} were asked for.",
                size=size,
                n=spec.n,
                n_test=spec.n_test,
            )
        )
    if spec.source in ("upload", "judges"):
        check_digest(spec.digest)
    if spec.added:
        check_digest(spec.added)
        if spec.source not in ("study", "embedded", "full", "honest"):
            raise DataError(say("Digits are added to those of the app or of MNIST, and to no others."))
    _check_spoiling(spec)


def _check_spoiling(spec: DataSpec) -> None:
    for part in (spec.mislabelled, spec.kept):
        if not 0 <= part <= 1:
            raise DataError(say("A part of the digits is from 0 to 1, not {part}.", part=part))
    if not (-1 <= spec.scarce <= 9 and min(spec.n_train, spec.hand, spec.without_hand) >= -1):
        raise DataError(say("What is left out has to be a digit from 0 to 9, or somebody's number."))
    if not spec.brought and max(spec.hand, spec.without_hand) >= 0:
        raise DataError(say("Nobody knows who wrote these digits."))
    if spec.n_train == 0 and not spec.added:
        raise DataError(say("No digit is left to learn from: leave out fewer."))
    if spec.wrong and not (re.fullmatch("[0-9]{2}", spec.wrong) and spec.wrong[0] != spec.wrong[1]):
        raise DataError(
            say("A wrong label is told by two different digits, such as 47, not {wrong!r}.",
                wrong=spec.wrong[:10])
        )  # fmt: skip
    if len(spec.without) > MOST_WITHOUT:
        raise DataError(
            say("Up to {most} chosen digits can be left out, not {n:,}.", most=MOST_WITHOUT,
                n=len(spec.without))
        )  # fmt: skip
    if min(spec.without, default=0) < 0:
        raise DataError(say("A digit to leave out is told by its place, which is 0 or more."))


def check_digest(digest: str) -> None:
    """Raise DataError unless that is a digest; it may come from an address bar."""
    if not _DIGEST.fullmatch(digest):
        raise DataError(say("That is not the name of uploaded digits; please upload them again."))


def spoiled(spec: DataSpec) -> list[str]:
    """What was done to the digits before anybody learned from them, in a few words each; [] if nothing."""
    said = []
    if spec.hand >= 0:
        said.append(say("only what hand {hand} wrote", hand=spec.hand + 1))
    if spec.without_hand >= 0:
        said.append(say("without hand {hand}", hand=spec.without_hand + 1))
    if spec.scarce >= 0 and not spec.kept:
        said.append(say("no {digit} among them", digit=spec.scarce))
    elif spec.scarce >= 0 and spec.kept < 1:
        said.append(say("only {part} of the {digit}s", part=_percent(spec.kept), digit=spec.scarce))
    if spec.n_train >= 0 and spec.added:
        said.append(say_many(spec.n_train, "{n:,} digit added", "{n:,} digits added"))
    elif spec.n_train >= 0:
        said.append(say_many(spec.n_train, "{n:,} digit to learn from", "{n:,} digits to learn from"))
    if spec.mislabelled and spec.wrong:
        said.append(
            say("{part} of the {true}s labelled {false}", part=_percent(spec.mislabelled),
                true=spec.wrong[0], false=spec.wrong[1])
        )  # fmt: skip
    elif spec.mislabelled:
        said.append(say("{part} of the labels wrong", part=_percent(spec.mislabelled)))
    if spec.without:
        left_out = len(set(spec.without))
        said.append(say_many(left_out, "without {n:,} chosen digit", "without {n:,} chosen digits"))
    return said


def _percent(part: float) -> str:
    return f"{100 * part:.3g}%"


def _defaults() -> dict[str, Any]:
    return {each.name: each.default for each in fields(DataSpec) if each.default is not MISSING}
