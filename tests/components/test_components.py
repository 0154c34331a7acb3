"""What the components are given and what they may send back; tests/browser sees how they look and act."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from nnviz import components
from nnviz.components import pad_message
from nnviz.components.confusion_matrix import _checked_cell
from nnviz.components.digit_gallery import _checked_index
from nnviz.components.guess_curve import _checked as _checked_curve
from nnviz.components.pad import _asked, _image, _layer, _network
from nnviz.components.run_list import _checked as _checked_ids
from nnviz.core.records import Activations, Array, Evaluation
from nnviz.data import preprocessing

HOSTILE: list[Any] = [
    "4",
    7,
    {},
    {"0": 4},
    [],
    [4],
    [4, 9, 1],
    [4, 10],
    [-1, 3],
    [True, False],
    [4.0, 9.0],
    ["4", "9"],
    [None, None],
    [[4], [9]],
    [10**30, 1],
]


@pytest.mark.parametrize("cell", [(4, 9), (0, 0), (4, None), (None, 9)])
def test_a_pressed_cell_row_or_column_comes_back_as_it_was_sent(cell: tuple[int | None, int | None]) -> None:
    assert _checked_cell(list(cell), 10) == cell


@pytest.mark.parametrize("message", [None, *HOSTILE], ids=repr)
def test_a_cell_that_no_matrix_has_is_no_choice(message: Any) -> None:
    assert _checked_cell(message, 10) is None


def test_an_index_counts_only_for_the_very_digits_it_was_chosen_among() -> None:
    assert _checked_index({"token": "now", "index": 5}, "now", 6) == 5
    assert _checked_index({"token": "earlier", "index": 5}, "now", 6) is None


@pytest.mark.parametrize("index", [6, -1, True, 1.0, "1", None, [1]])
def test_an_index_outside_the_gallery_is_no_choice(index: Any) -> None:
    assert _checked_index({"token": "now", "index": index}, "now", 6) is None


@pytest.mark.parametrize("message", [None, *HOSTILE], ids=repr)
def test_a_gallery_ignores_what_is_no_choice(message: Any) -> None:
    assert _checked_index(message, "now", 6) is None


@pytest.mark.parametrize("message", [None, "ab", 7, {}, {"a": "b"}], ids=repr)
def test_a_list_of_runs_ignores_what_is_no_list(message: Any) -> None:
    assert _checked_ids(message, {"a", "b"}) == []


def test_only_lines_that_there_are_can_be_ticked() -> None:
    assert _checked_ids(["b", "c", 7, ["a"], None, "a"], {"a", "b"}) == ["b", "a"]


def evaluation(truth: list[int], answers: list[int], sure: list[float]) -> Evaluation:
    """As `metrics.evaluate` would make it, for a handful of digits with a known surest answer."""
    labels, predicted = np.array(truth), np.array(answers)
    probabilities = np.full((len(labels), 10), 0.0, dtype=np.float32)
    probabilities[np.arange(len(labels)), predicted] = sure
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    zeros = np.zeros(10)
    mistakes = np.flatnonzero(labels != predicted)
    return Evaluation(labels, predicted, probabilities, confusion, 0.5, 0.1, zeros, zeros, zeros, mistakes)


def test_a_caption_tells_true_and_predicted_and_how_sure_the_network_was() -> None:
    wrong, right = components.captions(evaluation([4, 7], [9, 7], [0.974, 0.5]), np.array([0, 1]))
    assert wrong == ("4 → 9\n97.4%", "true 4, read as 9, 97.4% sure", True)
    assert right == ("7 → 7\n50.0%", "true 7, read as 7, 50.0% sure", False)


def test_captions_follow_the_order_of_the_positions() -> None:
    found = components.captions(evaluation([1, 2, 3], [1, 2, 3], [0.9, 0.9, 0.9]), np.array([2, 0]))
    assert [caption.label[:6] for caption in found] == ["true 3", "true 1"]


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28), np.uint8),
        np.zeros((1, 784), np.uint8),
        np.zeros((1, 28, 28), np.float32),
    ],
    ids=["one too many", "flat", "not bytes"],
)
def test_a_gallery_refuses_images_that_do_not_fit_their_captions(images: Array) -> None:
    with pytest.raises(ValueError, match=r"takes \(n, 28, 28\) uint8 images with one caption each"):
        components.digit_gallery(images, [components.Caption("", "")], key="gallery")


def chosen_page() -> None:
    import numpy as np
    import streamlit as st

    from nnviz import components
    from tests.components.test_components import evaluation

    judged = evaluation([4, 4, 7], [9, 4, 7], [0.9, 0.9, 0.9])
    st.text(f"cell {components.confusion_matrix(judged.confusion, key='matrix')}")
    images = np.zeros((3, 28, 28), np.uint8)
    st.text(
        f"digit {components.digit_gallery(images, components.captions(judged, np.arange(3)), key='gallery')}"
    )


def test_nothing_is_chosen_at_first() -> None:
    page = AppTest.from_function(chosen_page, default_timeout=60).run()
    assert not page.exception
    assert [line.value for line in page.text] == ["cell None", "digit None"]


def test_a_choice_is_still_there_when_its_page_is_opened_again() -> None:
    page = AppTest.from_function(chosen_page, default_timeout=60)
    page.session_state["matrix.memory"] = {"now": (4, None), "start": None}
    page.run()
    assert page.text[0].value == "cell (4, None)"


# ---- the pad ----


def stroke(
    *points: tuple[float, float], width: float = 24, erase: bool = False, **more: Any
) -> dict[str, Any]:
    """A stroke as the browser sends it, from points in units of the paper."""
    quarters = [round(4 * n) for point in points for n in point]
    return {"width": round(4 * width), "erase": erase, "points": quarters, **more}


def alpha(*strokes: dict[str, Any]) -> Array:
    """(280, 280) float in [0, 1]: the ink of a drawing."""
    picture = pad_message.picture(pad_message.strokes(list(strokes)))
    assert picture.shape == (280, 280, 4)
    assert picture.dtype == np.uint8
    assert not picture[:, :, :3].any(), "the ink is black"
    opacity: Array = picture[:, :, 3] / 255
    return opacity


def capsule(a: tuple[float, float], b: tuple[float, float], width: float) -> Array:
    """How much of each pixel a line with round ends covers, from the pixel's distance to its middle line."""
    y, x = np.mgrid[0:280, 0:280] + 0.5
    along = np.array(b, float) - a
    t = ((x - a[0]) * along[0] + (y - a[1]) * along[1]) / max(along @ along, 1e-9)
    t = t.clip(0, 1)
    distance = np.hypot(x - a[0] - t * along[0], y - a[1] - t * along[1])
    covered: Array = (width / 2 - distance + 0.5).clip(0, 1)
    return covered


