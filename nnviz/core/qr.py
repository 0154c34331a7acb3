"""An address as a QR code, which a phone's camera opens."""

from __future__ import annotations

import io


def svg(text: str) -> str:
    """The code as an SVG picture without a size of its own, black on white, with the edge that it needs.

    Raises
    ------
    ValueError
        For a text longer than any code holds, 2,953 bytes.
    """
    import segno  # late: few pages show one

    # A short one also survives a scratch; a long one is drawn with as few squares as can be.
    picture = segno.make(text, error="m" if len(text) < 200 else "l", micro=False, boost_error=False)
    written = io.BytesIO()
    look = {"svgclass": None, "lineclass": None, "light": "#fff", "omitsize": True}
    picture.save(written, kind="svg", xmldecl=False, **look)
    return written.getvalue().decode("utf-8")
