"""One browser that has read the whole test site, shared by the tests of this folder."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.conftest import INSTALLED_MODELS
from tests.e2e import special_pages as special
from tests.e2e.articles import load_articles
from tests.e2e.browser import LIMIT_MS, Browser
from tests.e2e.installation import Installation, wait_until_indexed, wait_until_stored
from tests.e2e.site import Site
from tests.environment import find_test_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABS_AT_ONCE = 6


@dataclass(frozen=True)
class World:
    """Everything that one scenario plays in."""

    site: Site
    installation: Installation
    browser: Browser

    @property
    def profile_id(self) -> str:
        return self.browser.profile_id()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # What is expected of a page may take as long as everything else that is waited for.
    expect.set_options(timeout=LIMIT_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@contextmanager
def make_world(
    playwright: Playwright, site: Site, install: Callable[[Path], Installation] = Installation
) -> Iterator[World]:
    """A new installation with a browser that has never been started."""
    if sys.platform == "win32":
        pytest.skip("Windows finds hosts in its registry, which a test must not write.")
    assert find_test_browser(), "There is no browser to test in. Run: python3 -m tests"
    assert (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir(), "The models are missing. Run: python3 -m tests"
    # The daemon's socket lies below this folder, and its path must be short.
    with tempfile.TemporaryDirectory(prefix="aih-", dir="/tmp") as name:
        folder = Path(name)
        installation = install(folder / "home")
        browser = Browser(playwright, folder / "browser", installation, site)
        installation.register(browser.user_data)
        try:
            yield World(site, installation, browser)
        finally:
            browser.close()
            installation.stop()


@pytest.fixture
def fresh_world(playwright: Playwright, site: Site) -> Iterator[World]:
    """A world of the test's own, in which nothing has happened yet."""
    with make_world(playwright, site) as world:
        yield world


@pytest.fixture(scope="session")
def world(playwright: Playwright, site: Site) -> Iterator[World]:
    """The shared world: every article and every ordinary special page has been read and indexed."""
    with make_world(playwright, site) as made:
        made.browser.start()
        made.browser.wait_until_connected()
        read_site(made)
        yield made


@pytest.fixture(autouse=True)
def tidy_tabs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the tabs that a test leaves open in the shared browser."""
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").browser.close_tabs()


def read_site(world: World) -> None:
    """Visit what there is to read, several tabs at a time, and wait until all of it can be found."""
    urls = [article.url for article in load_articles()]
    pages = (
        special.LONG,
        special.APPLICATION,
        special.FORM,
        special.SHADOW,
        special.HOSTILE,
        special.TRACKED,
    )
    urls += [page.url for page in pages]
    tabs: list[Page] = [world.browser.context.new_page() for _ in range(TABS_AT_ONCE)]
    with world.installation.client(world.profile_id) as client:
        for start in range(0, len(urls), TABS_AT_ONCE):
            batch = urls[start : start + TABS_AT_ONCE]
            for tab, url in zip(tabs, batch, strict=False):
                world.browser.visit(url, tab)
            for url in batch:
                wait_until_stored(client, url)
        wait_until_indexed(client)
    for tab in tabs:
        tab.close()