LINES = [((60, 60), (220, 60)), ((60, 60), (60, 220)), ((50, 70), (230, 190)), ((140, 140), (140, 140))]


@pytest.mark.parametrize("width", [14, 24, 36])
@pytest.mark.parametrize(("a", "b"), LINES, ids=["across", "down", "aslant", "dot"])
def test_a_straight_stroke_covers_what_geometry_says(
    a: tuple[float, float], b: tuple[float, float], width: int
) -> None:
    expected = capsule(a, b, width)
    drawn = alpha(stroke(a, b, width=width))
    # A line of whole stamps on half pixels: off by a fifth of a pixel along its edge, and nowhere else.
    edge = ((expected > 0) & (expected < 1)).sum()
    assert np.abs(drawn - expected).sum() < 0.2 * edge
    assert drawn.sum() == pytest.approx(expected.sum(), rel=0.015)
    assert np.all(drawn[expected == 1] > 0.7)
    assert np.all(drawn[capsule(a, b, width + 3) == 0] == 0)


def test_a_single_point_is_a_dot_where_it_was_set() -> None:
    drawn = alpha(stroke((70, 200)))
    y, x = np.mgrid[0:280, 0:280] + 0.5
    assert (drawn * x).sum() / drawn.sum() == pytest.approx(70, abs=0.1)
    assert (drawn * y).sum() / drawn.sum() == pytest.approx(200, abs=0.1)


