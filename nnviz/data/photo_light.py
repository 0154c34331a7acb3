"""Light and paper of a photo: what the paper is at each place, and how much darker than it a pixel is.

Paper is grey, brighter on one side, and part of it lies in a shadow. A grey closing (J. Serra, Image
Analysis and Mathematical Morphology, 1982) tells how bright it is at each place: dark things narrower than a
window vanish, edges of large things stay. Dividing by it makes all paper 1.

A marker's stroke is wider than a shadow may be. So paper is told a second time, with a wide window and a
flood: what is dark and surrounded by something brighter on all sides is filled, however thick it is (L.
Vincent, Morphological grayscale reconstruction, 1993). Where that finds something thick and it is ink and no
shadow, it has the say.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from nnviz.core.records import Array

_COARSE = 4  # the paper is found in a picture this many times smaller, which also evens its grain
_WINDOW = 0.07  # of the longer side: wider than a pencil's stroke, narrower than a finger's shadow
_WIDE = 0.16  # likewise: wider than most of a marker's
_DARKER = 0.1  # of the paper's brightness: what is darker than a thick patch by as much is ink in a shadow
_SOFT = 0.007  # of the longer side: a wider edge is a shadow's
_NIGHT = 0.72  # of the light is more than a shadow takes away
_ENTERS = 0.03  # of the photo's edge: a hand's shadow comes in over as much, and need be but half as soft
_RIM = 0.15  # of the photo's edge: what lies along more of it is no ink
_LEVELS = 40  # heights of the flood
_DULL = 0.5  # of the brightest colour of the paper: in one that is darker, ink may even be brighter
_FAINTEST = 0.06  # of the paper's brightness: what is lighter than this is no ink
_GRAIN = 4.0  # times the paper's grain: likewise
_BETWEEN = (0.2, 0.3)  # of the brightest paper: ink that fills a photo is darker, paper in a shadow brighter,
_FEW = 0.12  # and so much of the photo at most is neither
_PART = (0.1, 0.75)  # of the photo is ink then
_SMALL = 160  # pixels: of the picture in which light and dark are told apart
_CONTRAST = 1.5  # times as bright as what it lies on: light ink is more, a lamp's cone on paper less
_LIT = 0.2  # of the outermost pixels may be light; more are paper in the light, beside a shadow
_STEEP = 0.08  # of the contrast, from pixel to pixel: an edge that rises less is a lamp's reflection's,
_FADING = 0.25  # where so much of all edges does
_THICK = 0.13  # of the longer side: half as wide as this, something light may be a sheet of paper on a table
_BLACK = 12  # of 255: no table is as dark as this, but what a program draws on may be;
_THICKEST = 0.2  # so there it has to be as thick as this
_SHEET = 0.3  # of the longer side: if it is as wide as this on the whole


class Evened(NamedTuple):
    """A photo without its light.

    Attributes
    ----------
    colours
        (3, h, w) float32: how much darker than the paper each pixel is, from 0 to 1, in red, green and blue.
    dark
        (h, w) float32: the same in the colour that tells most. Blue ink is dark in red light, pencil in any.
    floor
        What is less dark is no ink.
    """

    colours: Array
    dark: Array
    floor: float


def is_light_on_dark(picture: Array) -> bool:
    """Whether light ink on dark, a blackboard or a dark screen, is likelier than dark ink on paper.

    (h, w, 3) uint8. Where the outermost pixels are nearer to the darkest than to the brightest around them,
    the ground is dark, unless what is light is as thick as a sheet of paper on a table.
    """
    grey = Image.fromarray(picture).convert("L")
    grey.thumbnail((_SMALL, _SMALL), Image.Resampling.BOX)
    values = ndimage.median_filter(np.asarray(grey, np.float32), 3)
    side = max(3, max(values.shape) // 2)
    top = ndimage.maximum_filter(values, side, mode="nearest")
    bottom = ndimage.minimum_filter(values, side, mode="nearest")
    nearer_dark = values - bottom < top - values
    outside = np.ones(values.shape, bool)
    outside[2:-2, 2:-2] = False
    standing_out = (top + 8) / (values + 8) > _CONTRAST
    if standing_out.mean() < 0.01 or nearer_dark[standing_out].mean() < 0.6:
        return False
    if standing_out[outside].mean() > 0.1 and nearer_dark[standing_out & outside].mean() < 0.75:
        return False
    between = np.sqrt((values.min() + 8) * (values.max() + 8))
    if (values[outside] + 8 > between).mean() > _LIT:
        return False
    ground = float(np.median(values[outside]))
    light = values > (float(values.max()) + ground) / 2
    glows = _is_glow(values, light, float(values.max()) - ground)
    light = np.pad(light, 3)
    if ground > _BLACK:
        light = ndimage.binary_closing(
            light, iterations=2
        )  # a sheet's lines and pencilled digit are none of it
    rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
    narrower = min(rows[-1] - rows[0], columns[-1] - columns[0]) / max(values.shape)
    thick = float(ndimage.distance_transform_edt(light).max()) / max(values.shape)
    if thick > (_THICK if ground > _BLACK else _THICKEST) and narrower > _SHEET:
        return False
    return not glows or _is_thin_light(values)


def _is_glow(values: Array, light: Array, contrast: float) -> bool:
    """Whether what is light fades into the ground, as a lamp's reflection does and ink does not."""
    contour = light & ~ndimage.binary_erosion(light, border_value=1)
    slope = ndimage.gaussian_gradient_magnitude(values, 1)[contour]
    return bool((slope < _STEEP * contrast).mean() > _FADING)


