"""A server, a Chromium and pages in it. When the page or the server complained, the test fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.finding import find
from tests.browser.serving import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

HERE = Path(__file__).parent
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# What opens below Chromium's own address bar is two more pages a window, half a second of processor time for
# each window. The rest is what Playwright leaves out, whose list this one replaces.
LEFT_OUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled", "LensOverlay", "MediaRouter"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "NetworkTimeServiceQuerying", "OptimizationHints"),
    *("PreconnectToSearch", "PaintHolding", "ThirdPartyStoragePartitioning", "DestroyProfileOnBrowserClose"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "AvoidCorsURLLoaderRestartOnRedirect"),
)
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    f"--disable-features={','.join(LEFT_OUT)}",
]
WAIT = 40_000  # ms: how long a locator waits before a test gives up
expect.set_options(timeout=WAIT)
STORED = "local_storage,indexeddb,cache_storage,service_workers,file_systems"
FAILED = pytest.StashKey[bool]()


@dataclass
class Watched:
    """A page, and what went wrong in it: console errors, uncaught exceptions, requests to elsewhere."""

    page: Page
    tolerated: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._note(f"uncaught: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        # The app must work without internet: a page that asks another host for anything is a fault.
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self._note(f"asked another host: {request.url}")

    def _note(self, what: str) -> None:
        if not any(re.search(pattern, what) for pattern in self.tolerated):
            self.errors.append(what)


class Profiles:
    """Browser profiles that are used again, as new. The app's scripts, which are then fetched and compiled
    once for many tests, are half of what it costs to open a page.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._as_new: dict[str, list[BrowserContext]] = {}
        self._kinds: dict[BrowserContext, str] = {}

    def take(self, options: dict[str, Any]) -> BrowserContext:
        """One without cookies or anything else that a site has stored, made with these options."""
        kind = repr(sorted(options.items()))
        waiting = self._as_new.get(kind)
        context = waiting.pop() if waiting else self._browser.new_context(**options)
        self._kinds[context] = kind
        return context

    def give_back(self, context: BrowserContext) -> None:
        for page in context.pages:
            here = urlsplit(page.url)
            if here.scheme == "http":  # the same done by set_storage_state takes half a second
                what = {"origin": f"http://{here.netloc}", "storageTypes": STORED}
                context.new_cdp_session(page).send("Storage.clearDataForOrigin", what)
            page.close()
        context.clear_cookies()
        self._as_new.setdefault(self._kinds[context], []).append(context)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="package")
def servers() -> Iterator[list[Server]]:
    """The servers that run now; whatever is left of them ends with the last browser test."""
    started: list[Server] = []
    yield started
    stop(started, started)


def stop(some: list[Server], servers: list[Server]) -> None:
    """Ends some of the servers."""
    for server in some:
        server.stop()
    trouble = [complaint for server in some if (complaint := server.complaints())]
    servers[:] = [server for server in servers if server not in some]
    assert not trouble, "a server complained while stopping:\n" + "\n".join(trouble)


@pytest.fixture(scope="package")
def make_lasting_server(
    servers: list[Server], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Server]:
    """The same as make_server, for what several tests share: it runs until the last browser test."""

    def make(home: Path | None = None, **options: Any) -> Server:
        server = Server(home or tmp_path_factory.mktemp("server-home"), **options)
        servers.append(server)
        return server.start()

    return make


@pytest.fixture
def own_servers(servers: list[Server]) -> Iterator[None]:
    """What a test starts ends with it, after its pages are closed: workers that wait are work too."""
    before = list(servers)
    yield
    stop([server for server in servers if server not in before], servers)


@pytest.fixture
def make_server(own_servers: None, make_lasting_server: Callable[..., Server]) -> Callable[..., Server]:
    """make_server(home=None, **options of Server) -> Server, started, in a new home if None, for one test."""
    return make_lasting_server


@pytest.fixture(scope="package")
def server(make_lasting_server: Callable[..., Server]) -> Server:
    """The app, shared by the browser tests."""
    return make_lasting_server()


@pytest.fixture(autouse=True)
def no_complaints(servers: list[Server]) -> Iterator[None]:
    yield
    trouble = [complaint for server in servers if (complaint := server.complaints())]
    assert not trouble, "the server logged trouble:\n" + "\n".join(trouble)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Of the package, not of the session: while it is open an event loop runs in this thread, and other
    # tests may want one of their own.
    from playwright.sync_api import sync_playwright

    path = find()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def profiles(browser: Browser) -> Profiles:
    return Profiles(browser)


@pytest.fixture
def open_page(
    profiles: Profiles, own_servers: None, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """open_page(phone=False, tolerate=(), **context) -> Page, in a browser profile that nobody else has.

    tolerate: patterns of errors that a test provokes itself (a server taken away). A failed test leaves a
    picture of each page in screenshots/.
    """
    pages: list[Watched] = []
    with ExitStack() as contexts:

        def make(*, phone: bool = False, tolerate: tuple[str, ...] = (), **options: Any) -> Page:
            kind = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if phone else {"viewport": DESK}
            context = profiles.take({"reduced_motion": "reduce", **kind, **options})
            contexts.callback(profiles.give_back, context)
            context.set_default_timeout(WAIT)
            watched = Watched(context.new_page(), tolerate)
            watched.listen()
            pages.append(watched)
            return watched.page

        yield make
        if request.node.stash.get(FAILED, False) or any(watched.errors for watched in pages):
            folder = ROOT / "screenshots" / "failed"
            folder.mkdir(parents=True, exist_ok=True)
            for number, watched in enumerate(pages):
                if not watched.page.is_closed():
                    watched.page.screenshot(path=folder / f"{request.node.name}-{number}.png")
    errors = [error for watched in pages for error in watched.errors]
    assert not errors, "the browser complained:\n" + "\n".join(errors)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A desk: 1280 x 900, a mouse."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A phone: 390 x 844, a finger."""
    return open_page(phone=True)
