"""Weights out of the HDF5 that Keras writes, and into it: plain float32 arrays of exactly the shapes needed.

HDF5 has links to other files, arrays that are kept elsewhere, and arrays in pieces; none is followed. Nothing
else in the file is touched: an optimizer may be as large as it likes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from nnviz.core.records import Array
from nnviz.core.safe_files import MEGABYTE, BadFile
from nnviz.core.words import say
from nnviz.inference.keras_config import Place, Plan

HDF5 = b"\x89HDF\r\n\x1a\n"
_MOST_TEXT = 2 * MEGABYTE
_MOST_NAMES = 512


@contextmanager
def opened(file: BinaryIO) -> Iterator[Any]:
    """The h5py.File in these bytes."""
    import h5py

    with h5py.File(file, "r") as content:
        yield content


def by_class(file: Any, plan: Plan) -> dict[str, list[Array]]:
    """The weights in the HDF5 part of a .keras file, by the names of the plan's layers.

    They lie under layers/<kind of layer, counted>/vars/0, 1, ...: the second Conv2D is conv2d_1. A model
    within the model is a layer of its class, with layers of its own, counted anew.
    """
    found = {}
    for name, place in plan.places.items():
        group = file
        for step in place.counted:
            group = _member(_member(group, "layers"), step)
        if place.cell:
            group = _member(group, place.cell)
        if place.stored:
            group = _member(group, "vars")
        found[name] = [
            _plain(_member(group, str(i)), shape, name) for i, shape in enumerate(place.stored.values())
        ]
    return found


def write_by_class(content: bytes, plan: Plan, weights: Mapping[str, Sequence[Array]]) -> bytes:
    """The same HDF5 with other numbers at the places of these weights; all else in it stays.

    Raises
    ------
    BadFile
        When the file has no place for them, or has them in another form than the network.
    """
    import h5py

    written = io.BytesIO(content)
    with h5py.File(written, "r+") as file:
        by_class(file, plan)  # every place is what it should be, and no link to another file
        for name, place in plan.places.items():
            if place.stored and place.adapt is not None:
                raise BadFile(say("has weights in another form than the network that is read from it"))
            group = file["/".join(f"layers/{step}" for step in place.counted)]
            group = group[place.cell] if place.cell else group
            for i, values in enumerate(weights[name] if place.stored else ()):
                group["vars"][str(i)][...] = values
    return written.getvalue()


def configuration(file: Any) -> str:
    """The text that an .h5 file describes its network with.

    Raises
    ------
    BadFile
        When it holds weights alone, or no network.
    """
    if "model_config" not in file.attrs:
        if "layer_names" in file.attrs or "layers" in file or "_layer_checkpoint_dependencies" in file:
            raise BadFile(
                say(
                    "holds weights alone, without the layers that they belong to (save the whole network, "
                    "with model.save)"
                )
            )
        raise BadFile(say("is HDF5, but no network of Keras is in it"))
    text = _text(file.attrs["model_config"])
    if len(text) > _MOST_TEXT:
        raise BadFile(say("has a description of more than {most} MB", most=_MOST_TEXT // MEGABYTE))
    return text


def by_name(file: Any, plan: Plan) -> dict[str, list[Array]]:
    """The weights in an .h5 file, by the names of the plan's layers.

    Every layer of the outermost model has a group, which names its weights in Keras' order; those of a model
    within it are told by the layer's name before their own.
    """
    groups = _member(file, "model_weights")
    return {name: _named(groups, place, name) for name, place in plan.places.items()}


def _named(groups: Any, place: Place, layer: str) -> list[Array]:
    if not place.stored:
        return []
    group = _member(groups, place.names[0])
    paths = [_text(each) for each in np.ravel(group.attrs["weight_names"])]
    if len(paths) > _MOST_NAMES:
        raise BadFile(say("names more weights than it has layers"))
    if len(place.names) == 1:
        chosen = paths[: len(place.stored)]
    else:
        steps = {tuple(path.split(":")[0].split("/")[-2:]): path for path in paths}
        wanted = [(place.names[-1], name) for name in place.stored]
        # Keras 2 calls the kernel of a depthwise convolution by another name than Keras 3.
        chosen = [steps.get(each) or steps.get((each[0], f"depthwise_{each[1]}"), "") for each in wanted]
    if len(chosen) != len(place.stored) or "" in chosen:
        raise BadFile(say("lacks weights that its layers need"))
    found = []
    for path, shape in zip(chosen, place.stored.values(), strict=True):
        array = group
        for step in path.split("/"):
            array = _member(array, step)
        found.append(_plain(array, shape, layer))
    return found


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _member(group: Any, name: str) -> Any:
    """What is in a group under that name, if it really is in this file and not a link to somewhere else."""
    import h5py

    if not isinstance(group, h5py.Group) or not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise BadFile(say("lacks weights that its layers need"))
    return group[name]


def _plain(array: Any, shape: tuple[int, ...], layer: str) -> Array:
    import h5py

    if not isinstance(array, h5py.Dataset) or array.shape != shape or array.dtype != np.float32:
        raise BadFile(say("has no float32 weights of the right shape for the layer {layer!r}", layer=layer))
    # A piece of a divided array may be far larger than the array, and compressed.
    if array.external is not None or array.is_virtual or array.chunks is not None:
        raise BadFile(say("keeps weights in other files, or in pieces, which Keras does not"))
    values = np.asarray(array[()])
    if not np.isfinite(values).all():
        raise BadFile(say("holds weights that are not finite numbers"))
    return values
