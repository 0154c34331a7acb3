"""The settings that the networks of an experiment share, of a kind that Keras trains."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnviz.core import kinds
from nnviz.data import splits
from nnviz.experiments import axes
from nnviz.keras_models import autoencoder, cnn
from nnviz.keras_models.settings import CheckedSettings
from nnviz.ui.shared.fields import Fields

_SETTINGS: dict[str, CheckedSettings] = {
    kinds.CNN.name: cnn.Settings(),
    kinds.AUTOENCODER.name: autoencoder.Settings(),
}


def form(kind: str, fields: Fields) -> dict[str, Any]:
    """A field for everything that can vary in networks of that kind, but for their digits.

    Returns
    -------
    dict[str, Any]
        Settings of that kind.
    """
    usual = _SETTINGS[kind]
    names = [name for name in axes.of(kind) if name not in splits.SPOILS]
    columns = st.columns(2)
    chosen: dict[str, Any] = {}
    for place, name in enumerate(names):
        with columns[place * 2 // len(names)]:
            chosen[name] = _field(usual, name, fields)
    return chosen


def _field(usual: CheckedSettings, name: str, fields: Fields) -> Any:
    title, value = axes.title(name).capitalize(), getattr(usual, name)
    if name in usual.choices:
        choices = list(usual.choices[name])
        return st.selectbox(
            title,
            choices,
            index=choices.index(value),
            format_func=lambda each: axes.label(name, each),
            key=fields.prefix + name,
            persist_state="session",
        )
    if name == "learning_rate_init":
        return fields.rate(name, title, *usual.numbers[name], value)
    if name in usual.whole:
        return int(fields.number(name, title, *usual.whole[name], value))
    return float(fields.number(name, title, *usual.numbers[name], value, format="%.6g"))
