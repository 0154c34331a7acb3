"""A figure shows the numbers of its record, where they belong, and says them in words."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from nnviz import figures
from nnviz.core import colours
from nnviz.core.landscapes import Landscape, Track
from nnviz.core.records import Epoch, History
from nnviz.figures import style
from nnviz.figures.activations import grid_shape

EPOCHS = (
    Epoch(1, loss=1.5, accuracy=0.50, validation_loss=1.6, validation_accuracy=0.45, seconds=0.1),
    Epoch(2, loss=0.7, accuracy=0.80, validation_loss=0.9, validation_accuracy=0.71, seconds=0.2),
)


def trace(figure: go.Figure, name: str, axis: str) -> go.Scatter:
    (found,) = [t for t in figure.data if t.name == name and (t.yaxis or "y") == axis]
    return found


def test_learning_curves_put_loss_left_and_accuracy_right_for_training_and_held_back_digits() -> None:
    figure = figures.learning_curves(History(EPOCHS), epochs=20)
    assert list(trace(figure, "training", "y").y) == [1.5, 0.7]
    assert list(trace(figure, "training", "y2").y) == [0.50, 0.80]
    assert list(trace(figure, "held back", "y").y) == [1.6, 0.9]
    assert list(trace(figure, "held back", "y2").y) == [0.45, 0.71]
    assert list(trace(figure, "held back", "y2").x) == [1, 2]
    assert figure.layout.xaxis.range[1] >= 20, "the axis leaves room for the epochs to come"


def test_few_epochs_stand_at_whole_numbers_and_close_accuracies_are_told_apart() -> None:
    few = figures.learning_curves(History(EPOCHS), epochs=3)
    assert few.layout.xaxis.dtick == few.layout.xaxis2.dtick == 1
    assert figures.learning_curves(History(EPOCHS), epochs=100).layout.xaxis.dtick is None
    assert few.layout.yaxis2.tickformat == "~%", "10% and 10.5% are not both called 10%"


def test_learning_curves_without_digits_held_back_show_one_curve() -> None:
    figure = figures.learning_curves(History((Epoch(1, 1.0, 0.5),)))
    assert {t.name for t in figure.data} == {"training"}


def test_learning_curves_say_the_last_epoch_in_words() -> None:
    words = figures.alt(figures.learning_curves(History(EPOCHS)))
    assert "2 epochs" in words
    assert "80.00%" in words
    assert "71.00%" in words
    assert "no epoch" in figures.alt(figures.learning_curves(History()))


@pytest.mark.parametrize(
    ("n", "shape"), [(100, (10, 10)), (64, (8, 8)), (1, (1, 1)), (10, (3, 4)), (25, (5, 5))]
)
def test_units_stand_in_a_grid_as_square_as_can_be(n: int, shape: tuple[int, int]) -> None:
    assert grid_shape(n) == shape


def test_an_activation_map_keeps_every_unit_in_reading_order_and_leaves_the_rest_empty() -> None:
    values = np.linspace(0, 2, 10, dtype=np.float32)
    heat = figures.activation_map(values, title="hidden 1").data[0]
    cells = np.asarray(heat.z, dtype=float).ravel()
    np.testing.assert_allclose(cells[:10], values)
    assert np.isnan(cells[10:]).all()
    assert list(np.asarray(heat.text).ravel()[:2]) == ["unit 1", "unit 2"]
    assert (heat.zmin, heat.zmax) == (0.0, 2.0)


def test_an_activation_map_with_negative_values_has_zero_in_the_middle_of_its_scale() -> None:
    heat = figures.activation_map(np.array([-0.5, 0.25]), title="tanh").data[0]
    assert heat.zmin == -heat.zmax == -0.5


def test_a_silent_layer_is_drawn_without_dividing_by_nothing() -> None:
    words = figures.alt(figures.activation_map(np.zeros(64), title="hidden 2"))
    assert "0 of them not zero" in words


@pytest.mark.parametrize(("label", "meaning"), [(None, "answer"), (4, "answer"), (9, "wrong")])
def test_an_answer_known_to_be_wrong_has_the_colour_of_mistakes(label: int | None, meaning: str) -> None:
    bars = figures.probability_bars(np.eye(10, dtype=np.float32)[4], title="Answer", label=label)
    assert set(bars.data[0].marker.color) == {colours.MEANINGS[meaning], style.UNCHOSEN}


def test_probability_bars_name_the_winner_and_the_truth() -> None:
    p = np.array([0.01, 0.02, 0.01, 0.01, 0.60, 0.01, 0.01, 0.01, 0.02, 0.30])
    figure = figures.probability_bars(p, title="Answer", label=9)
    words = figures.alt(figure)
    assert "answer is 4" in words
    assert "60.0%" in words
    assert "true digit is 9" in words
    assert "30.0%" in words
    assert list(figure.data[0].x) == pytest.approx(list(p))
    assert figure.data[0].text[4] == "60.0%"


def test_weight_tiles_put_the_weight_of_each_pixel_where_the_pixel_stands() -> None:
    weights = np.zeros((784, 4), np.float32)
    weights[2 * 28 + 5, 3] = 1.5
    heat = np.asarray(figures.weight_tiles(weights, title="w").data[0].z)
    (row,), (column,) = np.nonzero(np.nan_to_num(heat))
    assert (row, column) == (12 + 41 + 2, 29 + 5)
    assert heat[row, column] == 1.5


def test_the_number_of_a_weight_tile_lies_on_no_tile_and_can_be_read_on_a_phone() -> None:
    figure = figures.weight_tiles(np.ones((784, 100), np.float32), title="w")
    heat, numbers = np.asarray(figure.data[0].z), figure.data[1]
    assert numbers.textfont.size >= 11
    room = 340 / heat.shape[1] * 12  # pixels, where a phone leaves 340 for all
    assert room >= numbers.textfont.size
    for x, y in zip(numbers.x, numbers.y, strict=True):
        assert np.isnan(heat[round(y - 5) : round(y + 5), round(x - 9) : round(x + 9)]).all()


def test_a_pressed_tile_tells_its_unit() -> None:
    weights = np.zeros((784, 5), dtype=np.float32)
    weights[:, [1, 4]] = 1
    marks = figures.weight_tiles(weights, title="w", limit=2).data[-1]
    assert [ids[0] for ids in marks.customdata] == [2, 5], "counted from 1"
    assert list(marks.x) == [13.5, 42.5]
    one = figures.weight_tiles(weights[:, [4]], title="w", names=[4])
    assert one.data[-1].customdata[0][0] == 4


def test_weight_tiles_have_the_width_of_a_phone_to_themselves() -> None:
    figure = figures.weight_tiles(np.eye(784, 4, dtype=np.float32), title="w")
    assert figure.data[0].colorbar.orientation == "h", "no scale stands beside them"


def test_weight_tiles_draw_the_strongest_when_there_are_too_many() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(784, 30)).astype(np.float32)
    weights[:, 7] *= 100
    figure = figures.weight_tiles(weights, title="w", limit=4)
    assert "8" in figure.data[1].text
    assert len(figure.data[1].text) == 4


def test_a_digit_is_drawn_with_its_first_row_on_top() -> None:
    image = np.zeros((28, 28), np.float32)
    image[0, 27] = 1
    figure = figures.digit_picture(image, title="x")
    assert np.asarray(figure.data[0].z)[0, 27] == 1
    assert figure.layout.yaxis.autorange == "reversed"


def test_maps_stand_as_many_side_by_side_as_is_asked_for() -> None:
    values = np.arange(2 * 3 * 7, dtype=np.float32).reshape(2, 3, 7)
    tiles = np.asarray(figures.map_tiles(values, title="t", across=3).data[0].z)
    assert tiles.shape == (3 * 3 - 1, 3 * 4 - 1)
    np.testing.assert_array_equal(tiles[3:5, 4:7], values[:, :, 4])
    assert np.isnan(tiles[6:, 4:]).all()


def test_deltas_are_orange_below_zero_and_purple_above_and_both_ways_as_far() -> None:
    heat = figures.activation_map(np.array([0.0, 1e-7]), title="δ", delta=True).data[0]
    assert (heat.zmin, heat.zmax) == (-1e-7, 1e-7)
    low, high = heat.colorscale[0][1], heat.colorscale[-1][1]
    assert low == "rgb(127,59,8)"
    assert high == "rgb(45,0,75)"


def test_gradients_found_in_two_ways_are_told_with_the_greatest_gap() -> None:
    told, measured = np.array([0.5, -0.25, 0.0]), np.array([0.5, -0.125, 0.0])
    figure = figures.gradient_scatter(told, measured, np.array([0, 1, 1]), ["first", "second"], list("abc"))
    assert [len(trace.x) for trace in figure.data] == [2, 1, 2]
    assert "−0.25 to 0.5" in figures.alt(figure)
    assert "at most 0.125" in figures.alt(figure)


def landscape() -> Landscape:
    losses = np.array([[1.0, 10.0, np.inf], [0.1, 0.5, 2.0]])
    way = Track("sgd", np.array([0, 8]), np.array([[0.0, 0.5], [1.0, 0.25]]), np.array([2.0, 0.25]))
    return Landscape(np.arange(3.0), np.arange(2.0), losses, (way,), np.array([0.75, 0.2]), np.array([0.9]))


def test_a_plane_of_losses_is_a_contour_by_factors_with_the_ways_on_it() -> None:
    figure = figures.loss_plane(landscape(), {"sgd": "Gradient descent"})
    (contour,) = [t for t in figure.data if t.type == "contour"]
    np.testing.assert_allclose(contour.z[1], np.log10([0.1, 0.5, 2.0]))
    assert np.isnan(contour.z[0][2]), "where the numbers became too large there is a gap"
    way = trace(figure, "Gradient descent", "y")
    assert (list(way.x), list(way.y)) == ([0.0, 1.0], [0.5, 0.25])
    assert "from loss 2.0000 to 0.2500" in figures.alt(figure)
    assert "0.1 to 10" in figures.alt(figure)
    assert "75.00%" in figure.layout.xaxis.title.text


def test_before_the_losses_are_known_the_plane_shows_the_ways_alone() -> None:
    whole = landscape()
    nothing = np.full((2, 3), np.nan)
    way = Track("sgd", whole.tracks[0].steps, whole.tracks[0].points, np.full(2, np.nan))
    bare = Landscape(whole.xs, whole.ys, nothing, (way,), whole.explained, whole.accuracies)
    figure = figures.loss_plane(bare, {"sgd": "Gradient descent"})
    assert "contour" not in {t.type for t in figure.data}
    assert "2 points" in figures.alt(figure)


def test_a_race_is_a_curve_for_each_on_a_scale_by_factors() -> None:
    figure = figures.race_curves(landscape(), {"sgd": "Gradient descent"})
    curve = trace(figure, "Gradient descent", "y")
    assert (list(curve.x), list(curve.y)) == ([0, 8], [2.0, 0.25])
    assert "ends at 0.2500" in figures.alt(figure)


def test_sizes_by_layer_leave_out_a_layer_that_has_none() -> None:
    values = np.array([[1.0, np.nan], [0.5, np.nan]])
    figure = figures.sizes_by_layer([0, 3], ["Hidden", "Answer"], values, title="Dead units", share=True)
    assert [t.name for t in figure.data] == ["Hidden"]
    assert "Hidden: 100.0% at epoch 0, 50.0% at epoch 3." in figures.alt(figure)
