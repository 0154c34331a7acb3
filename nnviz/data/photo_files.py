"""A photo's file: PNG, JPEG (also called JFIF), WebP, and HEIC where pillow-heif is installed.

What a file is, its first bytes say and not its name. A file that is something else is refused with the name
of what it is.
"""

from __future__ import annotations

import importlib.util
import io

from PIL import Image, ImageOps

from nnviz.core.words import say
from nnviz.data import upload_files, upload_pictures
from nnviz.data.mnist import DataError

_MOST_PIXELS = {
    "WebP": 16_000_000,
    "HEIC": upload_pictures.MOST_PIXELS,
}  # WebP is unpacked several times over
_LONGER = 1_000  # pixels that the longer side is shrunk to
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"heif")
_OTHERS = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"PK", "ZIP"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
)


def opened(name: str, content: bytes) -> Image.Image:
    """The picture in the file: upright, RGBA, its longer side at most 1,000 pixels.

    Raises
    ------
    DataError
        When there is none that can be read; nothing else is raised.
    """
    kind = found(content)
    if kind in ("PNG", "JPEG"):
        return upload_pictures.opened(name, content)
    short = upload_files.short(name)
    expected = say("PNG, JPEG, WebP or HEIC") if _reads_heic() else say("PNG, JPEG or WebP")
    if kind == "HEIC" and not _reads_heic():
        raise DataError(
            say(
                "{name} is a HEIC picture, which this computer cannot read: expected {expected}. On an "
                "iPhone, Settings, Camera, Formats, “Most Compatible” makes JPEG.",
                name=short,
                expected=expected,
            )
        )
    if kind not in ("WebP", "HEIC"):
        raise DataError(
            say("{name} is {kind}: expected {expected}.", name=short, kind=kind, expected=expected)
        )
    return _unpacked(short, content, kind)


def found(content: bytes) -> str:
    """What a file is, in a word or two."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    if content[4:8] == b"ftyp":
        return "HEIC" if content[8:12] in _HEIC else say("a film, or another kind of picture")
    if not content:
        return say("empty")
    for start, kind in _OTHERS:
        if content.startswith(start):
            return say("a {kind} file", kind=kind)
    return say("no picture")


def _reads_heic() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None


def _unpacked(name: str, content: bytes, kind: str) -> Image.Image:
    """A picture that has to be unpacked at its full size."""
    try:
        if kind == "HEIC":
            import pillow_heif

            pillow_heif.register_heif_opener(thumbnails=False)
        with Image.open(io.BytesIO(content), formats=("WEBP" if kind == "WebP" else "HEIF",)) as image:
            upload_pictures.check_pixels(name, image, _MOST_PIXELS[kind])
            small = image.reduce(max(1, max(image.size) // _LONGER))
            small.info["exif"] = image.getexif().tobytes()  # how it has to be turned
            small = ImageOps.exif_transpose(small).convert("RGBA")
    except DataError:
        raise
    except Exception as error:  # a hostile picture makes its reader raise nearly anything
        raise DataError(
            say("{name} is damaged: expected a whole {kind} picture.", name=name, kind=kind)
        ) from error
    small.thumbnail((_LONGER, _LONGER))
    return small
