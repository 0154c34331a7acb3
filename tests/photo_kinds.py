"""Every kind of photo of a digit that has to be read, by its name: `KINDS`, and `KINDS_OF_SEVERAL` digits."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from nnviz.core.records import Array
from tests.photographing import (
    Colour,
    Scene,
    as_file,
    drawn,
    drawn_in_rows,
    on_a_table,
    photo,
    photographed,
    taken,
)

Maker = Callable[[Array, np.random.Generator], bytes]


def some(rng: np.random.Generator, **fixed: object) -> Scene:
    """A scene in which what is not fixed is as it happens to be."""
    free = Scene(
        light=rng.uniform(0, 0.4),
        shadow=rng.uniform(0, 0.5),
        paper=rng.uniform(170, 240),
        pencil=rng.uniform(40, 100),
        stroke=rng.uniform(0.6, 1.0),
        grain=rng.uniform(0, 4),
        turn=rng.uniform(-6, 6),
        quality=int(rng.integers(60, 92)),
        size=(800, 600),
    )
    return replace(free, **fixed)  # type: ignore[arg-type]


def close(rng: np.random.Generator, size: tuple[int, int], **fixed: object) -> Scene:
    """A close-up: the ink is 60 to 90 % as high as the picture (of its 28 rows a digit fills 20)."""
    return some(rng, size=size, share=(0.6 * 1.4, 0.9 * 1.4), turn=0.0, stroke=1.0, **fixed)


def _flat(ink: int, paper: int, side: int) -> Maker:
    """A digit as a program draws it: one grey on another, with no camera between."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
        share = np.asarray(large, np.float32) / 255
        return as_file(np.rint(paper + (ink - paper) * share).astype(np.uint8), "PNG")

    return made


def _transparent(ink: int, side: int) -> Maker:
    def made(digit: Array, rng: np.random.Generator) -> bytes:
        large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC))
        return as_file(np.dstack([np.full((side, side, 3), ink, np.uint8), large]), "PNG")

    return made


def _cropped(digit: Array, rng: np.random.Generator) -> bytes:
    """Cut so that the ink has but a hair of paper around it."""
    scene = some(rng, size=(500, 500), share=(0.9, 0.9), turn=0.0, shadow=0.0)
    sheet = drawn([digit], scene, rng)
    inked = np.abs(sheet[:, :, 0] - sheet[0, 0, 0]) > 20
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    edge = int(rng.uniform(2, 12))
    top, left = max(0, rows[0] - edge), max(0, columns[0] - edge)
    cut = sheet[top : rows[-1] + edge + 1, left : columns[-1] + edge + 1]
    return as_file(photographed(cut, scene, rng), "JPEG", quality=85)


def _sideways(digit: Array, rng: np.random.Generator) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.rot90(taken(digit, some(rng), rng))
    return as_file(np.ascontiguousarray(stored), "JPEG", quality=85, exif=exif.tobytes())


def _scene(**settings: object) -> Maker:
    return lambda digit, rng: photo(digit, some(rng, **settings), rng)


def _angled(**settings: object) -> Maker:
    """Squared paper at an angle, half in shadow, with a pencilled digit."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        fixed: dict[str, object] = {
            "ruling": "squared",
            "size": (1000, 750),
            "apart": (0.02, 0.045),
            "stroke": rng.uniform(0.3, 0.5),
            "shadow": rng.uniform(0.3, 0.5),
            "share": (0.35, 0.75),
            "turn": 0.0,
        }
        return photo(digit, some(rng, **(fixed | settings)), rng)

    return made


def _near(size: tuple[int, int], **settings: object) -> Maker:
    return lambda digit, rng: photo(digit, close(rng, size, **settings), rng)


def _tabled(**settings: object) -> Maker:
    return lambda digit, rng: on_a_table(photo(digit, some(rng, **settings), rng), rng)


def _chalk(board: Colour, chalk: Colour = (225, 228, 220), **settings: object) -> Maker:
    return _scene(sheet=board, ink=chalk, stroke=1.0, dust=0.15, shadow=0.2, light=0.3, **settings)


def _filed(form: str, **options: object) -> Maker:
    return lambda digit, rng: as_file(taken(digit, some(rng), rng), form, **options)


def _spread(degrees: tuple[float, float], **settings: object) -> Maker:
    """Squared paper turned by so much to either side, half in shadow."""
    return lambda digit, rng: _angled(lying=rng.choice([-1, 1]) * rng.uniform(*degrees), **settings)(
        digit, rng
    )


def _inverted(digit: Array, rng: np.random.Generator) -> bytes:
    """A scanner's picture, turned over."""
    scan = taken(digit, some(rng, shadow=0.0, light=0.05, paper=rng.uniform(200, 245)), rng)
    return as_file(np.invert(scan), "PNG")


