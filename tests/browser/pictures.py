"""`make pictures` takes the README's pictures anew: one of each page, and a short one of the pad at work."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from nnviz.ui.shared.frame import lessons
from tests.browser.acting import DIGITS, PAD, idle, mouse_stroke, open_tab, opened
from tests.browser.conftest import CHROMIUM
from tests.browser.finding import find
from tests.browser.serving import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
COLOURS = 128  # of a picture's palette: a quarter of the bytes, and no difference to be seen
CHOSEN = {"Experiments": "?study=lambda-1", "Compare": "?runs=mlp,mlp_study"}
MOVING = (960, 600)
FRAME = 120  # ms


def picture(page: Page) -> Image.Image:
    """What is on the screen now."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def kept(shown: Image.Image, name: str) -> None:
    path = FOLDER / f"{name}.png"
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def train_something(page: Page, server: Server) -> None:
    """A network for the history, and an experiment whose points stand beside the report's."""
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_timeout(2000)
    opened(page, f"{server.url}/Experiments?study=lambda-1")
    page.get_by_role("button", name="Train them all").click()
    page.get_by_role("heading", name="Do we find what the report found?").wait_for(timeout=300_000)


def every_page(page: Page, server: Server) -> None:
    """Each page as it opens, with a 7 on the pad."""
    opened(page, server.url)
    page.wait_for_selector(PAD)
    for stroke in DIGITS[7]:
        mouse_stroke(page, stroke)
    idle(page)
    page.wait_for_timeout(1000)
    kept(picture(page), "draw")
    for lesson in lessons():
        name = Path(lesson.path).stem.partition("_")[2]
        opened(page, f"{server.url}/{name}{CHOSEN.get(name, '')}")
        page.wait_for_timeout(3000)  # what is drawn without the server
        kept(picture(page), name.lower())


def pad_at_work(page: Page, server: Server) -> None:
    """A 3 becomes an 8 while the networks read it, as one moving picture."""
    opened(page, server.url)
    page.wait_for_selector(PAD)
    page.get_by_test_id("pad-clear").click()
    frames = [picture(page)]
    box = page.locator(PAD).bounding_box()
    assert box is not None
    for digit in (3, 8):
        for stroke in DIGITS[digit]:
            places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            page.mouse.move(*places[0])
            page.mouse.down()
            for at in range(1, len(places), 3):
                page.mouse.move(*places[at])
                page.wait_for_timeout(40)
                frames.append(picture(page))
            page.mouse.move(*places[-1])
            page.mouse.up()
        page.wait_for_timeout(300)
        frames += [picture(page)] * 8
        page.get_by_test_id("pad-clear").click()
    # One palette for all, so that no colour flickers.
    palette = frames[len(frames) // 2].resize(MOVING).quantize(COLOURS, dither=Image.Dither.NONE)
    small = [frame.resize(MOVING).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    path = FOLDER / "pad.gif"
    small[0].save(path, save_all=True, append_images=small[1:], duration=FRAME, loop=0, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB, {len(small)} frames")


def main() -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        server = Server(Path(home)).start()
        browser = playwright.chromium.launch(executable_path=find(), args=CHROMIUM)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        try:
            train_something(page, server)
            every_page(page, server)
            pad_at_work(page, server)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