def test_a_line_bends_between_its_points_instead_of_breaking_at_them() -> None:
    corner = alpha(stroke((40, 40), (240, 40), (240, 240), width=8))
    assert corner[40, 238] == 0, "the corner itself is cut"
    assert corner[65, 215] > 0.5, "the parabola that the corner pulls at passes (215, 65)"


def test_a_pen_pressed_harder_draws_a_wider_line() -> None:
    def height(column: int) -> float:
        return float(alpha(stroke((40, 140), (240, 140), pressures=[0, 255]))[:, column].sum())

    assert height(45) == pytest.approx(24 * 0.525, abs=1.5)
    assert height(140) == pytest.approx(24 * 1.0, abs=1.5)
    assert height(235) == pytest.approx(24 * 1.47, abs=1.5)


def test_the_eraser_takes_away_only_what_was_drawn_before_it() -> None:
    line, rubber = stroke((40, 140), (240, 140)), stroke((140, 40), (140, 240), width=36, erase=True)
    erased = alpha(line, rubber)
    assert erased[140, 140] == 0
    assert erased[140, 60] == erased[140, 220] == 1
    assert alpha(line, rubber, line)[140, 140] == 1


def test_ink_beyond_the_paper_is_cut_off() -> None:
    assert alpha(stroke((-100, 140), (400, 140)))[140].all()
    assert not alpha(stroke((-200, -200), (-100, -100))).any()


def test_an_endless_scribble_is_answered_in_bounded_work() -> None:
    rng = np.random.default_rng(0)
    far = [tuple(point) for point in rng.integers(-280, 560, (6000, 2)).tolist()]
    stamps = pad_message._stamps(pad_message.strokes([stroke(*far, width=1, pressures=[0] * 6000)]))
    assert sum(map(len, stamps)) <= 10_010


GOOD = stroke((10, 10), (20, 20))
BAD_STROKES: dict[str, Any] = {
    "no list": {"0": GOOD},
    "text": "strokes",
    "nothing": None,
    "a stroke that is no mapping": [[96, 40, 40]],
    "no points": [{**GOOD, "points": []}],
    "half a point": [{**GOOD, "points": [40, 40, 80]}],
    "points as text": [{**GOOD, "points": ["40", "40"]}],
    "fractions": [{**GOOD, "points": [40.5, 40.0]}],
    "truth for a number": [{**GOOD, "points": [True, False]}],
    "not a number": [{**GOOD, "points": [float("nan"), 1]}],
    "infinity": [{**GOOD, "points": [float("inf"), 1]}],
    "a number of 400 digits": [{**GOOD, "points": [10**400, 1]}],
    "far away": [{**GOOD, "points": [9999, 1]}],
    "no width": [{**GOOD, "width": 0}],
    "a huge width": [{**GOOD, "width": 10**9}],
    "width as text": [{**GOOD, "width": "96"}],
    "width true": [{**GOOD, "width": True}],
    "erase as number": [{**GOOD, "erase": 1}],
    "missing width": [{"erase": False, "points": [1, 1]}],
    "something more": [{**GOOD, "colour": "red"}],
    "too few pressures": [{**GOOD, "pressures": [128]}],
    "pressures that are text": [{**GOOD, "pressures": "ab"}],
    "pressures out of range": [{**GOOD, "pressures": [256, 0]}],
    "too many strokes": [GOOD] * 1001,
    "too many points in one": [{**GOOD, "points": [1, 1] * 7000}],
    "too many points together": [{**GOOD, "points": [1, 1] * 3500}] * 2,
}


@pytest.mark.parametrize("message", BAD_STROKES.values(), ids=BAD_STROKES)
def test_strokes_that_no_pad_sends_are_refused_in_a_sentence(message: Any) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        pad_message.strokes(message)