def _noisy(digit: Array, rng: np.random.Generator) -> bytes:
    """A telephone's picture in the dark: grain in each colour, evened by the telephone, and JPEG."""
    picture = taken(digit, some(rng, paper=rng.uniform(110, 170), pencil=35.0, grain=0.0), rng).astype(float)
    picture += rng.normal(0, 12, (*picture.shape[:2], 1)) + rng.normal(0, 8, picture.shape)
    picture = ndimage.gaussian_filter(picture, (0.8, 0.8, 0))
    return as_file(np.clip(picture, 0, 255).astype(np.uint8), "JPEG", quality=60)


def _deep(digit: Array, rng: np.random.Generator) -> bytes:
    """A PNG of 16 bits of grey."""
    grey = taken(digit, some(rng), rng)[:, :, 1].astype(np.uint16)
    return as_file(grey * 257, "PNG")


def _in_mode(mode: str, form: str, **settings: object) -> Maker:
    def made(digit: Array, rng: np.random.Generator) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(taken(digit, some(rng, **settings), rng)).convert(mode).save(stream, form)
        return stream.getvalue()

    return made


def _moving(form: str) -> Maker:
    """A file of two pictures, of which the first has the digit."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        first = Image.fromarray(taken(digit, some(rng), rng))
        stream = io.BytesIO()
        first.save(stream, form, save_all=True, append_images=[Image.new("RGB", first.size, "white")])
        return stream.getvalue()

    return made


def _in_a_bubble(digit: Array, rng: np.random.Generator) -> bytes:
    """In a bubble with a tail, as somebody in a comic says it."""
    scene = some(rng, turn=0.0, share=(0.4, 0.5), size=(700, 600))
    sheet = drawn([digit], scene, rng)
    inked = sheet[:, :, 0] < sheet[0, 0, 0] - 20
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    y, x = (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2
    down, across = 0.85 * (rows[-1] - rows[0]), 1.1 * max(columns[-1] - columns[0], 120)
    image = Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8))
    pen, ink = ImageDraw.Draw(image), (50, 50, 52)
    pen.ellipse((x - across, y - down, x + across, y + down), outline=ink, width=5)
    foot = (x - across * 0.3, y + 0.95 * down)
    pen.line((foot, (x - across * 0.6, y + 1.3 * down), (x, y + down)), fill=ink, width=5)
    return as_file(photographed(np.asarray(image, np.float32), scene, rng), "JPEG", quality=80)


def _at_the_edge(digit: Array, rng: np.random.Generator) -> bytes:
    """Cut so close that the ink is cut at the edge."""
    scene = some(rng, size=(500, 500), share=(0.9, 0.9), turn=0.0, shadow=0.0)
    sheet = drawn([digit], scene, rng)
    inked = np.abs(sheet[:, :, 0] - sheet[0, 0, 0]) > 60
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    cut = sheet[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return as_file(photographed(cut, scene, rng), "JPEG", quality=85)


def _noted(digit: Array, rng: np.random.Generator) -> bytes:
    """Stored in any of the eight ways, with a note of which."""
    exif = Image.Exif()
    exif[0x0112] = note = int(rng.integers(1, 9))
    upright = Image.fromarray(taken(digit, some(rng), rng))
    stored = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }.get(note, [])
    for how in stored:
        upright = upright.transpose(how)
    return as_file(np.asarray(upright), "JPEG", quality=85, exif=exif.tobytes())


def _beside_a_pen(digit: Array, rng: np.random.Generator) -> bytes:
    """A sheet that lies aslant on a wooden desk, with a pen and a plate beside it."""
    content = photo(digit, some(rng), rng)
    sheet = Image.open(io.BytesIO(content)).convert("RGBA").rotate(rng.uniform(-10, 10), expand=True)
    width, height = int(1.4 * sheet.width), int(1.4 * sheet.height)
    veins = ndimage.gaussian_filter(rng.normal(0, 1, (height, width)), (1, 60))[:, :, None] * 120
    wood = np.array([170, 130, 90]) + veins + rng.normal(0, 3, (height, width, 1))
    desk = Image.fromarray(np.clip(wood, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(desk)
    pen.line((20, height - 30, width // 2, height - 60), fill=(30, 60, 150), width=14)
    pen.ellipse((width - 120, 10, width - 20, 110), fill=(230, 230, 235))
    desk.paste(sheet, ((width - sheet.width) // 2, (height - sheet.height) // 2), sheet)
    return as_file(np.asarray(desk), "JPEG", quality=80)


def _on_a_note(paper: Colour, ink: Colour) -> Maker:
    """A sticky note on a table or a wall of any grey."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        size, wide, high = (500, 500), 900, 700
        scene = some(rng, sheet=paper, ink=ink, size=size, share=(0.5, 0.8), stroke=0.8)
        flat = np.clip(drawn([digit], scene, rng), 0, 255).astype(np.uint8)
        note = Image.fromarray(flat).convert("RGBA")
        note = note.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC, expand=True)
        grey = int(rng.choice([60, 120, 200, 235]))
        wall = Image.new("RGB", (wide, high), (grey, grey - 5, grey - 12))
        left = (wide - note.width) // 2 + int(rng.uniform(-60, 60))
        wall.paste(note, (left, (high - note.height) // 2), note)
        lit = replace(scene, light=0.3, shadow=0.2, grain=3.0)
        return as_file(photographed(np.asarray(wall, np.float32), lit, rng), "JPEG", quality=80)

    return made


def _in_an_app(page: int, card: int, ink: int) -> Maker:
    """A picture of a telephone's screen: a line of text, and a digit on a card with round corners."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        width, height = 540, 960
        screen = Image.new("L", (width, height), page)
        pen = ImageDraw.Draw(screen)
        pen.rounded_rectangle((16, 120, width - 16, height - 80), 30, fill=card)
        for place, text in ((30, "9:41"), (width - 90, "87%")):
            pen.text((place, 30), text, font=ImageFont.load_default(20), fill=ink)
        side = int(rng.uniform(250, 420))
        strokes = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
        left, top = int(rng.uniform(30, width - side - 30)), int(rng.uniform(160, height - side - 100))
        screen.paste(Image.new("L", (side, side), ink), (left, top), strokes)
        return as_file(np.asarray(screen.convert("RGB")), "PNG")

    return made


def _dusty(digit: Array, rng: np.random.Generator) -> bytes:
    """A blackboard that has been wiped, not washed."""
    scene = some(rng, sheet=(45, 55, 50), ink=(225, 228, 220), stroke=1.0, dust=0.15, shadow=0.2, light=0.3)
    sheet = drawn([digit], scene, rng)
    smear = ndimage.gaussian_filter(rng.normal(0, 1, sheet.shape[:2]), (12, 40))
    sheet = sheet + np.clip(smear / smear.std(), 0, 3)[:, :, None] * rng.uniform(8, 20)
    return as_file(photographed(sheet, scene, rng), "JPEG", quality=80)


KINDS: dict[str, Maker] = {
    "pencil on plain paper": _scene(),
    "thin pencil": _scene(stroke=0.35),
    "grey, dim, grainy": _scene(paper=110, pencil=45, grain=6, quality=55),
    "out of focus": _scene(blur=4.0),
    "close-up, square": _near((640, 640)),
    "close-up, 640 x 480": _near((640, 480)),
    "thick marker": _scene(stroke=1.6, pencil=35.0, turn=0.0),
    "thick marker, close-up": lambda digit, rng: photo(
        digit, replace(close(rng, (640, 480)), stroke=1.4, share=(0.9, 1.1), pencil=30.0), rng
    ),
    "cropped to the ink": _cropped,
    "28 x 28, black on white": _flat(0, 255, 28),
    "28 x 28, grey on grey": _flat(60, 150, 28),
    "56 x 56, photographed": _near((56, 56), shadow=0.2, grain=2.0, quality=90),
    "light on dark screen": _scene(
        sheet=(32, 33, 36), ink=(232, 234, 237), shadow=0.0, light=0.1, stroke=1.0
    ),
    "blackboard": _chalk((45, 50, 48)),
    "green board, close-up": _chalk((40, 80, 62), size=(640, 480), share=(0.8, 1.1), turn=0.0),
    "whiteboard at night": _scene(
        sheet=(95, 100, 108), ink=(25, 30, 60), glare=110.0, shadow=0.25, stroke=1.0, light=0.4
    ),
    "the pad's own picture": _flat(255, 0, 560),
    "the pad's own 28 x 28": _flat(255, 0, 28),
    "transparent, white ink": _transparent(255, 400),
    "transparent, black ink": _transparent(0, 200),
    "in a circle": _scene(frame="circle", share=(0.4, 0.55), turn=0.0),
    "in a box": _scene(frame="box", share=(0.4, 0.55), turn=0.0),
    "yellow paper, blue ink": _scene(sheet=(250, 220, 2), ink=(40, 50, 120)),
    "red paper, black ink": _scene(sheet=(215, 3, 2), ink=(30, 2, 2)),
    "blue paper, black ink": _scene(sheet=(2, 60, 200), ink=(2, 10, 30)),
    "blue ballpoint": _scene(ink=(50, 70, 160), stroke=0.5),
    "red pen": _scene(ink=(200, 50, 55), stroke=0.7),
    "lined paper": _scene(ruling="lined"),
    "squared paper": _scene(ruling="squared"),
    "dotted paper": _scene(ruling="dotted"),
    "lined paper, close-up": _near((640, 480), ruling="lined", apart=(0.25, 0.5)),
    "squared, turned by 10°": _spread((8, 12)),
    "squared, keystone": lambda digit, rng: _angled(keystone=rng.uniform(0.02, 0.06))(digit, rng),
    "squared, keystone, turned": lambda digit, rng: _angled(
        keystone=rng.uniform(0.02, 0.06), lying=rng.uniform(-12, 12)
    )(digit, rng),
    "lined, keystone, turned": lambda digit, rng: _angled(
        ruling="lined", apart=(0.04, 0.08), keystone=rng.uniform(0.02, 0.06), lying=rng.uniform(-12, 12)
    )(digit, rng),
    "sheet on a table": _tabled(),
    "squared sheet on a table": _tabled(ruling="squared", apart=(0.03, 0.05), stroke=0.5),
    "a lamp's reflection": _scene(glare=70.0, pencil=45.0),
    "a hand's shadow": _scene(hand=True, shadow=0.5),
    "a note on a phone's side": _sideways,
    "12 megapixels": _scene(size=(4000, 3000)),
    "WebP": _filed("WEBP", quality=75),
    "close-up, keystone": lambda digit, rng: _near((640, 480), keystone=rng.uniform(0.02, 0.08))(digit, rng),
    "squared, turned by 5 to 20°": _spread((5, 20)),
    "squared, close-up, turned": _spread((5, 20), size=(640, 480), apart=(0.06, 0.12), share=(0.8, 1.1)),
    "squared, keystone 8 %": lambda digit, rng: _angled(keystone=rng.uniform(0.06, 0.08))(digit, rng),
    "grey, very thin pencil": lambda digit, rng: photo(
        digit, some(rng, stroke=0.25, pencil=rng.uniform(110, 140), paper=rng.uniform(190, 240)), rng
    ),
    "pale yellow paper, blue ink": _scene(sheet=(250, 236, 150), ink=(45, 60, 150), stroke=0.5),
    "pale yellow paper, red ink": _scene(sheet=(250, 236, 150), ink=(200, 45, 45), stroke=0.5),
    "lined, with a margin": _scene(ruling="margin", apart=(0.05, 0.09), stroke=0.7),
    "lined, with a margin, turned": lambda digit, rng: photo(
        digit, some(rng, ruling="margin", apart=(0.05, 0.09), lying=rng.uniform(-12, 12)), rng
    ),
    "dotted, turned": lambda digit, rng: photo(
        digit, some(rng, ruling="dotted", apart=(0.04, 0.08), stroke=0.5, lying=rng.uniform(-15, 15)), rng
    ),
    "yellow chalk": _chalk((40, 75, 60), (235, 220, 110)),
    "blue chalk": _chalk((45, 50, 48), (130, 175, 230)),
    "red chalk": _chalk((45, 50, 48), (225, 120, 125)),
    "scan, turned over": _inverted,
    "JPEG of quality 20": _scene(quality=20),
    "squared, JPEG of quality 20": _angled(quality=20),
    "a phone's noise": _noisy,
    "24 x 24, photographed": _near((24, 24), shadow=0.2, grain=2.0, quality=90),
    "24 x 24, black on white": _flat(0, 255, 24),
    "in a speech bubble": _in_a_bubble,
    "in a box that it touches": _scene(frame="box", share=(0.4, 0.55), turn=0.0, reach=0.5),
    "marker, filling the picture": lambda digit, rng: photo(
        digit, replace(close(rng, (640, 640)), stroke=1.8, share=(1.0, 1.2), pencil=30.0), rng
    ),
    "cut at the ink": _at_the_edge,
    "any note on a phone's side": _noted,
    "PNG of 16 bits": _deep,
    "JPEG of four inks": _in_mode("CMYK", "JPEG"),
    "PNG with a palette": _in_mode("P", "PNG"),
    "PNG of black and white": _in_mode("1", "PNG", shadow=0.1, light=0.1, pencil=30.0),
    "moving WebP": _moving("WEBP"),
    "moving PNG": _moving("PNG"),
    "marker, over the edge": lambda digit, rng: photo(
        digit, replace(close(rng, (480, 480)), stroke=1.7, share=(1.25, 1.4), pencil=20.0), rng
    ),
    "on a desk, beside a pen": _beside_a_pen,
    "yellow sticky note": _on_a_note((250, 235, 120), (40, 50, 120)),
    "pink sticky note": _on_a_note((250, 150, 190), (40, 40, 45)),
    "in an app, dark": _in_an_app(0, 28, 240),
    "in an app, light": _in_an_app(242, 255, 20),
    "blackboard with chalk dust": _dusty,
    "a strip": _scene(size=(1600, 300), share=(0.6, 0.9), turn=0.0),
    "a strip, upright": _scene(size=(300, 1600), share=(0.6, 0.9), turn=0.0),
    "20 x 20, black on white": _flat(0, 255, 20),
}
KINDS_OF_SEVERAL = {
    "two digits": 2,
    "three digits": 3,
    "a sheet of 2 x 5": 10,
    "a sheet of 3 x 10": 30,
    "a sheet of 6 x 10": 60,
    "a lined sheet of 4 x 10": 40,
}


def several(digits: Sequence[Array], rng: np.random.Generator, ruling: str = "") -> bytes:
    """Digits side by side on one sheet; many of them in rows."""
    if len(digits) > 3:
        columns = min(10, len(digits) // 2)
        return sheet([digits[i : i + columns] for i in range(0, len(digits), columns)], rng, ruling=ruling)
    return photo(digits, some(rng, turn=0.0, share=(0.6, 0.95)), rng)


def sheet(digits: Sequence[Sequence[Array]], rng: np.random.Generator, **fixed: object) -> bytes:
    """Rows of digits on one sheet."""
    settings: dict[str, object] = {"turn": 0.0, "share": (0.6, 0.8), "size": (1000, 750)}
    scene = some(rng, **(settings | fixed))
    return as_file(photographed(drawn_in_rows(digits, scene, rng), scene, rng), "JPEG", quality=scene.quality)
