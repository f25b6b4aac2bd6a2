"""The extension's own pages: by keyboard, in a narrow panel, in both colour schemes, quiet and safe."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e import special_pages as special
from tests.e2e.articles import find_article
from tests.e2e.browser import SEARCH_PAGE, extension_id
from tests.e2e.search_page import MODES, SETTLED, SearchPage

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

PAGES = (
    SEARCH_PAGE,
    "sidepanel/history_chat.html",
    "sidepanel/tabs.html",
    "sidepanel/stored.html",
    "welcome.html",
    "options.html",
    "debug.html",
)
PANEL_WIDTH = 320


def test_the_search_page_can_be_used_by_keyboard_alone(world: World) -> None:
    search = SearchPage(world.browser)
    page, keys = search.page, search.page.keyboard
    expect(search.field).to_be_focused()
    keys.type("telescope aperture")
    first = search.results.locator("a.result-title").first
    expect(search.status).to_contain_text(SETTLED)
    expect(first).to_have_attribute("href", find_article("telescope").url)
    keys.press("ArrowDown")
    expect(first).to_be_focused()
    keys.press("ArrowDown")
    expect(search.results.locator("a.result-title").nth(1)).to_be_focused()
    keys.press("Home")
    keys.press("Delete")
    expect(page.get_by_role("button", name="Delete this page")).to_be_focused()
    keys.press("Escape")
    expect(first).to_be_focused()
    keys.press("/")
    expect(search.field).to_be_focused()
    keys.press("Escape")
    expect(search.field).to_have_value("")

    advanced = page.get_by_role("button", name="Advanced", exact=True)
    for _ in range(10):
        keys.press("Tab")
        if advanced.evaluate("(button) => button === document.activeElement"):
            break
    keys.press("Enter")
    keys.press("Tab")
    expect(page.get_by_role("radio", name=MODES[0])).to_be_focused()
    for mode in (*MODES[1:], MODES[0]):
        keys.press("ArrowDown")
        expect(page.get_by_role("radio", name=mode, exact=True)).to_be_checked()

    search.field.focus()
    keys.type("telescope aperture")
    expect(first).to_have_attribute("href", find_article("telescope").url)
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url(find_article("telescope").url)


def test_a_middle_click_opens_a_result_in_a_tab_of_its_own(world: World) -> None:
    search = SearchPage(world.browser)
    url = find_article("sourdough").url
    assert search.search("sourdough")[0] == url
    with world.browser.context.expect_page() as opened:
        search.results.locator("a.result-title").first.click(button="middle")
    opened.value.wait_for_url(url)
    assert search.page.url.endswith(SEARCH_PAGE)
    assert search.addresses()[0] == url


def test_a_hostile_title_is_text_and_links_are_web_addresses_only(world: World) -> None:
    search = SearchPage(world.browser)
    assert search.search("velvet button")[0] == special.HOSTILE.url
    title = search.results.locator("a.result-title").first
    expect(title).to_have_text(special.HOSTILE_TITLE)
    assert title.locator("*").count() == 0
    search.row("velvet button").first.get_by_text("Why this result").click()
    expect(search.page.get_by_role("link", name="Open at this passage").first).to_be_visible()
    addresses = search.page.locator("a").evaluate_all("(links) => links.map((link) => link.href)")
    assert {urlsplit(address).scheme for address in addresses} == {"http", "chrome-extension"}
    assert search.page.title() == "Search · AI History"
    assert (
        world.browser.in_worker("() => chrome.tabs.query({ title: 'owned' }).then((tabs) => tabs.length)")
        == 0
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_panel(world: World, scheme: str) -> None:
    backgrounds = set()
    for path in PAGES:
        page = world.browser.open_page(path)
        page.set_viewport_size({"width": PANEL_WIDTH, "height": 640})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if path == SEARCH_PAGE:
            page.get_by_role("searchbox").fill("the")
            expect(page.get_by_role("list", name="Results").get_by_role("listitem").first).to_be_visible()
            page.get_by_role("button", name="Advanced", exact=True).click()
        expect(page.get_by_role("navigation").get_by_role("link")).to_have_text(["Search", "Chat", "Tabs"])
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= PANEL_WIDTH, f"{path} is {width} px wide"
        backgrounds.add(page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor"))
    assert len(backgrounds) == 1
    brightness = sum(int(part) for part in backgrounds.pop().strip("rgb()").split(", ")[:3])
    assert brightness < 200 if scheme == "dark" else brightness > 600


def test_the_debug_page_finds_everything_in_order(world: World) -> None:
    page = world.browser.open_page("debug.html")
    expect(page.get_by_text("checks passed.")).to_be_visible(timeout=60_000)


def test_the_pages_ask_for_nothing_outside_and_complain_about_nothing(world: World) -> None:
    for path in PAGES:
        page = world.browser.open_page(path)
        expect(page.get_by_role("navigation")).to_be_visible()
    search = SearchPage(world.browser)
    search.search("telescope")
    expect(search.results.locator("img").first).to_be_visible()
    own = f"chrome-extension://{extension_id()}/"
    assert any(address.startswith(f"{own}_favicon/") for address in world.browser.requests)
    assert [address for address in world.browser.requests if not address.startswith(own)] == []
    assert world.browser.console_errors == []
