"""What a browser may say to the server: broken frames, words for developers, values no widget has."""

from __future__ import annotations

import json
import random
import urllib.request
from collections.abc import Iterator, Sequence

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

from tests.attacks import table
from tests.attacks.browsers import Browser
from tests.attacks.hostile import NASTY, anything, chance, spoilt_bytes
from tests.browser.serving import Server

PAGES = ["", "MLP", "CNN", "Autoencoder", "Experiments", "History", "Compare", "Class", "Lessons"]
PAGES += ["nowhere", "\x00"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("home")).start()
    yield made
    made.stop()


def hostile_state(name: str, lot: random.Random) -> WidgetState:
    """A value for that widget, of any type whatever."""
    state = WidgetState(id=name)
    nasty = [str(lot.choice(NASTY))[:5000].encode("utf-8", "replace").decode() for _ in range(2)]
    match lot.randrange(11):
        case 0:
            state.trigger_value = True
        case 1:
            state.bool_value = lot.random() < 0.5
        case 2:
            state.int_value = lot.choice([0, -1, 5, 2**53 - 1, -(2**62)])
        case 3:
            state.double_value = lot.choice([0.0, -1.0, 1e308, float("nan"), float("inf")])
        case 4:
            state.string_value = nasty[0]
        case 5 | 6:
            state.json_value = lot.choice([json.dumps(anything(lot))[:5000], nasty[0]])
        case 7:
            state.string_array_value.data.extend(nasty)
        case 8:
            state.bytes_value = lot.randbytes(20)
        case 9:
            state.double_array_value.data.extend([float("nan"), 1e308])
        case _:
            state.json_trigger_value = json.dumps(anything(lot))[:500]
    return state


def broken_frames(server: Server, numbers: range) -> None:
    """Frames that are no messages, or no page's: the server goes on, and its log has no traceback."""
    good = BackMsg()
    good.rerun_script.query_string = "model=mlp"
    row = table.Row("frames of WebSockets")
    for number in numbers:
        lot = chance("frame", number)
        sent: bytes | str = spoilt_bytes(good.SerializeToString(), lot) if number % 3 else lot.randbytes(40)
        if number % 11 == 0:
            sent = "text"
        elif number % 5 == 0:
            told = BackMsg()
            name = lot.choice(["clear_cache", "load_git_info", "debug_shutdown_runtime", "set_run_on_save"])
            setattr(told, name, True)
            sent = told.SerializeToString()
        with Browser(server.url) as browser:
            browser.socket.send(sent)
        row.inputs += 1
    table.rows.append(row)
    check(server)


def forged_values(server: Server, numbers: range, pages: Sequence[str] = PAGES) -> None:
    """Pages whose widgets are said to hold anything: each goes on, without a fault."""
    row = table.Row("values of widgets, forged")
    for number in numbers:
        lot = chance("forged", number)
        page = lot.choice(pages)
        with Browser(server.url, "x" * 43) as browser:
            seconds = [browser.run(page)]
            for _ in range(4):
                names = sorted(browser.ids.values())
                assert names, f"forged {number}, {page!r} is empty: {browser.texts}, {server.log()[-2000:]}"
                states = [hostile_state(lot.choice(names), lot) for _ in range(lot.randint(1, 4))]
                fragment = lot.choice(["", *sorted(browser.fragments)])
                seconds.append(browser.run(page, states=states, fragment=fragment))
                row.inputs += len(states)
            row.seconds = max(row.seconds, *seconds[1:])
            told = [text for text in browser.texts if "Something went wrong" in text]
            assert browser.errors + told == [], f"forged {number}, page {page!r}: {server.log()[-3000:]}"
    table.rows.append(row)
    check(server)


def check(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=10) as answer:
        assert answer.status == 200
    with Browser(server.url) as browser:
        browser.run()
        assert "pad" in browser.ids
    assert server.complaints() == ""


def test_what_is_no_message_ends_its_connection_and_nothing_else(server: Server) -> None:
    broken_frames(server, range(1, 60))
    with Browser(server.url) as browser:
        browser.socket.send(b"\xff\xff\xff")
        with pytest.raises(ConnectionClosed):
            browser.hear_the_end()


def test_a_browser_cannot_make_the_server_forget_what_is_kept_for_all(server: Server) -> None:
    with Browser(server.url) as browser:
        browser.run()
        told = BackMsg()
        told.clear_cache = True
        browser.socket.send(told.SerializeToString())
        assert browser.run() < 20, "its connection goes on"


def test_a_name_that_its_menu_does_not_offer_is_not_taken(server: Server) -> None:
    with Browser(server.url) as browser:
        browser.run("MLP")
        browser.run("MLP", states=[WidgetState(id=browser.ids["mlp_model_menu"], string_value="x" * 300)])
        assert not any("Something went wrong" in text or "nothing of that" in text for text in browser.texts)
    assert server.complaints() == ""


def test_a_press_in_a_lesson_s_bar_may_come_with_a_run_of_the_whole_page(server: Server) -> None:
    with Browser(server.url, "y" * 43) as browser:
        browser.run(query="lesson=first-digit")
        browser.run()
        browser.run(states=[WidgetState(id=browser.ids["lesson_fold"], trigger_value=True)])
        assert not any("Something went wrong" in text for text in browser.texts)
    assert server.complaints() == ""


def test_a_class_that_one_tab_has_ended_is_told_in_the_parts_of_another(server: Server) -> None:
    with Browser(server.url, "z" * 43) as one, Browser(server.url, "z" * 43) as other:
        one.run("Class")
        one.run("Class", states=[WidgetState(id=one.ids["class_start"], trigger_value=True)])
        for each in (one, other):
            each.run("Class")  # from now on it knows that it teaches
            each.run("Class")
        other.run("Class", states=[WidgetState(id=other.ids["class_section"], string_value="Pupils")])
        (sure,) = (name for name in other.ids if name.startswith("class_sure"))
        one.run("Class", states=[WidgetState(id=one.ids[sure], bool_value=True)])
        one.run("Class", states=[WidgetState(id=one.ids["class_end"], trigger_value=True)])
        for fragment in sorted(other.fragments):
            other.run("Class", fragment=fragment)
        assert any("no such class" in text for text in other.texts)
        assert not any("Something went wrong" in text for text in other.texts)
    assert server.complaints() == ""


def test_a_value_that_no_widget_has_makes_no_fault(server: Server) -> None:
    forged_values(server, range(6), ["", "MLP", "nowhere"])


@pytest.mark.attack
def test_a_thousand_frames_and_thousands_of_forged_values_leave_the_server_as_it_was(server: Server) -> None:
    broken_frames(server, range(1000))
    forged_values(server, range(400))
