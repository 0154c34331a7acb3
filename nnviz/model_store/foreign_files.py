"""What people bring in the place of a network: named, with how to save what is wanted instead.

Only the first bytes and the names in an archive are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnviz.core.words import say

_SAVE = say('in Keras, save the network with model.save("name.keras")')
# By what their names end in; the words end the sentence "The file ...".
_BY_SUFFIX = {
    **dict.fromkeys(
        (".pt", ".pth", ".ckpt", ".safetensors", ".bin"),
        say(
            "is of PyTorch or a like library, whose torch.onnx.export writes an .onnx file that is read here"
        ),
    ),
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".sav"), say("is a pickle, which could run code when opened")
    ),
    ".tflite": say("is a network for TensorFlow Lite"),
    ".pb": say("is a TensorFlow graph"),
    ".json": say("is the description of a network alone, without its weights"),
    ".mat": say("is a file of MATLAB"),
}


def by_name(filename: str) -> str:
    """What a file of that name is, if it is none of ours; "" where that is not known."""
    lower = filename.lower()
    return next((said for suffix, said in _BY_SUFFIX.items() if lower.endswith(suffix)), "")


def named(content: bytes) -> str:
    """What bytes are that are no archive, and what to do; "" where that is not known."""
    if not content:
        return say("is empty")
    if content.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        return say("is a pickle, which could run code when opened, and so is not ({save})", save=_SAVE)
    if content[4:8] == b"TFL3":
        return say("is a network for TensorFlow Lite ({save})", save=_SAVE)
    if content.startswith(b"PK\x03\x04") and b"PK\x05\x06" not in content[-(1 << 16) :]:
        return say("is cut off before its end")
    return ""


def zipped(names: Sequence[str]) -> str:
    """What an archive with these members is, if it is none of Keras; "" where it may be."""
    if any(name.endswith("saved_model.pb") for name in names):
        return say("is a SavedModel of TensorFlow ({save})", save=_SAVE)
    if any(name.endswith("data.pkl") for name in names):
        return say(
            "is of PyTorch, and holds a pickle, which could run code when opened; torch.onnx.export writes "
            "an .onnx file that is read here"
        )
    if any(name.endswith(".npy") for name in names):
        return say("is an .npz file by another name")
    inner = [name for name in names if name.lower().endswith((".keras", ".h5", ".hdf5"))]
    if inner and "config.json" not in names:
        return say("is a zip with {name!r} in it (unzip it first)", name=inner[0][:60])
    return ""
