"""The browser stops and starts things as it likes; nothing is lost, and the models stay warm."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e import special_pages as special
from tests.e2e.articles import find_article, load_articles
from tests.e2e.browser import Browser
from tests.e2e.installation import stored_page, wait_until_indexed, wait_until_stored
from tests.e2e.search_page import SearchPage
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]


def publish(world: World, host: str, mark: str) -> str:
    """Put a page with this word on the site; returns its address."""
    text = f"The {mark} was wound every evening by the ferryman, who hung his coat on it in the rain. "
    page = special.make_prose_page(host, "/tale", f"A tale of the {mark}", text * 4)
    world.site.publish_special(page)
    return page.url


def list_processes(world: World) -> dict[str, int]:
    """The daemon and its embed worker by process id."""
    with world.installation.client(world.profile_id) as client:
        daemon = client.call("daemon.status")["pid"]
    workers = world.installation.worker_pids()
    return {"daemon": daemon, "embedding": workers["host.models.encoder_worker"]}


def test_the_service_worker_may_be_stopped_at_any_time(world: World) -> None:
    before = list_processes(world)
    search = SearchPage(world.browser)
    assert search.search("telescope")[0] == find_article("telescope").url
    world.browser.stop_worker()
    assert search.search("affordable astronomy optics")[0] == find_article("telescope").url
    url = publish(world, "wakeful.example", "capstanium")
    world.browser.stop_worker()
    world.browser.visit(url)
    with world.installation.client(world.profile_id) as client:
        wait_until_stored(client, url, text="capstanium")
    assert search.search("capstanium")[0] == url
    assert list_processes(world) == before


def test_a_restarted_browser_finds_everything_with_warm_models(world: World) -> None:
    before = list_processes(world)
    profile = world.profile_id
    with world.installation.client(profile) as client:
        wait_until_indexed(client)
        pages = client.call("store.stats")["pages"]
    hasty = publish(world, "hasty.example", "bollardium")
    world.browser.visit(hasty)
    world.browser.close()  # before the page can have been read
    world.browser.start()
    assert world.browser.wait_until_connected() == profile
    search = SearchPage(world.browser)
    for article in load_articles()[::4]:
        assert search.search(article.title)[0] == article.url
    url = publish(world, "morning.example", "windlassium")
    world.browser.visit(url)
    with world.installation.client(profile) as client:
        wait_until_stored(client, url, text="windlassium")
        wait_for(lambda: stored_page(client, hasty), "the visit just before the browser was closed")
        assert client.call("store.stats")["pages"] == pages + 2
    assert list_processes(world) == before
    assert world.installation.profiles() == [profile]


def test_a_killed_daemon_is_started_again_and_nothing_is_lost(world: World) -> None:
    search = SearchPage(world.browser)
    daemon = world.installation.daemon_process()
    daemon.kill()
    daemon.wait(60)
    url = publish(world, "phoenix.example", "ashlarium")
    world.browser.visit(url)

    def back() -> bool:
        # What is written down names the killed one until another has come.
        with suppress(psutil.NoSuchProcess):
            process = world.installation.daemon_process()
            return process.pid != daemon.pid and process.is_running()
        return False

    wait_for(back, "a new daemon")
    with world.installation.client(world.profile_id) as client:
        wait_until_stored(client, url, text="ashlarium")
    expect(search.page.get_by_role("button", name="Retry")).to_be_hidden(timeout=60_000)
    assert search.search("ashlarium")[0] == url
    assert search.search("telescope")[0] == find_article("telescope").url


def test_two_browsers_share_one_daemon_and_no_pages(world: World, playwright: Playwright) -> None:
    before = list_processes(world)
    own = world.profile_id
    second = Browser(playwright, world.browser.user_data.with_name("second"), world.installation, world.site)
    world.installation.register(second.user_data)
    try:
        second.start()
        other = second.wait_until_connected()
        assert other != own
        url = publish(world, "elsewhere.example", "hawserium")
        second.visit(url)
        with world.installation.client(other) as client:
            wait_until_stored(client, url, text="hawserium")
            wait_until_indexed(client)
        theirs, ours = SearchPage(second), SearchPage(world.browser)
        assert theirs.search("hawserium")[0] == url
        assert url not in ours.search("hawserium")
        assert find_article("telescope").url not in theirs.search("telescope")
        assert ours.search("telescope")[0] == find_article("telescope").url
        assert list_processes(world) == before
        assert world.installation.profiles() == sorted([own, other])
        second.in_worker("() => chrome.history.deleteAll()")
        with world.installation.client(other) as client:
            wait_for(lambda: client.call("store.stats")["pages"] == 0, "everything of one profile deleted")
        assert ours.search("telescope")[0] == find_article("telescope").url
        assert world.installation.find_in_files("hawserium") == []
    finally:
        second.close()