@pytest.mark.parametrize("message", BAD_STROKES.values(), ids=BAD_STROKES)
def test_a_hostile_drawing_is_an_empty_pad(message: Any) -> None:
    assert _image({"number": 1, "strokes": message}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["strokes", "width", "erase", "points", "pressures", "base", "picture", "options"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(message=JSON)
def test_no_message_whatever_raises_anything(message: Any) -> None:
    image = _image(message)
    assert image is None or image.shape == (28, 28)


def test_a_drawing_without_ink_is_an_empty_pad() -> None:
    assert _image({"number": 1, "strokes": []}) is None
    assert _image({"number": 1, "strokes": [stroke((50, 50), erase=True)]}) is None


def test_a_drawing_is_a_digit_as_networks_know_them() -> None:
    image = _image({"number": 1, "strokes": [stroke((140, 40), (140, 240))]})
    assert image is not None
    assert image.dtype == np.float32
    assert image.max() == 1
    rows, columns = np.nonzero(image > 0.5)
    assert (rows.min(), rows.max()) == (4, 23), "20 rows high, in the middle"
    assert (columns.min(), columns.max()) == (13, 14), "as wide as it is high in proportion: 24 of 224"


def test_steps_that_were_switched_off_are_left_out_of_the_preparation() -> None:
    drawn = [stroke((30, 20), (30, 100))]
    for centre in (True, False):
        for fit in (True, False):
            image = _image({"strokes": drawn, "options": {"centre": centre, "fit": fit}})
            rgba = pad_message.picture(pad_message.strokes(drawn))
            np.testing.assert_array_equal(image, preprocessing.to_mnist(rgba, centre=centre, fit=fit))


def test_a_picture_on_the_pad_is_read_as_it_is_to_the_last_bit() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    for options in (pad_message.NOTHING["options"], {"centre": False, "fit": False}):
        image = _image(
            {"strokes": [], "base": pad_message.picture_message(picture / 255), "options": options}
        )
        assert image is not None
        assert image.dtype == np.float32
        np.testing.assert_array_equal(np.rint(255 * image), picture)


def test_a_picture_can_be_drawn_over_and_rubbed_out() -> None:
    half = np.zeros((28, 28))
    half[:, 14:] = 1
    image = _image({"strokes": [stroke((40, 140), (80, 140))], "base": pad_message.picture_message(half)})
    assert image is not None
    assert image[14, 5] > 0.9, "the stroke lies where it was drawn"
    assert (image[:, 14:] == 1).all()
    rubbed = [stroke((210, y), (210, y + 1), width=280, erase=True) for y in range(0, 281, 70)]
    assert _image({"strokes": rubbed, "base": pad_message.picture_message(half)}) is None


@pytest.mark.parametrize(
    "more",
    [
        {"base": "x"},
        {"base": {"picture": 5}},
        {"base": {"picture": "AAAA"}},
        {"base": {"picture": "é" * 1048}},
        {"base": {"picture": "A" * 10**7}},
        {"options": None},
        {"options": {"centre": 1, "fit": True}},
        {"options": {"centre": True}},
    ],
    ids=str,
)
def test_pictures_and_steps_that_no_pad_sends_are_an_empty_pad(more: Any) -> None:
    assert _image({"strokes": [stroke((140, 40), (140, 240))], **more}) is None


INSIDE = Activations(
    image=np.zeros((28, 28), np.float32),
    layers=(("hidden 1", np.arange(7, dtype=np.float32)),),
    probabilities=np.full(10, 0.1, np.float32),
)


def test_what_the_server_read_carries_every_layer_and_the_answer() -> None:
    row = _network(components.Reading("mlp", "MLP", INSIDE), empty=False)
    layer, answer = row["layers"]
    assert (layer["name"], layer["shape"]) == ("hidden 1", [7])
    assert np.frombuffer(base64.b64decode(layer["values"]), "<f4").tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert np.frombuffer(base64.b64decode(answer["values"]), "<f4") == pytest.approx([0.1] * 10)


def test_an_autoencoders_answer_is_the_digit_drawn_again_and_its_code_is_told() -> None:
    layers = (
        ("encoder: numbers", np.arange(3, dtype=np.float32)),
        ("decoder: pixels", np.full(784, 0.25, np.float32)),
    )
    inside = Activations(INSIDE.image, layers, np.zeros(0, np.float32), code="encoder: numbers")
    row = _network(components.Reading("autoencoder", "Autoencoder", inside), empty=False)
    assert [layer["name"] for layer in row["layers"]] == ["encoder: numbers", "decoder: pixels"]
    assert row["code"] == 0
    assert set(np.frombuffer(base64.b64decode(row["layers"][-1]["values"]), "<f4").tolist()) == {0.25}


def test_maps_are_sent_place_by_place_and_to_a_255th_of_their_range() -> None:
    values = np.random.default_rng(0).normal(size=(9, 8, 16)).astype(np.float32)
    layer = _layer(values, empty=False)
    assert layer["shape"] == [9, 8, 16]
    steps = np.frombuffer(base64.b64decode(layer["steps"]), np.uint8).reshape(9, 8, 16)
    told = layer["low"] + steps / 255 * (layer["top"] - layer["low"])
    assert np.abs(told - values).max() <= 0.51 * (values.max() - values.min()) / 255


def test_a_layer_that_is_silent_is_sent_too() -> None:
    layer = _layer(np.zeros((20, 20, 4), np.float32), empty=False)
    assert (layer["low"], layer["top"]) == (0, 0)
    assert set(base64.b64decode(layer["steps"])) == {0}


def test_an_empty_pad_sends_no_numbers() -> None:
    row = _network(components.Reading("mlp", "MLP", INSIDE), empty=True)
    assert row["layers"] == [{"name": "hidden 1", "shape": [7]}, {"name": "answer", "shape": [10]}]


def sent(pixels: Array) -> str:
    return base64.b64encode(pixels.astype(np.uint8).tobytes()).decode()


def test_the_digit_that_the_browser_prepared_is_the_one_that_every_page_gets() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28))
    image = _image({"strokes": [stroke((140, 40), (140, 240))], "digit": sent(pixels)})
    assert image is not None
    assert image.dtype == np.float32
    np.testing.assert_array_equal(np.rint(255 * image), pixels)


