"""Changes by hand carried out on the server: against the browser's, number by number, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.core import paths
from nnviz.core.identity import Actor
from nnviz.core.records import Array
from nnviz.data import splits
from nnviz.evaluation import metrics
from nnviz.inference import browser, changes, flat
from nnviz.inference.changes import ChangesRefused
from nnviz.inference.graph import Network, Part
from nnviz.model_store import cards, formats, store
from nnviz.model_store.store import ModelRefused
from nnviz.ui.shared import changed
from tests.components.javascript import evaluate

EDITS: list[dict[str, Any]] = [
    {"what": "prune", "share": 0.35},
    {"what": "silence", "layer": 1, "unit": 2, "on": True},
    {"what": "noise", "amount": 0.3, "seed": 999_999},
    {"what": "silence", "layer": 1, "unit": 4, "on": True},
    {"what": "paint", "layer": 1, "places": [7, 4711, 0], "by": -0.437},
    {"what": "bias", "layer": 2, "unit": 9, "value": 0.12345678},
    {"what": "digits", "amount": 0.2, "seed": 1},
    {"what": "round", "bits": 5},
    {"what": "silence", "layer": 1, "unit": 2, "on": False},
    {"what": "noise", "amount": 0.05, "seed": 0},
]


def network() -> Network:
    return formats.read_network(paths.root() / "models" / "mlp.npz")


def text(*edits: dict[str, Any], digest: str = "d") -> str:
    return json.dumps({"digest": digest, "edits": edits})


def in_javascript(
    folder: Path, edits: list[dict[str, Any]], digits: Array, labels: Array, changing: Network | None = None
) -> Any:
    """The message that is sent, the weights as the browser has them, silent units, and the score."""
    program = browser.program_of(changing or network())
    program.numbers.astype("<f4").tofile(folder / "numbers")
    np.ascontiguousarray(digits, "<f4").tofile(folder / "digits")
    sent, silent, score = evaluate(
        {"workbench/reading": "Bench", "workbench/edits": "edited, messageOf"},
        """async ({ steps, edits, labels, numbers, digits, after }) => {
            const read = (path) => new Float32Array(Deno.readFileSync(path).buffer);
            const own = read(numbers);
            const now = edited(steps, own, edits);
            Deno.writeFileSync(after, new Uint8Array(now.numbers.buffer));
            const bench = new Bench(steps, own);
            bench.take(now);
            let last;
            await bench.judge(read(digits), labels, null, (score) => { last = structuredClone(score); });
            const silent = [...now.silent].map(([layer, units]) => [layer, [...units]]);
            return [messageOf("d", edits), silent, last];
        }""",
        {
            "steps": program.steps,
            "edits": edits,
            "labels": labels.tolist(),
            "numbers": str(folder / "numbers"),
            "digits": str(folder / "digits"),
            "after": str(folder / "after"),
        },
    )
    return sent, np.fromfile(folder / "after", "<f4"), silent, score


def test_the_server_comes_to_the_browsers_weights_and_score_and_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    entry = store.find("mlp")
    spec, words = splits.judge_by(entry.card.spec)
    judges = splits.load_split(spec)
    sent, weights, silent, score = in_javascript(tmp_path, EDITS, judges.x_test, judges.y_test)
    assert silent == [[1, [4]]]
    asked = changes.read(sent, "d")
    assert len(asked) == len(EDITS) - 1, "noise on the digits changes no network"
    before = flat.values(network())
    heard = changes.carried_out(network(), [each for each in asked if not isinstance(each, changes.Silence)])
    np.testing.assert_array_equal(flat.values(heard), weights)
    made = changes.carried_out(network(), asked)
    expected = flat.with_values(network(), weights)
    expected.parts[2].weights["kernel"][4] = 0  # type: ignore[index]
    np.testing.assert_array_equal(flat.values(made), flat.values(expected))

    kept = changed.keep(entry, made, len(asked), judges, words, epoch=None, by=Actor("me"))
    assert (kept.owner, kept.origin, kept.brought) == ("me", "saved", False)
    assert "9 changes" in kept.card.note
    assert "(mlp)" in kept.card.note
    again = formats.read_network(kept.path)
    np.testing.assert_array_equal(flat.values(again), flat.values(made))
    found = metrics.evaluate(judges.y_test, again.predict(judges.x_test))
    assert found.accuracy == pytest.approx(score["right"] / score["read"], abs=1e-12)
    assert cards.score(store.find(kept.name).card) == (found.accuracy, len(judges.y_test))
    assert found.accuracy != entry.card.metrics.get("test_accuracy")
    assert not kept.card.history.epochs
    np.testing.assert_array_equal(flat.values(network()), before)


def test_normal_numbers_are_the_browsers() -> None:
    theirs = evaluate(
        {"workbench/edits": "normal"},
        "(seeds) => seeds.map((seed) => Array.from({ length: 500 }, normal(seed)))",
        [0, 1, 999_999, 2**32 - 1],
    )
    for seed, drawn in zip([0, 1, 999_999, 2**32 - 1], theirs, strict=True):
        np.testing.assert_allclose(changes.normal(seed, 500), drawn, rtol=1e-14, atol=1e-15)


BIAS = {"what": "bias", "layer": 1, "unit": 0, "value": 1.0}
PAINT = {"what": "paint", "layer": 1, "places": [0], "by": 1.0}
SILENCE = {"what": "silence", "layer": 1, "unit": 0, "on": True}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        17,
        {"edits": []},
        "",
        "[" * 60_000,
        " " * 65_537,
        text(),
        text(*[BIAS] * 1_001),
        text(*[{"what": "prune", "share": 0.5}] * 21),
        text(BIAS, digest="another"),
        text({"what": "explode"}),
        text({}),
        text(BIAS | {"more": 1}),
        text(BIAS | {"value": float("nan")}),
        text(BIAS | {"value": float("inf")}),
        text(BIAS | {"value": 10**400}),
        text(BIAS | {"value": "1"}),
        text(BIAS | {"value": True}),
        text(BIAS | {"unit": -1}),
        text(BIAS | {"unit": 0.5}),
        text(BIAS | {"layer": 10**30}),
        text(PAINT | {"places": []}),
        text(PAINT | {"places": [-1]}),
        text(PAINT | {"by": float("-inf")}),
        text(SILENCE | {"on": 1}),
        text({"what": "prune", "share": 1.0}),
        text({"what": "round", "bits": 1}),
        text({"what": "round", "bits": 9}),
        text({"what": "noise", "amount": 1e9, "seed": 1}),
        text({"what": "noise", "amount": 0.1, "seed": -1}),
        '{"digest": "d", "edits": [{"what": "bias", "layer": 1, "unit": 0, "value": 1, "\ud800": 1}]}',
    ],
)
def test_a_list_that_makes_no_sense_is_refused_in_a_sentence(sent: object) -> None:
    with pytest.raises(ChangesRefused, match=r"^[A-Z].*\.$"):
        changes.read(sent, "d")


@pytest.mark.parametrize(
    "edit",
    [
        BIAS | {"layer": 0},
        BIAS | {"layer": 99},
        BIAS | {"unit": 5_000},
        PAINT | {"places": [784 * 4096]},
        SILENCE | {"unit": 5_000},
        SILENCE | {"layer": len(network().parts) - 1},  # the answer
    ],
)
def test_what_the_network_does_not_have_is_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(ChangesRefused, match="does not have"):
        changes.carried_out(network(), changes.read(text(edit), "d"))


def test_weights_that_would_overflow_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    made = changes.carried_out(
        network(), changes.read(text(PAINT | {"by": 9e29}, BIAS | {"value": 9e29}), "d")
    )
    entry = store.find("mlp")
    spec, words = splits.judge_by(entry.card.spec)
    with pytest.raises(ModelRefused, match="overflow"):
        changed.keep(entry, made, 2, splits.load_split(spec), words, epoch=None, by=Actor("me"))
    assert not [each for each in store.entries("mlp") if each.origin == "saved"]


CNN_EDITS: list[dict[str, Any]] = [
    {"what": "prune", "share": 0.35},
    {"what": "silence", "layer": 1, "unit": 3, "on": True},
    {"what": "noise", "amount": 0.2, "seed": 7},
    {"what": "paint", "layer": 1, "places": [1, 40], "by": 0.25},
    {"what": "bias", "layer": 1, "unit": 5, "value": -0.125},
    {"what": "round", "bits": 6},
]


@pytest.mark.parametrize("name", ["cnn_k3", "cnn_best"])
def test_a_changed_cnn_is_kept_as_the_browser_has_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    entry = store.find(name)
    own = formats.read_network(entry.path)
    spec, words = splits.judge_by(entry.card.spec)
    judges = splits.load_split(spec)
    few = replace(judges, x_test=judges.x_test[:300], y_test=judges.y_test[:300])
    sent, weights, silent, score = in_javascript(tmp_path, CNN_EDITS, few.x_test, few.y_test, own)
    assert silent == [[1, [3]]]
    asked = changes.read(sent, "d")
    heard = changes.carried_out(own, [each for each in asked if not isinstance(each, changes.Silence)])
    rounding = 3e-7 if name == "cnn_best" else 0  # its normalising is folded
    np.testing.assert_allclose(browser.program_of(heard).numbers, weights, rtol=rounding, atol=rounding)

    made = changes.carried_out(own, asked)
    kept = changed.keep(entry, made, len(asked), few, words, epoch=None, by=Actor("me"))
    assert f"({name})" in kept.card.note
    again = formats.read_network(kept.path)
    np.testing.assert_array_equal(flat.values(again), flat.values(made))
    found = metrics.evaluate(few.y_test, again.predict(few.x_test))
    assert found.accuracy == pytest.approx(score["right"] / score["read"], abs=1e-12)
    assert [part.kind for part in again.parts] == [part.kind for part in own.parts], "Dropout is still there"
    np.testing.assert_allclose(
        store.load(kept.name).predict(few.x_test[:20].reshape(-1, 28, 28, 1), verbose=0),  # type: ignore[call-arg]
        again.predict(few.x_test[:20]),
        atol=1e-5,
    )
    np.testing.assert_array_equal(flat.values(formats.read_network(entry.path)), flat.values(own))


def test_a_silence_behind_which_nobody_listens_is_refused() -> None:
    kernel = {"kernel": np.ones((3, 3, 1, 10), np.float32)}
    options = {"activation": "linear", "use_bias": False}
    parts = (
        Part("in", "InputLayer", (), {}, (28, 28, 1), {}),
        Part("maps", "Conv2D", ("in",), options, (26, 26, 10), kernel),
        Part("mean", "GlobalAveragePooling2D", ("maps",), {}, (10,), {}),
        Part("answer", "Softmax", ("mean",), {}, (10,), {}),
    )
    with pytest.raises(ChangesRefused, match="more than listen"):
        changes.carried_out(Network("mine", parts), changes.read(text(SILENCE), "d"))
