"""Pictures for the documents: `python -m tests.e2e.take_screenshots docs/images`.

A real browser reads the test site and shows the shipped pages, in the panel's narrowest width and in a tab.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import LIMIT_MS
from tests.e2e.conftest import World, make_world, read_site
from tests.e2e.search_page import SearchPage
from tests.e2e.site import Site

PANEL = {"width": 320, "height": 760}
TAB = {"width": 1100, "height": 760}
QUERY = "how to look after a bicycle chain"


def main(folder: Path) -> None:
    """Take every picture.

    Args:
        folder: where they go; it is made when absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, Site() as site, make_world(playwright, site) as world:
        world.browser.start()
        world.browser.wait_until_connected()
        read_site(world)
        _take_search(world, folder / "search.png", "light", PANEL)
        _take_search(world, folder / "search-dark.png", "dark", PANEL)
        _take_search(world, folder / "search-tab.png", "light", TAB)
        _take(world.browser.open_page("welcome.html"), folder / "welcome.png", "light", PANEL)


def _take_search(world: World, file: Path, theme: str, size: dict[str, int]) -> None:
    search = SearchPage(world.browser)
    search.search(QUERY)
    _take(search.page, file, theme, size)


def _take(page: Page, file: Path, theme: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    expect(page.get_by_role("navigation").first).to_be_visible(timeout=LIMIT_MS)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
