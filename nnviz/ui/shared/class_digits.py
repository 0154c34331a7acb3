"""The digits of this visitor's classes, wherever digits are chosen."""

from __future__ import annotations

import streamlit as st

from nnviz import classroom
from nnviz.classroom import ClassRefused
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.history.database import DatabaseUnavailable
from nnviz.ui.shared.state import actor

_PREFIX = "class "


def sources() -> dict[str, str]:
    """What stands for each class in a menu of digits, and what it is called."""
    return {source_of(room): say("Class {code}", code=code) for room, code in _rooms(actor().names).items()}


def source_of(room: str) -> str:
    """What stands for that class in a menu of digits."""
    return f"{_PREFIX}{room}"


def taught() -> dict[str, str]:
    """The codes of the classes that this visitor teaches, by their ids."""
    by = actor()
    try:
        return {room.id: room.code for room in classroom.classes_of(by) if room.is_taught_by(by)}
    except DatabaseUnavailable:
        return {}


def chosen(source: str) -> tuple[DataSpec, int | None] | None:
    """The digits of the class that stands for, and which hand is the visitor's own; None of no class.

    Raises
    ------
    DataError
        When they cannot be had.
    """
    if not source.startswith(_PREFIX):
        return None
    room = source.removeprefix(_PREFIX)
    try:
        return classroom.dataset(room, by=actor()), classroom.hand_of(room, by=actor())
    except (ClassRefused, DatabaseUnavailable) as error:
        raise DataError(str(error)) from error


@st.cache_data(ttl=5.0, max_entries=500, show_spinner=False)
def _rooms(names: tuple[str, ...]) -> dict[str, str]:
    try:
        return {room.id: room.code for room in classroom.classes_of(actor())}
    except DatabaseUnavailable:
        return {}
