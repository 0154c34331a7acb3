"""What the settings of every Keras network have in common: made from names and values, checked by a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np

from nnviz.core import setting_names
from nnviz.core.records import current_settings
from nnviz.core.words import say

Schedule = Literal["constant", "cosine"]
"""How the learning rate goes: it stays, or falls to 0 along half a cosine (Loshchilov and Hutter 2017)."""


@dataclass(frozen=True)
class CheckedSettings:
    """A base for dataclasses of settings. Each says what it is of, and what its fields may be.

    Attributes
    ----------
    title
        For a sentence, "A CNN".
    whole, numbers
        Least and greatest value by the field's name.
    choices
        The values there are.
    """

    title: ClassVar[str]
    whole: ClassVar[Mapping[str, tuple[int, int]]]
    numbers: ClassVar[Mapping[str, tuple[float, float]]]
    choices: ClassVar[Mapping[str, tuple[str, ...]]]

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Self:
        """Checked settings from names and values.

        Raises
        ------
        ValueError
            Also for a name it does not know.
        """
        given = current_settings(given)
        unknown = set(given) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(
                say(
                    "{title} has no setting called {unknown}.",
                    title=cls.title,
                    unknown=", ".join(sorted(unknown)),
                )
            )
        settings = cls(**given)
        settings.check()
        return settings

    def check(self) -> None:
        """Check every field.

        Raises
        ------
        ValueError
            One sentence that says what was expected.
        """
        for name, known in self.choices.items():
            if getattr(self, name) not in known:
                raise ValueError(
                    say(
                        "{name}: expected one of {known}, not {getattr!r}.",
                        name=setting_names.first_word(name),
                        known=", ".join(known),
                        getattr=getattr(self, name),
                    )
                )
        for name, (low, high) in self.whole.items():
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or not low <= value <= high:
                raise ValueError(
                    say(
                        "{name}: expected a whole number from {low} to {high:,}, not {value!r}.",
                        name=setting_names.first_word(name),
                        low=low,
                        high=high,
                        value=value,
                    )
                )
        for name, (least, most) in self.numbers.items():
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
                raise ValueError(
                    say(
                        "{name}: expected a number from {least:g} to {most:g}, not {value!r}.",
                        name=setting_names.first_word(name),
                        least=least,
                        most=most,
                        value=value,
                    )
                )
