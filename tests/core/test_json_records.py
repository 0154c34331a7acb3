"""Records out of JSON hold what their types declare, whatever was in the text."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from nnviz.core import json_records
from nnviz.core.json_records import BadRecord, Count, Number, Settings, Title
from nnviz.core.records import Epoch, History


@dataclass(frozen=True)
class Bird:
    name: Title
    kind: Literal["owl", "wren"]
    eggs: Count
    weight: Number
    rings: Annotated[tuple[Count, ...], Meta(max_length=3)]
    note: Annotated[str, Meta(max_length=5)] = "none"


WHOLE: dict[str, Any] = {"name": "Ada", "kind": "owl", "eggs": 2, "weight": 0.3, "rings": [1, 2]}


def test_a_whole_record_is_read_either_way() -> None:
    expected = Bird("Ada", "owl", 2, 0.3, (1, 2))
    assert json_records.read(Bird, WHOLE) == expected
    assert json_records.read_leniently(Bird, WHOLE | {"unknown": 1}) == expected


@pytest.mark.parametrize(
    ("field", "value", "instead"),
    [
        ("eggs", -1, 0),
        ("eggs", 2**53, 0),
        ("eggs", True, 0),
        ("eggs", 2.0, 0),
        ("eggs", "2", 0),
        ("rings", 7, ()),
        ("rings", [1, "x", 3], (1, 3)),
        ("rings", [1, 2, 3, 4], (1, 2, 3)),
        ("name", None, ""),
        ("name", 5, ""),
        ("note", 5, ""),
        ("note", "a\u202eb\nc and more", "a b c"),
    ],
)
def test_what_does_not_fit_is_refused_or_left_out(field: str, value: object, instead: object) -> None:
    told = WHOLE | {field: value}
    assert getattr(json_records.read_leniently(Bird, told), field) == instead
    with pytest.raises(BadRecord, match=rf"at `\$\.{field}|got `") as refusal:
        json_records.read(Bird, told)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "weight", ["NaN", "Infinity", "-Infinity", "1e300", "null", '"3"', "true", "1" + "0" * 400]
)
def test_a_number_that_is_not_finite_is_never_read_as_one(weight: str) -> None:
    told = json_records.parse(json.dumps(WHOLE).replace("0.3", weight))
    assert math.isnan(json_records.read_leniently(Bird, told).weight)
    with pytest.raises(BadRecord):
        json_records.read(Bird, told)


@pytest.mark.parametrize("told", [WHOLE | {"kind": "hen"}, {"name": "x"}, [], None, "owl", 3])
def test_a_record_of_no_known_kind_is_refused_even_leniently(told: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        json_records.read_leniently(Bird, told)


def test_settings_keep_plain_values_under_plain_names() -> None:
    told = {
        "sizes": [8, 4], "tol": None, "text": "a\x00b", "texts": ["x\ny"], "on": True,
        "nested": [[1]], "object": {}, "long": [0] * 65, "lost": math.nan, "": 1, " x": 1, "n" * 81: 1,
    }  # fmt: skip
    assert json_records.read_leniently(Settings, told) == {
        "sizes": (8, 4), "tol": None, "text": "a b", "texts": ("x y",), "on": True,
    }  # fmt: skip
    assert len(json_records.read_leniently(Settings, {f"n{i}": i for i in range(1000)})) == 64


def test_a_curve_longer_than_any_training_is_cut_and_one_with_holes_keeps_its_place() -> None:
    epoch = {"number": 1, "loss": 1.0, "accuracy": 0.5}
    assert len(json_records.read_leniently(History, {"epochs": [epoch] * 20_001}).epochs) == 20_000
    holes = [epoch, 7, epoch | {"number": 2, "loss": None, "validation_loss": "x"}]
    first, second = json_records.read_leniently(History, {"epochs": holes}).epochs
    assert first == Epoch(1, 1.0, 0.5)
    assert (second.number, second.accuracy, second.validation_loss) == (2, 0.5, None)
    assert math.isnan(second.loss)


def test_depth_and_length_are_refused_before_anything_is_built() -> None:
    refused: list[str] = []

    def parse(text: str, limit: int = 1_000_000) -> None:
        try:
            json_records.parse(text, limit)
        except BadRecord as error:
            refused.append(str(error))

    parse("[1, 2]", limit=5)
    before = threading.stack_size(512 * 1024)  # as small as a thread's on macOS
    try:
        thread = threading.Thread(target=parse, args=("[" * 100_000,))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert refused == ["is longer than 5 characters", "is not JSON"]


def test_text_that_is_no_unicode_is_refused_or_left_out() -> None:
    with pytest.raises(BadRecord):
        json_records.read(Bird, WHOLE | {"kind": "\ud800"})
    with pytest.raises(ValueError):  # noqa: PT011
        json_records.read_leniently(Bird, WHOLE | {"kind": "\ud800"})
    assert json_records.read_leniently(Bird, WHOLE | {"note": "\ud800"}).name == "Ada"
