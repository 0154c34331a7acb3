"""A network has one score: its page's head and every menu say the same number of the same digits."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core import kinds, paths
from nnviz.model_store import cards, store
from nnviz.ui.shared.state import model_key
from tests.pages.test_words import nodes


def head(run: AppTest) -> str:
    """What the button beside the title says."""
    protos = [getattr(node, "proto", None) for node in nodes(run._tree)]
    return next(
        proto.popover.label for proto in protos if getattr(proto, "popover", None) and "·" in str(proto)
    )


@pytest.mark.parametrize("name", ["mlp", "mlp_study", "cnn_k3", "autoencoder"])
def test_the_head_of_a_page_and_its_menu_say_the_same_of_a_network(name: str) -> None:
    entry = store.find(name)
    kind = kinds.KINDS[entry.card.kind]
    run = AppTest.from_file(paths.root() / kind.page, default_timeout=120)
    run.session_state[model_key(kind.name)] = name
    run.run()
    scored = cards.score_text(entry.card)
    assert head(run).endswith(scored)
    (said,) = [each for each in run.selectbox[0].options if each.startswith(f"{entry.card.title} ·")]
    assert said.endswith(scored)


def test_a_network_that_does_not_say_how_it_was_judged_has_no_score() -> None:
    card = store.find("mlp_study").card
    assert cards.score(card) == (card.metrics["test_accuracy"], 300)
    assert cards.score(type(card)(**{**vars(card), "metrics": {}})) is None