@pytest.mark.parametrize(
    "digit",
    [
        "",
        "no base64!",
        "é" * 1048,
        sent(np.ones(783)),
        sent(np.ones(785)),
        sent(np.zeros(784)),
        7,
        [],
        {},
        True,
    ],
    ids=repr,
)
def test_a_digit_that_no_pad_sends_is_an_empty_pad(digit: Any) -> None:
    assert _image({"strokes": [stroke((140, 40), (140, 240))], "digit": digit}) is None


def test_strokes_are_drawn_only_where_the_browser_has_not_prepared_the_digit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pad_message, "picture", lambda *_: pytest.fail("drew what it was given"))
    picture = {"base": pad_message.picture_message(np.ones((28, 28)))}
    for under in ({}, picture):
        message = {"strokes": [stroke((140, 40), (140, 240))], "digit": sent(np.full(784, 51)), **under}
        np.testing.assert_array_equal(_image(message), np.full((28, 28), np.float32(0.2)))


@pytest.mark.parametrize("message", BAD_STROKES.values(), ids=BAD_STROKES)
def test_hostile_strokes_are_an_empty_pad_although_a_digit_comes_with_them(message: Any) -> None:
    assert _image({"strokes": message, "digit": sent(np.full(784, 255))}) is None


def test_a_digit_without_strokes_is_an_empty_pad() -> None:
    assert _image({"strokes": [], "digit": sent(np.full(784, 255))}) is None


@pytest.mark.parametrize(
    "message",
    [None, 7, [], {}, {"ask": "mlp", "number": 1}, {"ask": ["mlp"]}, {"ask": [1, None], "number": 1}],
    ids=repr,
)
def test_who_asks_for_no_slot_by_name_is_told_nothing(message: Any) -> None:
    assert _asked(message) == ()


