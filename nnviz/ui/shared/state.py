"""State has one address book. Results are kept here, not widgets: a widget forgets when its page is left."""

from __future__ import annotations

import hashlib
import time
import uuid
from enum import StrEnum
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import streamlit as st

from nnviz.core import identity, pace, secret_words
from nnviz.core.identity import Actor
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.ui.shared import kept

if TYPE_CHECKING:
    from nnviz.history.people import People


class Key(StrEnum):
    """Every name used in `st.session_state` or in the URL, but for those of a kind of network, below."""

    DIGIT = "digit"  # (28, 28) float32: what was drawn last, prepared
    OWNER = "owner"  # the browser's own name
    PAD = "pad"  # the drawing component's own state
    GIVEN = "given"  # canvas.Given: what was put onto the pad last
    UPLOAD = "upload"  # DataSpec of the digits uploaded in this session
    JUDGES = "judges"  # DataSpec of brought digits that judge every network, the usual ones without it
    NOTICE = "notice"  # a sentence to show once, on the next run
    UNDO = "deleted_last"  # what was deleted last: a sentence, what it was, and when
    URL_JOB = "job"  # query parameter: the training this page follows
    URL_LIVE = "live"  # query parameter: the training whose network is on the pad while it learns
    URL_FIVE = "five"  # query parameter: the trainings of the five kernel sizes
    URL_MAP = "map"  # query parameter: the map that is being drawn
    URL_WORTH = "worth"  # query parameter: the experiment that measures representations
    STUDY = "study_looked_at"  # name of the study that the page of experiments shows, or "own"
    URL_STUDY = "study"  # query parameter: the same
    URL_RUN = "run"  # query parameter: the run that is open, or the repeats behind one point
    RUN_LEFT = "run_left"  # the run that was open in the history last, till its list is there again
    COMPARED = "compared"  # ids of the runs that are compared
    URL_RUNS = "runs"  # query parameter: the same, with commas between them
    URL_EXPERIMENT = "experiment"  # query parameter: the experiment, or a study's and its twin's
    URL_MODEL = "model"  # query parameter: the network this page looks at
    URL_LANDSCAPE = "landscape"  # query parameter: the landscape that is looked at
    URL_EPOCH = "epoch"  # query parameter: the epoch that networks are shown at, the end without it
    EPOCHS_ASKED = "epochs_on_pad"  # that the pad has a slider of epochs
    PLAYED = "epochs_played"  # when the slider of epochs went on last
    URL_CLASS = "class"  # query parameter: the code of the class that is open
    URL_DRAWN = "drawn"  # query parameter: that it looks at it with the drawing on the pad
    LESSON = "lesson_followed"  # following.Followed: the lesson that leads through the app
    URL_LESSON = "lesson"  # query parameter: the lesson to begin
    URL_STEP = "step"  # query parameter: the step of it to begin with, from 1
    VIEW = "view_opened"  # the link whose view was set up last, and what is hidden in it
    URL_VIEW = "view"  # query parameter: a sealed view


def shown_epoch() -> int | None:
    """The epoch at which this visitor looks at networks; None for the end of their trainings."""
    told = st.query_params.get(Key.URL_EPOCH, "")
    if told.isdecimal() and len(told) < 8:
        st.session_state[Key.URL_EPOCH] = int(told)
    epoch: int | None = st.session_state.get(Key.URL_EPOCH)
    return epoch


def set_epoch(epoch: int | None) -> None:
    """Look at networks as they were after that epoch, or as they ended; in the address, too."""
    st.session_state[Key.URL_EPOCH] = epoch
    if epoch is None:
        st.query_params.pop(Key.URL_EPOCH, None)
    else:
        st.query_params[Key.URL_EPOCH] = str(epoch)


def model_key(kind: str) -> str:
    """Where the name of the network is kept that the page of that kind looks at."""
    return f"{kind}_model"


def pad_key(kind: str) -> str:
    """Where the name of the network is kept that is in that kind's place on the pad."""
    return f"pad_{kind}"


def digit() -> Array | None:
    """The digit last drawn on the pad.

    Returns
    -------
    Array | None
        (28, 28) float32 in [0, 1]; None while nothing has been drawn. Of a page that was just loaded, what
        was drawn in this browser before.
    """
    if Key.DIGIT not in st.session_state:
        st.session_state[Key.DIGIT] = kept_before().digit
    digit: Array | None = st.session_state[Key.DIGIT]
    return digit


def drawing_asked_for() -> bool:
    """Whether this page was opened to look at the drawing; told once, then the page's menu has the say."""
    return st.query_params.pop(Key.URL_DRAWN, None) is not None


def put_on_pad(kind: str, name: str) -> None:
    """Put a network into that kind's place on the pad, where it is after a reload too."""
    st.session_state[pad_key(kind)] = name
    st.session_state.pop(f"{pad_key(kind)}_lost", None)  # what was said of one that is gone
    keep_network(pad_key(kind), name)


