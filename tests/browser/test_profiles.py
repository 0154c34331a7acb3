"""A browser profile is as new for every test, though it has been another's before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.acting import opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from tests.browser.conftest import Profiles

STORED = """async () => [
    Object.keys(localStorage).filter((key) => key.startsWith("of ")),
    Object.keys(sessionStorage).filter((key) => key.startsWith("of ")),
    (await indexedDB.databases()).map((each) => each.name),
    await caches.keys(),
]"""


def test_a_profile_that_is_used_again_has_nothing_of_the_test_before(
    profiles: Profiles, server: Server
) -> None:
    options = {"viewport": {"width": 500, "height": 500}}
    first = profiles.take(options)
    page = opened(first.new_page(), server.url)
    page.evaluate(
        """async () => {
            localStorage.setItem("of before", "1");
            sessionStorage.setItem("of before", "1");
            await new Promise((done) => { indexedDB.open("of before").onsuccess = done; });
            await caches.open("of before");
        }"""
    )
    cookies = {each.get("value") for each in first.cookies()}
    assert cookies
    assert page.evaluate(STORED) == [["of before"]] * 4
    profiles.give_back(first)

    second = profiles.take(options)
    assert second is first
    assert second.cookies() == []
    page = opened(second.new_page(), server.url)
    assert page.evaluate(STORED) == [[]] * 4
    assert not cookies & {each.get("value") for each in second.cookies()}
    profiles.give_back(second)
    assert profiles.take({**options, "color_scheme": "dark"}) is not second, "made in another way"
