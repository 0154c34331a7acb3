"""Mine and yours on a page: what others see of a network, the button "You", and what was deleted lately."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core import paths
from nnviz.core.identity import Actor, NotYours
from nnviz.data import kept_digits, mnist
from nnviz.data.splits import DataSpec
from nnviz.history import people, repository
from nnviz.model_store import mlp_file, store
from nnviz.model_store.store import Entry
from nnviz.ui import Key
from nnviz.ui.shared import state
from nnviz.ui.shared.state import model_key, pad_key
from tests.jobs.faking import in_charge
from tests.model_store.test_store import card, network
from tests.pages.reading import words
from tests.recording import RUN

ROOT = Path(__file__).resolve().parents[2]
MLP = ROOT / "pages" / "1_MLP.py"
KEY = "open sesame"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with nothing in it, a server that others can reach, and a teacher's key."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setenv("NNVIZ_TEACHER_KEY", KEY)
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    monkeypatch.setattr(state, "_alone", lambda: False)
    monkeypatch.setattr(people, "_tries", type(people._tries)(5, 600.0))
    yield tmp_path
    repository.close()


@pytest.fixture
def hers() -> Entry:
    spec = asdict(DataSpec())
    return store.save(network(8), card("Hers", spec=spec), "saved", owner="ada")


def page(who: str, *, you: bool = False, path: Path = MLP, **query: str) -> AppTest:
    app = AppTest.from_file(path, default_timeout=60)
    app.session_state[Key.OWNER] = who
    if you:
        app.session_state["you"] = True
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def test_another_s_network_can_be_copied_and_not_changed(hers: Entry) -> None:
    app = page("bob", model=hers.name)
    assert not app.exception
    assert "saved, somebody else's" in str(app.selectbox(key="mlp_model_menu").options)
    assert not {"mlp_model_delete", "mlp_model_titled"} & keys(app)
    app.button(key="mlp_model_copy_titled").click().run()
    assert not app.exception
    (copy,) = [entry for entry in store.entries("mlp") if entry.owner == "bob"]
    assert app.session_state[model_key("mlp")] == copy.name
    assert {"mlp_model_delete", "mlp_model_titled"} <= keys(app)
    assert store.find(hers.name) == hers


def test_who_presses_a_button_of_an_older_page_is_refused_in_a_sentence(hers: Entry) -> None:
    app = page("ada", model=hers.name)
    app.session_state[Key.OWNER] = "bob"  # as if the page had been forged
    app.button(key="mlp_model_delete").click().run()
    assert not app.exception
    assert "Only its owner or the teacher may delete this network." in words(app)
    assert store.find(hers.name) == hers


def test_a_deletion_is_undone_beside_its_notice(hers: Entry) -> None:
    app = page("ada", model=hers.name)
    app.button(key="mlp_model_delete").click().run()
    assert "“Hers” is deleted." in words(app)
    app.button(key="undo").click().run()
    assert not app.exception
    assert store.find(hers.name) == hers
    assert "is deleted" not in words(app)


def test_who_has_a_network_open_that_is_deleted_is_told(hers: Entry) -> None:
    app = page("bob", model=hers.name)
    for actor, who in ((Actor("ada"), "its owner"), (Actor("t", is_teacher=True), "the teacher")):
        store.delete(hers, by=actor)
        assert f"The network “Hers” was deleted by {who}. Now “" in words(app.run())
        store.restore(hers.name, by=actor)
        app.run().selectbox(key="mlp_model_menu").set_value(hers.name).run()
        assert "was deleted" not in words(app)


def test_an_address_of_a_deleted_network_says_so(hers: Entry) -> None:
    store.delete(hers, by=Actor("ada"))
    app = page("bob", model=hers.name)
    assert "The network “Hers” was deleted by its owner." in words(app)
    assert Key.URL_MODEL not in app.query_params


def test_the_pad_says_which_of_its_networks_is_gone(hers: Entry) -> None:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.session_state[Key.OWNER] = "bob"
    app.session_state[pad_key("mlp")] = hers.name
    store.delete(hers, by=Actor("ada"))
    assert "The network “Hers” was deleted by its owner." in words(app.run())


def test_a_nickname_is_seen_by_others_as_it_was_typed(hers: Entry) -> None:
    app = page("ada", you=True)
    app.text_input(key="you_name_").set_value("*A*da <b>")
    app.button(key="you_named").click().run()
    assert not app.exception
    assert people.known().names == {"ada": "*A*da <b>"}
    assert r"Others see you as \*A\*da \<b>." in words(app)
    other = page("bob", model=hers.name)
    assert "saved, *A*da <b>" in str(other.selectbox(key="mlp_model_menu").options)


def test_the_teacher_s_key_makes_the_teacher_until_that_is_given_up(hers: Entry) -> None:
    app = page("t", you=True, model=hers.name)
    app.text_input(key="you_key").set_value("sesame")
    app.button(key="you_teach").click().run()
    assert [error.value for error in app.error] == ["That is not the teacher's key."]
    assert "mlp_model_delete" not in keys(app)
    app.text_input(key="you_key").set_value(KEY)
    app.button(key="you_teach").click().run()
    assert not app.exception
    assert "You are the teacher" in words(app)
    assert "mlp_model_delete" in keys(page("t", model=hers.name)), "in every tab"
    app.button(key="you_resign").click().run()
    assert "mlp_model_delete" not in keys(page("t", model=hers.name))


def test_a_code_takes_everything_along_to_another_browser(hers: Entry) -> None:
    first = page("ada", you=True)
    first.button(key="you_make_code").click().run()
    (code,) = [each.value for each in first.code if len(each.value) == 19]
    assert code not in str([each.value for each in first.run().code]), "it is shown once"
    second = page("new", you=True, model=hers.name)
    assert "mlp_model_delete" not in keys(second)
    second.text_input(key="you_code").set_value(code.lower())
    second.button(key="you_take").click().run()
    assert not second.exception
    assert "mlp_model_delete" in keys(page("new", model=hers.name))
    assert code not in str(second.session_state), "nothing that was typed stays"


def test_what_was_deleted_lately_is_listed_for_those_who_may_have_it_again(hers: Entry) -> None:
    store.delete(hers, by=Actor("ada"))
    assert f"undo_{hers.name}" not in keys(page("bob", you=True))
    app = page("ada", you=True)
    app.button(key=f"undo_{hers.name}").click().run()
    assert not app.exception
    assert store.find(hers.name) == hers


def test_what_is_behind_the_button_costs_nothing_until_it_is_pressed(
    hers: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(repository, "deleted", asked)
    assert not page("ada").exception


def test_without_a_database_everybody_is_their_browser(hers: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
    app = page("ada", you=True, model=hers.name)
    assert not app.exception
    assert "mlp_model_delete" in keys(app)
    app.text_input(key="you_name_").set_value("Ada")
    app.button(key="you_named").click().run()
    assert not app.exception
    assert "postgresql" in "".join(error.value for error in app.error)


def test_shipped_networks_are_nobody_s_to_change() -> None:
    assert paths.shipped().is_dir()
    app = page("bob", model="mlp")
    assert not {"mlp_model_delete", "mlp_model_titled", "mlp_model_copy_titled"} & keys(app)


def test_another_s_handwriting_is_on_no_page_until_it_is_shared() -> None:
    few = mnist.embedded()
    own = mnist.make_dataset("hers", few.images[::100], few.labels[::100], "upload")
    spec = kept_digits.keep(own, owner="ada")
    entry = store.save(network(8), card("Hers", spec=asdict(spec)), "saved", owner="ada")

    def judged_on(who: str) -> str:
        app = page(who, model=entry.name)
        assert not app.exception
        return words(app)

    assert "held back from its training" in judged_on("ada")
    assert "are private or were deleted" in judged_on("bob")
    kept_digits.share(spec.digest, True, by=Actor("ada"))
    assert "held back from its training" in judged_on("bob")
    kept_digits.delete(spec.digest, by=Actor("ada"))
    assert "are private or were deleted" in judged_on("ada")


def test_the_teacher_sees_what_everybody_has_asked_for_and_stops_it(hers: Entry) -> None:
    with in_charge() as scheduler:
        scheduler._cluster.threads = 0  # so that it goes on waiting
        job = jobs.start_training("mlp", DataSpec(n=600, n_test=100), {}, owner="ada", title="Hers *too*")
        assert f"stop_{job}" not in keys(page("bob", you=True))
        with pytest.raises(NotYours):
            jobs.live_jobs(by=Actor("bob"))
        people.become_teacher(Actor("t"), KEY)
        app = page("t", you=True)
        assert "At work or waiting for everybody: 1" in words(app)
        app.button(key=f"stop_{job}").click().run()
        assert not app.exception
        assert not jobs.find_job(job).live
        assert f"stop_{job}" not in keys(app)


def test_the_room_that_is_used_is_told(hers: Entry) -> None:
    assert "Your saved networks: 1 of 120" in words(page("ada", you=True))
    assert "Your saved networks: 0 of 120" in words(page("bob", you=True))
    assert "Everybody's together" not in words(page("bob", you=True))


def test_forged_presses_of_rename_copy_and_save_change_nothing_of_anothers(hers: Entry) -> None:
    recent = store.put(mlp_file.pack(network(8)), ".npz", card("Lately"), "recent", owner="ada")
    for entry in (hers, recent):
        app = page("ada", model=entry.name)
        app.session_state[Key.OWNER] = "bob"  # as if the page had been forged
        app.text_input(key=f"mlp_model_title_{entry.name}").set_value("Bob's")
        app.button(key="mlp_model_titled").click().run()
        assert not app.exception
        assert "Only its owner or the teacher may" in words(app)
        assert store.find(entry.name) == entry


def test_what_came_as_a_file_is_told_as_its_cards_word() -> None:
    lies = dataclasses.replace(card("Liar"), metrics={"train_accuracy": 1.0, "test_accuracy": 1.0}, n_train=9)
    liar = store.receive("liar.npz", mlp_file.pack(network(8), lies), owner="ada")
    plain = store.receive("plain.npz", mlp_file.pack(network(8)), owner="ada")
    app = page("ada", model=liar.name)
    assert "its card says 100.0" in str(app.selectbox(key="mlp_model_menu").options)
    assert "all that follows is what its card says" in words(app)
    for entry in (liar, plain, store.copy(liar, "Copy", by=Actor("bob"))):
        app = page("ada", model=entry.name)
        assert not app.exception
        assert not {"Seed", "Trained in", "Right on its training digits"} & {
            each.label for each in app.metric
        }
    assert "does not say what it learned from" in words(page("ada", model=plain.name))
    store.delete(liar, by=Actor("ada"))
    assert store.restore(liar.name, by=Actor("ada")).brought


def test_forged_presses_of_a_run_s_buttons_change_nothing_of_anothers() -> None:
    run = repository.record_run(replace(RUN, owner="ada", name="Hers"))
    for press in ("name", "delete"):
        app = page("ada", path=ROOT / "pages" / "5_History.py", run=run.id)
        [button] = [
            each for each in app.button if str(each.key).endswith(f"_{press}") and each.key != "you_name"
        ]
        app.session_state[Key.OWNER] = "bob"  # as if the page had been forged
        button.click().run()
        assert not app.exception
        assert "Only its owner or the teacher may" in words(app)
        assert repository.find_run(run.id).name == "Hers"


def test_a_title_in_a_notice_is_no_markdown() -> None:
    run = repository.record_run(replace(RUN, owner="ada"))
    app = page("ada", path=ROOT / "pages" / "5_History.py", run=run.id)
    [field] = [each for each in app.text_input if str(each.key).endswith(f"_name_{run.id}")]
    field.set_value("![x](http://evil.org/x.png)")
    [button] = [each for each in app.button if str(each.key).endswith("_name") and each.key != "you_name"]
    button.click().run()
    assert not app.exception
    assert "called “![x](http" not in words(app)
    assert "is now called" in words(app)