def keep_network(place: str, name: str) -> None:
    """Keep which network is chosen in a place, for after a reload."""
    kept.keep_network(owner(), place, name)


def digit_before(place: str) -> tuple[str, int]:
    """Which digit this browser looked at in a place, or last on its page; "" for none."""
    digits = kept_before().digits
    return digits.get(place) or digits.get(place.partition("_")[0], ("", 0))


def keep_digit(place: str, name: str, turn: int) -> None:
    """Keep which digit is looked at in a place, "cnn_why" on the page "cnn", for after a reload."""
    for each in (place, place.partition("_")[0]):
        kept.keep_digit(owner(), each, name, turn)


def drawing_or_hint() -> Array | None:
    """The digit last drawn, as `digit`; while there is none a hint, where to draw one, and None."""
    drawn = digit()
    if drawn is None:
        st.info(say("Nothing drawn yet: draw a digit on the pad, then come back."))
        st.page_link("app.py", label=say("To the pad"), icon=":material/draw:")
    return drawn


def drawing_before() -> dict[str, Any] | None:
    """The drawing that this browser had on its pad last, as the pad sent it."""
    return kept_before().message


def kept_before() -> kept.Kept:
    """What this browser had on its pad last. Whose it is is not asked where nobody's is kept."""
    return kept.kept(owner()) if kept.there_is() else kept.Kept()


def remember_drawing(image: Array | None, message: dict[str, Any] | None) -> None:
    """Keep a drawing for the other pages, and for this browser's later ones; None after the pad was cleared.

    Parameters
    ----------
    image
        As a network gets it, (28, 28).
    message
        As the pad sent it.
    """
    st.session_state[Key.DIGIT] = image
    if message is not None or kept.there_is():
        kept.keep_drawing(owner(), message, image)


def actor() -> Actor:
    """Who asks, as far as this server knows: a browser, or the person that it stands for."""
    return _people().actor(_browser(), alone=_alone())


def owner() -> str:
    """Under which name this browser's things are kept: the same after a reload, where it holds our cookie."""
    return actor().owner


def address() -> str:
    """From which network address this browser comes; "" from the computer that the app runs on."""
    return st.context.ip_address or ""


def is_slowed() -> bool:
    """Whether this browser asks for pages so fast that it has to wait for the others."""
    return pace.PACE.is_slowed(_browser())


def whose(theirs: str) -> str:
    """Whose something is: "yours", "the teacher's", a nickname as it was typed, "somebody else's"."""
    return _people().whose(theirs, actor())


def may_change(theirs: str) -> bool:
    """Whether this browser may change what is that owner's, as the library will say when it is asked to."""
    return actor().may_change(theirs)


def offer_undo(said: str, *gone: tuple[str, str]) -> None:
    """Say that something was deleted, with a button beside it that brings it back.

    Parameters
    ----------
    said
        A sentence, as Markdown.
    *gone
        What was deleted, "network", "run" or "experiment", and its name or id.
    """
    st.session_state[Key.UNDO] = said, gone, time.time()


def _people() -> People:
    # Late: with it comes SQLAlchemy, a third of a second that the first page does without.
    from nnviz.history import people

    return people.known()


def _browser() -> str:
    if Key.OWNER not in st.session_state:
        st.session_state[Key.OWNER] = _owner()
    return str(st.session_state[Key.OWNER])


def _owner() -> str:
    secret = st.context.cookies.get(identity.COOKIE)
    if isinstance(secret, str) and identity.is_secret(secret):
        return identity.owner_of_secret(secret)
    cookie = st.context.cookies.get("_streamlit_xsrf")  # without our server
    return owner_of_cookie(cookie) if isinstance(cookie, str) else uuid.uuid4().hex[:16]


def owner_of_cookie(cookie: str) -> str:
    """The browser that holds this XSRF cookie.

    Streamlit writes the cookie anew whenever a page is loaded, "2|mask|masked token|time" with another mask;
    the token, which is random and lasts as long as the browser does, stays. Only its hash is used.

    Returns
    -------
    str
        16 hex characters.
    """
    try:
        _, mask, masked, _ = cookie.strip("\"'").split("|")
        token = bytes(a ^ b for a, b in zip(bytes.fromhex(masked), cycle(bytes.fromhex(mask)), strict=False))
    except ValueError:
        token = b""
    return hashlib.sha256(token or cookie.encode()).hexdigest()[:16]


def _alone() -> bool:
    """Whether nobody but the one at this computer can reach the app.

    Not so behind a program that passes on the requests of others, nor where somebody has set a teacher's key.
    """
    if st.get_option("server.address") not in identity.LOOPBACK or secret_words.own_teacher_key():
        return False
    asked = st.context.headers
    host = urlsplit(f"//{asked.get('Host') or 'localhost'}").hostname
    return host in identity.LOOPBACK and not any(name in asked for name in ("X-Forwarded-For", "Forwarded"))