def pad_page() -> None:
    import streamlit as st

    from nnviz import components
    from tests.components.test_components import INSIDE

    def read(image: object, slots: list[str]) -> list[components.Reading]:
        st.text(f"asked for {', '.join(slots)}")
        return [components.Reading(slot, "MLP", INSIDE) for slot in slots]

    image = components.pad(read, key="pad").digit
    components.send_networks([components.Slot("mlp", "MLP", False, "d1", b"12345678"), None], key="pad")
    st.text("empty" if image is None else f"ink {image.sum() > 20}")


def test_the_pad_opens_empty() -> None:
    page = AppTest.from_function(pad_page, default_timeout=60).run()
    assert not page.exception
    assert page.text[0].value == "empty"


def test_a_drawing_is_still_read_when_its_page_is_opened_again() -> None:
    page = AppTest.from_function(pad_page, default_timeout=60)
    drawing = {"number": 3, "strokes": [stroke((140, 40), (140, 240))]}
    page.session_state["pad.memory"] = {"now": drawing, "start": None}
    assert page.run().text[0].value == "ink True"


def couriers(page: AppTest) -> list[Any]:
    """What was given to them: a mapping, or bytes."""
    found = [
        element.proto for element in page.get("bidi_component") if "pad_data" in element.proto.component_name
    ]
    return [proto.bytes or json.loads(proto.json) for proto in found]


def test_the_server_computes_nothing_for_a_browser_that_does_it_by_itself() -> None:
    page = AppTest.from_function(pad_page, default_timeout=60)
    drawing = {"number": 3, "strokes": [stroke((140, 40), (140, 240))], "ask": []}
    page.session_state["pad.memory"] = {"now": drawing, "start": None}
    assert [line.value for line in page.run().text] == ["ink True"]
    reading, slots, network = couriers(page)
    assert (reading["networks"], reading["answers"]) == ([], 3), "it has the drawing"
    assert [slot and slot["digest"] for slot in slots["slots"]] == ["d1", None]
    assert network == b"12345678", "as it is: a text of it would be a third longer"


def test_a_network_that_the_browser_has_is_not_sent_again() -> None:
    page = AppTest.from_function(pad_page, default_timeout=60)
    drawing = {"number": 3, "strokes": [stroke((140, 40), (140, 240))], "ask": [], "have": ["d1"]}
    page.session_state["pad.memory"] = {"now": drawing, "start": None}
    _, slots = couriers(page.run())
    assert slots["slots"][0]["digest"] == "d1", "it is on the pad all the same"


def test_a_browser_that_cannot_compute_a_network_gets_the_servers_reading() -> None:
    page = AppTest.from_function(pad_page, default_timeout=60)
    drawing = {"number": 3, "strokes": [stroke((140, 40), (140, 240))], "ask": ["mlp"]}
    page.session_state["pad.memory"] = {"now": drawing, "start": None}
    assert page.run().text[0].value == "asked for mlp"
    reading = couriers(page)[0]
    assert reading["answers"] == 3
    assert len(base64.b64decode(reading["digit"])) == 784
    assert [network["slot"] for network in reading["networks"]] == ["mlp"]


def test_a_hostile_message_leaves_the_page_standing() -> None:
    page = AppTest.from_function(pad_page, default_timeout=60)
    page.session_state["pad.memory"] = {"now": {"number": [], "strokes": "<script>"}, "start": None}
    page.run()
    assert not page.exception
    assert page.text[0].value == "empty"


def test_a_curve_that_was_drawn_has_a_number_within_its_axis_for_each_place() -> None:
    assert _checked_curve([0, 0.5, 1], 3, 0, 1) == [0.0, 0.5, 1.0]
    for message in (None, *HOSTILE, [0.1, 0.2, float("nan")], [0.1, 0.2, 1.1], [0.1, 0.2], [0, True, 1]):
        assert _checked_curve(message, 3, 0, 1) is None
