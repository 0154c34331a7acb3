"""A view that is shared: the panel that makes its link, and what is around it when such a link is opened."""

from __future__ import annotations

import streamlit as st

from nnviz import components
from nnviz.core.words import say
from nnviz.lessons import links, shelf
from nnviz.lessons.lesson import Question
from nnviz.lessons.links import BadLink, Shared
from nnviz.lessons.views import Place
from nnviz.ui.shared import asking, qr, showing
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import Key, kept_before, owner

_MADE = "share_made"  # in the session: the page and the link that was made for it
_REFUSED = "share_refused"  # in the session: why none was made


def panel(title: str) -> None:
    """What is to be in the link, the button that makes it, and the link."""
    place = showing.place_of(title)
    if place is None:
        st.caption(say("This page cannot be shared as a view."))
        return
    st.markdown(say("**Share this view.** Whoever opens the link sees this page as you have set it."))
    hidden = st.multiselect(
        say("Hide on the page"),
        _can_be_hidden(place),
        format_func=lambda name: _called(place, name),
        placeholder=say("Nothing"),
        key=f"share_hidden_{place.name}",
    )
    with st.expander(say("Ask a question with it")):
        asks = st.text_input(say("Question"), max_chars=300, key="share_asks")
        st.caption(
            say("One choice in each line; “*” before the right ones. Or only the answer, in one line.")
        )
        told = st.text_area(say("Choices, or the answer"), max_chars=2_000, key="share_answers", height=120)
        because = st.text_input(say("What is said after it was answered"), max_chars=300, key="share_because")
    if st.button(say("Make the link"), icon=":material/link:", type="primary", key="share_make"):
        _make(place, tuple(hidden), asks, told, because)
    made = st.session_state.get(_MADE)
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused)
    elif made and made[0] == place.name:
        with st.container(key="share_link"):
            if kept_before().teaches:
                st.button(
                    say("Send to all screens of the class"),
                    icon=":material/groups:",
                    key="share_send",
                    on_click=_send,
                    args=(made[2],),
                )
            qr.show(made[1], key="share", width=300)
            st.caption(
                say(
                    "The link shows the page as it was when you made it. It can be opened for {days} days.",
                    days=links.DAYS,
                )
            )
    components.reveal("share_link", made[2] if made and made[0] == place.name else None, focus=False)


def _make(place: Place, hidden: tuple[str, ...], asks: str, told: str, because: str) -> None:
    try:
        question = None
        if asks.strip() or told.strip():
            question = links.checked(question_of(asks, told, because))
        token = links.seal(showing.current(place, hidden), question, owner=owner())
    except (BadLink, shelf.NoRoom, OSError) as error:
        st.session_state[_REFUSED] = escaped(why(error))
        return
    st.session_state[_MADE] = place.name, qr.address(showing.slug(place), **{Key.URL_VIEW: token}), token


def _send(token: str) -> None:
    from nnviz.ui.shared import sending  # late: only a class needs it

    sending.send("view", token)


def question_of(asks: str, told: str, because: str = "") -> Question:
    """A question as it is typed: a choice a line, the right ones with "*" before them; or its answer."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    if len(lines) < 2:
        return Question(asks, answer="".join(lines).lstrip("* "), because=because)
    right = frozenset(i for i, line in enumerate(lines) if line.startswith("*"))
    return Question(asks, tuple(line.lstrip("* ") for line in lines), right, because=because)


def _can_be_hidden(place: Place) -> list[str]:
    return [*place.every_spot(), *(f"tab {name}" for name in place.tabs)]


def _called(place: Place, name: str) -> str:
    tab = name.removeprefix("tab ")
    return say("tab {name}", name=place.tabs[tab]) if name.startswith("tab ") else name


def arrive(title: str) -> None:
    """Set up the view of the link in the address, once, and go to its page. Before anything is drawn."""
    token = st.query_params.get(Key.URL_VIEW, "")
    opened = st.session_state.get(Key.VIEW)
    if not token or (opened and opened[0] == token):
        return
    try:
        shared: Shared | str = links.unseal(token)
    except BadLink as error:
        shared = str(error)
    except OSError as error:
        shared = why(error)
    st.session_state[Key.VIEW] = token, shared
    if isinstance(shared, str):
        return
    showing.set_up(shared.view)
    here = showing.place_of(title)
    if here is None or here.path != shared.view.place.path:
        showing.go_to(shared.view, **{Key.URL_VIEW: token})
    else:
        for name, value in shared.view.query.items():
            st.query_params[name] = value


def banner(title: str) -> None:
    """Around a view that was shared: what is hidden, and its question."""
    token = st.query_params.get(Key.URL_VIEW, "")
    opened = st.session_state.get(Key.VIEW)
    if not token or not opened or opened[0] != token:
        return
    shared = opened[1]
    if isinstance(shared, str):
        st.warning(escaped(shared))
        return
    place = showing.place_of(title)
    if place is None or place.name != shared.view.page:
        return
    showing.hide(place, shared.view.hidden)
    if shared.answer:
        with st.container(border=True, key="shared_question"):
            st.fragment(_question)(shared)


def _question(shared: Shared) -> None:
    def judge(told: str | list[int]) -> tuple[bool, Question]:
        right, question = links.judge(shared, told)
        plain = Question(
            question.asks,
            tuple(escaped(choice) for choice in question.choices),
            question.right,
            escaped(question.answer),
            question.within,
            escaped(question.because),
        )
        return right, plain

    try:
        asking.ask(
            escaped(shared.asks),
            [escaped(choice) for choice in shared.choices],
            judge,
            key=f"shared_{shared.answer}",
        )
    except BadLink as error:
        st.warning(escaped(str(error)))
