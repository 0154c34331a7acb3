"""A browser without a screen: it speaks with the server as a page of Streamlit's, and can say anything."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from nnviz.core.identity import COOKIE


class Browser:
    """One tab. ids: of the widgets on its page, by their keys. errors: what was shown as an exception."""

    def __init__(self, url: str, secret: str = "") -> None:
        host = url.removeprefix("http://")
        cookie = {"Cookie": f"{COOKIE}={secret}"} if secret else {}
        self._closing = ExitStack()
        self.socket: ClientConnection = self._closing.enter_context(
            connect(
                f"ws://{host}/_stcore/stream",
                subprotocols=["streamlit"],  # type: ignore[list-item]
                additional_headers={"Origin": url, **cookie},
                max_size=None,
                max_queue=None,  # or what nobody reads keeps the end of the connection from being heard
            )
        )
        self.ids: dict[str, str] = {}
        self.held: dict[str, WidgetState] = {}
        self.fragments: set[str] = set()
        self.fragment_of: dict[str, str] = {}
        self.errors: list[str] = []
        self.texts: list[str] = []
        self.hash = ""

    def close(self) -> None:
        self._closing.close()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self, page: str = "", *, query: str = "", states: Iterable[WidgetState] = (), fragment: str = ""
    ) -> float:
        """Have the page run, as after a press, and wait for its end; seconds."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_name, asked.fragment_id = query, page, fragment
        if not page:
            asked.page_script_hash = self.hash
        states = list(states)
        sent = self.held | {state.id: state for state in states}  # a page sends what all its widgets hold
        asked.widget_states.widgets.extend(sent.values())
        lasting = (each for each in states if "trigger" not in (each.WhichOneof("value") or ""))
        self.held |= {state.id: state for state in lasting}
        began = time.perf_counter()
        self.socket.send(message.SerializeToString())
        self.hear_the_end()
        return time.perf_counter() - began

    def hear_the_end(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self.socket.recv(timeout=until - time.monotonic()))  # type: ignore[arg-type]
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.hash = answer.new_session.page_script_hash
                if not answer.metadata.run.fragment_ids:
                    self.fragments.clear()  # those that are drawn again are the ones there are
            elif kind == "delta":
                self._see(answer.delta)
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return

    def _see(self, delta: Any) -> None:
        if delta.fragment_id:
            self.fragments.add(delta.fragment_id)
        if delta.WhichOneof("type") == "add_block" and (tabs := delta.add_block.tab_container.id):
            self.ids[tabs.rsplit("-", 1)[-1]] = tabs
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(element.exception.message)
        told = getattr(element, kind) if kind else None
        name = getattr(told, "id", "")
        if isinstance(name, str) and name:
            self.ids[name.rsplit("-", 1)[-1]] = name
            self.fragment_of[name.rsplit("-", 1)[-1]] = delta.fragment_id
        body = getattr(told, "body", "")
        if isinstance(body, str) and body:
            self.texts.append(body)
