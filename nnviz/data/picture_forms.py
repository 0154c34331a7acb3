"""Pictures in forms other than PNG and JPEG, each made a PNG of moderate size: WebP, HEIC, BMP, GIF and TIFF.

What a file is, its first bytes say. Nothing is unpacked before its size is known; of several pages each
becomes a picture.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from nnviz.core.words import say
from nnviz.data.mnist import DataError

MOST_PIXELS = 16_000_000  # of one picture, which is unpacked several times over
_MOST_PAGES = 1_000
_LONGER = 1_000  # pixels that the longer side is shrunk to
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"heif")
_PILLOW = {"WebP": "WEBP", "HEIC": "HEIF", "BMP": "BMP", "GIF": "GIF", "TIFF": "TIFF"}


def form_of(content: bytes) -> str:
    """Which of the forms a file has, "" for any other."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "HEIC"
    if content[:2] == b"BM" and b"\0" in content[:32]:
        return "BMP"
    if content[:4] == b"GIF8":
        return "GIF"
    return "TIFF" if content[:4] in (b"II*\0", b"MM\0*") else ""


def as_png(name: str, content: bytes) -> list[bytes]:
    """The pages of a picture as PNG, upright, the longer side at most 1,000 pixels.

    Raises
    ------
    DataError
        When there is none that can be read; nothing else is raised.
    """
    form = form_of(content)
    try:
        if form == "HEIC":
            import pillow_heif

            pillow_heif.register_heif_opener(thumbnails=False)
        with Image.open(io.BytesIO(content), formats=(_PILLOW[form],)) as image:
            pages = getattr(image, "n_frames", 1) if form == "TIFF" else 1
            if pages > _MOST_PAGES:
                raise DataError(
                    say("{name} has {n:,} pages: expected at most {most:,}.",
                        name=name, n=pages, most=_MOST_PAGES)
                )  # fmt: skip
            found, left = [], MOST_PIXELS
            for page in range(pages):
                if page:
                    image.seek(page)
                left -= image.width * image.height
                if left < 0:
                    raise DataError(
                        say("{name} has more than {most} million pixels: expected at most that many.",
                            name=name, most=MOST_PIXELS // 1_000_000)
                    )  # fmt: skip
                found.append(_png(image))
            return found
    except DataError:
        raise
    except ImportError as error:
        raise DataError(
            say("{name} is a HEIC picture, which this computer cannot read: save it as JPEG.", name=name)
        ) from error
    except Exception as error:  # a hostile picture makes its reader raise nearly anything
        raise DataError(
            say("{name} is damaged: expected a whole {form} picture.", name=name, form=form)
        ) from error


def _png(image: Image.Image) -> bytes:
    plain: Any = image
    if image.mode == "F":  # numbers of any range
        numbers = np.asarray(image)
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        plain = Image.fromarray(np.uint8(np.nan_to_num((numbers - low) * (255 / max(high - low, 1e-9)))))
    elif image.mode in ("1", "CMYK", "YCbCr", "LAB", "HSV"):
        plain = image.convert("L" if image.mode == "1" else "RGB")
    elif image.mode in ("P", "PA", "La", "RGBa"):
        plain = image.convert("RGBA")
    exif = image.getexif().tobytes()  # how it has to be turned
    plain = plain.reduce(factor) if (factor := max(image.size) // _LONGER) > 1 else plain.copy()
    plain.info["exif"] = exif
    packed = io.BytesIO()
    ImageOps.exif_transpose(plain).save(packed, "PNG", compress_level=1)
    return packed.getvalue()