def _is_thin_light(values: Array) -> bool:
    """Whether what is narrow is lighter than what is around it, rather than darker."""
    side = round(_SMALL * 0.1)
    lighter = values / (ndimage.grey_opening(values, (side, side), mode="nearest") + 8)
    darker = (ndimage.grey_closing(values, (side, side), mode="nearest") + 8) / (values + 8)
    return bool((lighter > 1.3).sum() > (darker > 1.3).sum())


def even_out(picture: Array, *, enlarged: int = 1, board: bool = False) -> Evened:
    """How much darker than its paper each pixel of an (h, w, 3) uint8 picture is.

    A picture that has been enlarged is as many times less sharp. A board is one with light ink, turned over:
    a shadow on it makes ink less dark and not darker.
    """
    values = np.moveaxis(picture.astype(np.float32), 2, 0)
    height, width = picture.shape[:2]
    coarse = max(1, min(_COARSE, max(height, width) // 120))
    size = max(1, width // coarse), max(1, height // coarse)
    small = np.stack([_resized(each, size, Image.Resampling.BOX) for each in values])
    small = ndimage.median_filter(small, (1, 3, 3))
    papers = np.stack([_resized(each, (width, height)) for each in _papers(small, enlarged / coarse, board)])
    sigma = max(picture.shape) / 1000
    parts = ndimage.gaussian_filter(_parts(values, papers), (0, sigma, sigma))
    parts /= np.array([_middle(part) for part in parts], np.float32)[:, None, None]
    least = parts.min(axis=0)
    least /= _middle(least)
    grain = 1.4826 * float(np.median(np.abs(least[least > 0.8] - 1)))
    colours = np.clip(1 - parts, 0, 1)
    return Evened(colours, np.clip(1 - least, 0, 1), max(_FAINTEST, _GRAIN * grain))


def black_on_white(picture: Array) -> Evened:
    """As `even_out`, of ink so thick and dark that it fills a photo: it is much darker than any shadow."""
    values = picture.max(axis=2).astype(np.float32)
    part = ndimage.gaussian_filter(values, 1) / max(float(np.quantile(values, 0.95)), 1.0)
    dark = np.clip((_BETWEEN[1] - part) / (_BETWEEN[1] - _BETWEEN[0]), 0, 1).astype(np.float32)
    if ((dark > 0) & (dark < 1)).mean() > _FEW or not _PART[0] < (dark > 0.5).mean() < _PART[1]:
        dark = np.zeros_like(dark)
    dark[[0, -1]] = dark[:, [0, -1]] = 0  # it may well run off the edge
    return Evened(np.stack([dark] * 3), dark, _FAINTEST)


def _parts(values: Array, papers: Array) -> Array:
    """(3, h, w): brightness as a part of the paper's; 1 in a colour that the paper hardly has."""
    usual = np.median(papers, axis=(1, 2))
    parts: Array = 1 - (papers - values) / np.maximum(papers, 1)
    parts[usual < _DULL * usual.max()] = 1
    return parts


def _resized(
    values: Array, size: tuple[int, int], how: Image.Resampling = Image.Resampling.BILINEAR
) -> Array:
    resized: Array = np.asarray(Image.fromarray(values).resize(size, how))
    return resized


def _middle(part: Array) -> float:
    """The part of its paper that paper has: a little below 1, as the closing keeps to the bright grains."""
    thinned = part[::2, ::2]
    paper = thinned[thinned >= 0.8 * np.quantile(thinned, 0.95)]
    return max(float(np.median(paper)), 0.1) if paper.size else 1.0


def _papers(small: Array, blur: float, board: bool) -> Array:
    """(3, h, w): how bright the paper is, in a small picture that is sharp to so many pixels."""
    longer = max(small.shape)
    narrow, wide = (max(3, round(part * longer)) for part in (_WINDOW, _WIDE))
    paper = np.stack([_closed(each, narrow) for each in small])
    flooded = np.stack([np.maximum(_closed(each, wide), _flooded(each, wide)) for each in small])
    ink = _thick_ink(
        1 - _parts(small, paper).min(axis=0), 1 - _parts(small, flooded).min(axis=0), blur, board
    )
    if ink.any():
        ink = ndimage.distance_transform_edt(~ink) <= narrow
        paper = np.where(ink, flooded, paper)
    return paper


def _thick_ink(dark: Array, flooded: Array, blur: float, board: bool) -> Array:
    """(h, w) bool: what is too thick for the narrow window, and ink: no shadow, no table beside its sheet.

    Ink is about as dark everywhere, while ink in a shadow is darker than the shadow; its edge is sharp; and
    it does not lie along the edge of the photo.
    """
    longer = max(dark.shape)
    ink = np.zeros(dark.shape, bool)
    strong = flooded[flooded > _FAINTEST]
    if not strong.size:
        return ink
    cut = max(_FAINTEST, 0.35 * float(np.quantile(strong, 0.9)))
    labels, n = ndimage.label(flooded > cut, np.ones((3, 3)))
    depth = ndimage.distance_transform_edt(np.pad(flooded > cut, 1, mode="edge"))[1:-1, 1:-1]
    for number in range(1, n + 1):
        own = labels == number
        thick = own & (depth > 0.45 * _WINDOW * longer)
        if not thick.any():
            continue
        level = float(np.median(flooded[thick]))
        strokes = own & (dark > cut)
        darker = strokes.sum() > 0.03 * own.sum() and np.quantile(flooded[strokes], 0.75) > level + _DARKER
        rim = np.concatenate([own[0], own[-1], own[:, 0], own[:, -1]])
        around = ndimage.distance_transform_edt(~thick) < 0.1 * longer
        half = around & (flooded > level / 2)
        contour = int((half & ~ndimage.binary_erosion(half, border_value=1)).sum())
        grey = int((around & (flooded > level / 4) & (flooded < 3 * level / 4)).sum())
        most = (_SOFT * longer + 2.5 * blur) * (0.5 if rim.mean() > _ENTERS else 1)
        soft = grey / max(contour, 1) > most
        shadow = not board and level < _NIGHT and (darker or soft)
        ink |= own & (not (shadow or rim.mean() > _RIM))
    return ink


def _closed(values: Array, side: int) -> Array:
    """Without dark things that are narrower than a window of that side."""
    # With the edge of the photo going on beyond it: a strip of table beside a sheet is no stroke.
    beyond = side // 2 + 1
    wider = np.pad(values, beyond, mode="edge")
    paper = ndimage.grey_closing(wider, (side, side))[beyond:-beyond, beyond:-beyond]
    # Smooth, but at an edge (of a shadow, of the sheet on its table) no brighter than the darker side: paper
    # that is told too bright there would make ink of the other side.
    darker = ndimage.grey_erosion(paper, (3, 3), mode="nearest")
    smooth: Array = np.minimum(ndimage.gaussian_filter(paper, side / 16, mode="nearest"), darker)
    return smooth


def _flooded(values: Array, side: int) -> Array:
    """What is enclosed by brighter things, filled to where it would run over towards the edge."""
    edged = np.pad(values, 1, mode="edge")
    # A stroke that is cut by the edge of the photo is enclosed there too; a shadow is wider.
    for line in (edged[0], edged[-1], edged[:, 0], edged[:, -1]):
        line[:] = ndimage.grey_closing(line, 2 * side, mode="nearest")
    low, high = float(edged.min()), float(edged.max())
    filled = edged.copy()
    for level in np.linspace(low, high, _LEVELS + 1)[1:-1]:
        below, _ = ndimage.label(edged < level)
        rim = np.concatenate([below[0], below[-1], below[:, 0], below[:, -1]])
        outside = np.zeros(int(below.max()) + 1, bool)
        outside[rim] = True
        outside[0] = True
        filled[~outside[below]] = level
    return filled[1:-1, 1:-1]
