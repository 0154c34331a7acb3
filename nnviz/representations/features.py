"""What a network is given of a digit, in a word that fits into a plan, a table and an address.

raw                 its pixels
pca-25              where it lies along the 25 directions in which digits differ most
codes-autoencoder   the code that the autoencoder of that name makes of it
"""

from __future__ import annotations

import re

from nnviz.core.kinds import kind_of
from nnviz.core.words import say
from nnviz.keras_models import autoencoder

RAW = "raw"
WANTED = "raw, pca- with a number of components, or codes- with the name of an autoencoder"
_WORD = re.compile(r"(raw)|(pca)-(\d{1,4})|(codes)-([a-z0-9][a-z0-9_-]{0,63})")


def parse(text: str) -> str:
    """The word that somebody typed.

    Raises
    ------
    ValueError
        When it is none of them.
    """
    if not isinstance(text, str) or not is_known(text):
        raise ValueError(f"A network is given {WANTED}, not {str(text)[:40]!r}.")
    return text


def is_known(text: str) -> bool:
    """Whether it is such a word."""
    return _WORD.fullmatch(text) is not None


def kind_and_detail(features: str) -> tuple[str, str]:
    """The parts of a word: "raw", "pca" or "codes", and how many components or which autoencoder.

    Raises
    ------
    ValueError
        For a word that is none.
    """
    kind, _, detail = parse(features).partition("-")
    return kind, detail


def title(features: str) -> str:
    """For people: "PCA, 25 components"."""
    kind, detail = kind_and_detail(features)
    return {
        "raw": say("raw pixels"),
        "pca": say("PCA, {detail} components", detail=detail),
        "codes": say("codes of {detail}", detail=detail),
    }[kind]


def width(features: str) -> int:
    """About how many numbers the network is given; of a code, as many as the usual one has."""
    kind, detail = kind_and_detail(features)
    return {"raw": autoencoder.PIXELS, "pca": int(detail or 0) if kind == "pca" else 0, "codes": 32}[kind]


def check(features: str, digits: int) -> None:
    """Check that so many training digits are enough for these features.

    Raises
    ------
    ValueError
        One sentence, when they are not.
    """
    kind, detail = kind_and_detail(features)
    most = min(digits, autoencoder.PIXELS)
    if kind == "pca" and not 1 <= int(detail) <= most:
        raise ValueError(
            say(
                "{digits:,} digits of {pixels} pixels have 1 to {most:,} principal components, not {detail}.",
                digits=digits,
                pixels=autoencoder.PIXELS,
                most=most,
                detail=detail,
            )
        )
    if kind == "codes":
        from nnviz.model_store import store  # and scikit-learn with it

        try:
            kind_of_network = kind_of(store.find(detail).card.kind)
        except store.ModelMissing as missing:
            raise ValueError(str(missing)) from missing
        if not kind_of_network.encodes:
            raise ValueError(
                say("Codes are made by an autoencoder; {name!r} is another kind of network.", name=detail)
            )
