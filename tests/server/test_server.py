"""What is around Streamlit's own server: the cookie, compression, the head of a page, addresses by digest."""

from __future__ import annotations

import asyncio
import gzip
import re
from http.cookies import SimpleCookie

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from nnviz.components import registry, served
from nnviz.core import words
from nnviz.core.identity import COOKIE, is_secret, owner_of_secret
from nnviz.server.application import _options
from nnviz.server.browser_cookie import BrowserCookie
from nnviz.server.compression import KeptCompressed
from nnviz.server.html_head import OwnHead, with_own_head
from nnviz.server.partings import QuietPartings
from nnviz.server.routes import routes
from tests.server.asking import ask

FONT = '<link\n rel="preload" href="a.woff2" as="font"\n crossorigin />'
DOWNLOADED = {"content-disposition": 'attachment; filename="pad.html"'}
PAGE = f"<html><head>{FONT}<title>x</title></head></html>"
SCRIPT = "export const text = 'again and again';\n" * 100


class Inner:
    """A stand-in for Streamlit: counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.app = Starlette(
            routes=[
                Route("/", lambda _: HTMLResponse(PAGE, headers={"etag": '"1"'})),
                Route("/CNN", lambda _: HTMLResponse(PAGE)),
                Route("/MLP", self.zipped),
                Route("/static/a.js", self.script),
                Route("/static/a.png", lambda _: Response(b"\x89PNG" * 1000, media_type="image/png")),
                Route("/media/pad.html", lambda _: HTMLResponse(PAGE, headers=DOWNLOADED)),
                Route("/plain", lambda _: PlainTextResponse("plain")),
            ]
        )

    def zipped(self, request: Request) -> Response:
        return HTMLResponse(gzip.compress(PAGE.encode()), headers={"content-encoding": "gzip"})

    def script(self, request: Request) -> Response:
        self.asked += 1
        if request.headers.get("if-none-match"):
            return Response(status_code=304)
        return Response(SCRIPT, media_type="text/javascript", headers={"etag": '"7"'})


@pytest.fixture(autouse=True)
def own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "_prefix", "/nnviz")
    monkeypatch.setattr(served, "_networks", type(served._networks)())


# --- the cookie -------------------------------------------------------------------------------------------


def test_a_browser_without_the_cookie_gets_a_random_one_that_no_script_can_read() -> None:
    app = BrowserCookie(Inner().app)
    first, second = (SimpleCookie(ask(app, "/").headers["set-cookie"])[COOKIE] for _ in range(2))
    assert is_secret(first.value)
    assert first.value != second.value
    assert first["httponly"]
    assert first["samesite"] == "Lax"
    assert first["path"] == "/"
    assert int(first["max-age"]) == 365 * 24 * 3600
    assert not first["secure"]
    assert SimpleCookie(ask(app, "/", scheme="https").headers["set-cookie"])[COOKIE]["secure"]


def test_a_browser_keeps_the_cookie_it_has_and_one_of_its_own_making_is_not_taken() -> None:
    app = BrowserCookie(Inner().app)
    mine = SimpleCookie(ask(app, "/").headers["set-cookie"])[COOKIE].value
    again = ask(app, "/CNN", cookie=f"other=1; {COOKIE}={mine}")
    assert SimpleCookie(again.headers["set-cookie"])[COOKIE].value == mine
    forged = ask(app, "/", cookie=f"{COOKIE}=teacher")
    assert SimpleCookie(forged.headers["set-cookie"])[COOKIE].value not in ("teacher", mine)


def test_only_pages_bring_the_cookie() -> None:
    assert "set-cookie" not in ask(BrowserCookie(Inner().app), "/static/a.js").headers


def test_an_owner_tells_nothing_of_the_secret_and_is_another_for_another() -> None:
    a, b = "a" * 43, "b" * 43
    assert owner_of_secret(a) == owner_of_secret(a)
    assert owner_of_secret(a) != owner_of_secret(b)
    assert re.fullmatch("[0-9a-f]{16}", owner_of_secret(a))


# --- compression ------------------------------------------------------------------------------------------


def test_a_file_is_compressed_once_and_then_kept() -> None:
    inner = Inner()
    app = KeptCompressed(inner.app)
    answers = [ask(app, "/static/a.js", accept_encoding="gzip, deflate") for _ in range(3)]
    assert inner.asked == 1
    for answer in answers:
        assert answer.status == 200
        assert gzip.decompress(answer.body).decode() == SCRIPT
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(answer.body) < len(SCRIPT) / 5
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["etag"] != '"7"'


def test_a_browser_that_takes_no_gzip_gets_the_file_as_it_is() -> None:
    app = KeptCompressed(Inner().app)
    ask(app, "/static/a.js", accept_encoding="gzip")
    plain = ask(app, "/static/a.js")
    assert plain.body.decode() == SCRIPT
    assert "content-encoding" not in plain.headers


def test_what_is_asked_for_in_another_way_goes_through() -> None:
    app = KeptCompressed(Inner().app)
    assert ask(app, "/static/a.js", accept_encoding="gzip", if_none_match='"7"').status == 304
    assert "content-encoding" not in ask(app, "/static/a.png", accept_encoding="gzip").headers
    assert ask(app, "/static/b.js", accept_encoding="gzip").status == 404
    assert ask(app, "/static/b.js", accept_encoding="gzip").status == 404


# --- the head of a page -----------------------------------------------------------------------------------


def test_a_page_asks_for_no_font_and_at_once_for_all_components() -> None:
    app = OwnHead(Inner().app)
    first, other = ask(app, "/"), ask(app, "/CNN")
    assert b"font" not in first.body + other.body
    assert int(first.headers["content-length"]) == len(first.body)
    assert "etag" not in first.headers  # it was of the page before
    for page in (first, other):
        (address,) = re.findall(rb'rel="modulepreload" href="([^"]+)"', page.body)
        module = ask(Starlette(routes=routes("/nnviz")), address.decode())
        assert module.status == 200
        assert address.decode() in registry._module("pad"), "what is fetched early is what is mounted"
    zipped = ask(app, "/", accept_encoding="gzip")
    assert gzip.decompress(zipped.body) == first.body
    again = ask(app, "/MLP", accept_encoding="gzip")
    assert gzip.decompress(again.body) == other.body, "compressed once, not twice"
    assert ask(app, "/plain").body == b"plain"


def test_a_page_that_is_downloaded_stays_as_it_was_made() -> None:
    assert ask(OwnHead(Inner().app), "/media/pad.html").body.decode() == PAGE


def test_a_script_of_ours_runs_before_any_of_streamlit_s() -> None:
    page = ask(OwnHead(Inner().app), "/CNN").body
    assert page.index(served.frontend().files["shared/head.js"].plain) < page.index(b"</head>")
    assert page.index(b"<script>") == page.index(b"<head>") + len(b"<head>")


@pytest.mark.parametrize("language", ["en", words.PSEUDO])
def test_a_translation_runs_before_any_component_and_english_has_none(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LANGUAGE", language)
    served.frontend.cache_clear()
    with_own_head.cache_clear()
    try:
        page = ask(OwnHead(Inner().app), "/").body.decode()
        scripts = re.findall(r'<script src="([^"]+)"></script>', page)
        assert bool(scripts) == (language != "en")
        for script in scripts:
            assert page.index(script) < page.index("modulepreload")
            told = ask(Starlette(routes=routes("/nnviz")), script)
            assert told.headers["content-type"].startswith("text/javascript")
            assert b"nnvizWords" in told.body
    finally:
        served.frontend.cache_clear()
        with_own_head.cache_clear()


# --- addresses by digest ----------------------------------------------------------------------------------


def test_a_module_is_kept_for_a_year_and_only_under_the_digest_of_what_it_is() -> None:
    app = Starlette(routes=routes("/nnviz"))
    address = served.module_address("pad/index.js")
    plain, zipped = ask(app, address), ask(app, address, accept_encoding="gzip")
    assert plain.body == gzip.decompress(zipped.body) == (served.FRONTEND / "pad" / "index.js").read_bytes()
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/javascript")
    for wrong in (
        address.replace(served.frontend().digest, "0" * 16),
        address.replace("index.js", "nothing.js"),
        address.replace("pad/index.js", "../registry.py"),
        address.replace("pad/index.js", "%2e%2e/registry.py"),
    ):
        answer = ask(app, wrong)
        assert answer.status == 404
        assert answer.headers["cache-control"] == "no-store"


def test_a_network_is_given_out_once_a_browser_was_told_of_it() -> None:
    app = Starlette(routes=routes("/nnviz"))
    assert ask(app, "/nnviz/networks/abc").status == 404
    address = served.network_address("abc", b"weights" * 100)
    assert ask(app, address).body == b"weights" * 100
    assert gzip.decompress(ask(app, address, accept_encoding="gzip").body) == b"weights" * 100


def test_what_is_the_same_for_all_is_given_out_by_its_digest() -> None:
    app = Starlette(routes=routes("/nnviz"))
    address = served.constant_address(b'["epoch"]')
    assert ask(app, address).body == b'["epoch"]'
    assert ask(app, address).headers["content-type"].startswith("application/json")
    assert ask(app, address[:-1] + ("0" if address[-1] != "0" else "1")).status == 404


def test_the_networks_told_of_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "_MOST", 2500)
    for digest in ("a", "b"):
        served.network_address(digest, bytes(1000))
    served.network_address("a", bytes(1000))
    served.network_address("c", bytes(1000))
    assert [served.network(digest) is not None for digest in "abc"] == [True, False, True]
    served.network_address("large", bytes(9000))
    assert served.network("large") is not None


def test_without_our_server_modules_come_from_streamlit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert served.module_address(served.ALL) in registry._module("pad")
    monkeypatch.setattr(served, "_prefix", "")
    assert registry._module("pad") == "pad/index.js"
    assert served.network_address("abc", b"weights") == ""


# --- options ----------------------------------------------------------------------------------------------


def test_options_are_streamlit_s_with_their_types() -> None:
    words = ["--server.headless", "true", "--server.maxUploadSize=5", "--theme.base", "dark"]
    assert _options(words) == {
        "server.headless": True,
        "server.maxUploadSize": 5,
        "theme.base": "dark",
    }
    assert _options(["--global.developmentMode"]) == {"global.developmentMode": True}
    with pytest.raises(ValueError, match="no option"):
        _options(["headless"])


# --- partings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [WebSocketDisconnected("gone"), WebSocketDisconnect(1006)])
def test_a_browser_that_leaves_while_it_connects_is_no_error(error: Exception) -> None:
    async def streamlit(*_: object) -> None:
        raise error

    async def nothing(*_: object) -> None:
        raise AssertionError

    asyncio.run(QuietPartings(streamlit)({"type": "websocket"}, nothing, nothing))
    with pytest.raises(type(error)):
        asyncio.run(QuietPartings(streamlit)({"type": "http"}, nothing, nothing))
