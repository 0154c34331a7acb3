"""A network in training on the pad, without a browser: who steers it, and what takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from nnviz import components, jobs
from nnviz.components import ImageRow, served
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array
from nnviz.data.splits import DataSpec
from nnviz.jobs.scheduling import Scheduler
from nnviz.model_store import formats, store
from nnviz.ui import Key
from nnviz.ui.shared import state
from nnviz.ui.shared.state import pad_key
from tests.jobs.faking import in_charge
from tests.jobs.test_pausing import ID, begun
from tests.model_store.test_store import card, network
from tests.pages.reading import words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pad was told to show of a training, on a server that others can reach."""
    found: list[dict[str, Any]] = []
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setattr(state, "_alone", lambda: False)
    monkeypatch.setattr(served, "_prefix", "/nnviz")
    monkeypatch.setattr(components, "live_training", lambda *what, **how: found.append(how))
    return found


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    with in_charge() as scheduler:
        yield scheduler


def pad(who: str, job: str = ID) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.session_state[Key.OWNER] = who
    app.query_params[Key.URL_LIVE] = job
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(("who", "steers"), [("ada", True), ("bob", False)])
def test_its_owner_has_buttons_and_others_look(
    who: str, steers: bool, scheduler: Scheduler, shown: list[dict[str, Any]]
) -> None:
    begun(scheduler)
    app = pad(who)
    [how] = shown
    assert how["steered"] is steers
    assert app.query_params[Key.URL_LIVE] in (ID, [ID])


@pytest.mark.parametrize("result", [True, False])
def test_what_has_ended_makes_way_for_its_network_or_for_what_was_there(
    result: bool, scheduler: Scheduler, shown: list[dict[str, Any]]
) -> None:
    live = begun(scheduler)
    entry = store.save(network(8), card("Hers"), "recent", owner="ada")
    end = "done" if result else "failed"
    ended = live.ended(end, "It was no good.", result=entry.name if result else "")  # type: ignore[arg-type]
    scheduler._end(live, ended)
    app = pad("ada")
    assert shown == []
    assert Key.URL_LIVE not in app.query_params
    said = words(app)
    assert ("The finished network is on the pad." if result else "It was no good.") in said
    assert (app.session_state[pad_key("mlp")] == entry.name) is result


@pytest.mark.parametrize("job", ["f" * 16, "../../x", "%00"])
def test_an_address_of_no_training_costs_nothing_but_a_line(job: str, scheduler: Scheduler) -> None:
    assert "is no longer there" in words(pad("ada", job))


@pytest.mark.parametrize(
    ("kind", "page", "weights"),
    [
        ("mlp", "1_MLP", "Weights of units 1 to 5"),
        ("cnn", "2_CNN", "Kernels 1 to"),
        ("autoencoder", "3_Autoencoder", "Weights of units 1 to 5"),
    ],
)
def test_beside_its_curves_are_its_weights_ten_digits_and_the_confusion_matrix(
    kind: str, page: str, weights: str, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(scheduler, kind)
    number = list(KINDS).index(kind) + 1
    learned = formats.read_network(store.find(KINDS[kind].default).path)
    monkeypatch.setattr(jobs, "look", lambda job: jobs.Look(number, 4, (0, 0), learned, DataSpec("unseen")))
    seen: list[ImageRow] = []
    counted: list[Array] = []
    monkeypatch.setattr(components, "image_rows", lambda rows, captions, *, key: seen.extend(rows))
    monkeypatch.setattr(components, "confusion_matrix", lambda counts, **how: counted.append(counts))
    app = AppTest.from_file(ROOT / "pages" / f"{page}.py", default_timeout=60)
    app.session_state[Key.OWNER] = "bob"
    app.query_params[Key.URL_JOB] = ID
    app.run()
    assert not app.exception
    assert "The network after epoch 4" in words(app)
    assert any(row.title.startswith(weights) for row in seen)
    assert seen[0].pictures.shape == (5, 28, 28)
    if not KINDS[kind].classifies:
        assert counted == []
        assert ((seen[0].pictures - seen[1].pictures) ** 2).mean() < 0.02
    else:
        [counts] = counted
        assert 50 <= counts.sum() <= 500
        assert counts.trace() > 0.9 * counts.sum()


def test_one_that_was_started_here_is_offered_on_the_pad(
    scheduler: Scheduler, shown: list[dict[str, Any]]
) -> None:
    begun(scheduler)
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.session_state[Key.OWNER] = "ada"
    app.session_state[f"mlp_{Key.URL_JOB}"] = ID
    app.run()
    assert shown == []
    [offer] = [button for button in app.button if "on the pad while it is trained" in button.label]
    offer.click().run()
    assert not app.exception
    assert [how["steered"] for how in shown] == [True]
