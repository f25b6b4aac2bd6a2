"""The tabs page as a person uses it, and the tab strips as the browser shows them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.articles import render_page
from tests.e2e.browser import LIMIT_MS
from tests.e2e.site import Response
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from tests.e2e.browser import Browser
    from tests.e2e.site import Site

TABS_PAGE = "sidepanel/tabs.html"

# What the worker sees of windows, tabs and groups: all that an undo has to bring back.
_STRIPS = """async () => {
  const windows = await chrome.windows.getAll({ populate: true });
  const groups = await chrome.tabGroups.query({});
  return {
    tabs: windows.flatMap((window) => window.tabs.map((tab) =>
      ({ window: window.id, id: tab.id, index: tab.index, url: tab.url, pinned: tab.pinned,
         active: tab.active, group: tab.groupId }))),
    groups: groups.map((group) =>
      ({ id: group.id, window: group.windowId, title: group.title, color: group.color,
         collapsed: group.collapsed })).sort((a, b) => a.id - b.id),
  };
}"""
_OPEN = """async ({ window, urls }) => {
  const ids = [];
  for (const url of urls) ids.push((await chrome.tabs.create({ windowId: window, url, active: false })).id);
  return ids;
}"""
_LOADED = "() => chrome.tabs.query({}).then((tabs) => tabs.every((tab) => tab.status === 'complete'))"
_GROUP = """async ({ tabs, title, color, collapsed }) => {
  const { windowId } = await chrome.tabs.get(tabs[0]);
  const id = await chrome.tabs.group({ tabIds: tabs, createProperties: { windowId } });
  await chrome.tabGroups.update(id, { title, color, collapsed });
  return id;
}"""

# Titles as such sites have them, by the category that a person would name.
TITLES: dict[str, tuple[str, ...]] = {
    "Dev": (
        "Fix memory leak in HTTP parser · Pull Request #4821 · GitHub",
        "python - How do I merge two dictionaries? - Stack Overflow",
        "asyncio — Asynchronous I/O — Python 3.14 documentation",
        "Array.prototype.flatMap() - JavaScript | MDN",
        "serde - crates.io: Rust Package Registry",
        "TypeScript: Handbook - Generics",
        "git rebase --onto explained - Git reference",
        "CMake build fails with undefined reference · Issue #233 · GitHub",
    ),
    "Shopping": (
        "Wireless headphones, black, free delivery - buy online",
        "Your shopping cart (3 items) - checkout",
        "Men's running shoes on sale: prices from 49.99",
        "Order confirmation: your parcel arrives on Tuesday",
        "Used espresso machine for sale - auction ends in 2 days",
        "Office chair, adjustable, best price - add to basket",
        "Kitchen knives: top deals and discounts this week",
        "Returns and refunds for your order",
    ),
    "News": (
        "Parliament votes on the budget after a long debate - breaking news",
        "Election results: coalition talks begin - The Morning Paper",
        "Central bank raises interest rates again as inflation persists",
        "Storm leaves thousands without power, government says",
        "Opinion: what the summit means for the economy",
        "World news: ceasefire talks resume in the capital",
        "Prime minister announces reshuffle of the cabinet",
        "Live updates: earthquake strikes the coast",
    ),
    "Entertainment": (
        "Official trailer: the last season - watch series online",
        "Top 50 songs of the year - music playlist",
        "Full concert 2024 live video HD",
        "Best video games of the year, ranked and reviewed",
        "The funniest film scenes - compilation video",
        "Podcast: stories for long winter nights, episode 12",
        "Watch movies and series streaming in HD",
        "Album review: a band comes home",
    ),
}


@dataclass(frozen=True)
class Desk:
    """Forty tabs in two windows, with some of them pinned and a group that was made by hand.

    Attributes:
        first, second: the browser's ids of the windows.
        tabs: ids by address.
        pinned: ids of the pinned tabs.
        trip: id of the group that was made by hand.
    """

    first: int
    second: int
    tabs: dict[str, int]
    pinned: tuple[int, ...]
    trip: int


class TabsPage:
    """One open tabs page."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.open_page(TABS_PAGE)
        self.organize_button: Locator = self._button("Organize tabs")
        self.apply_button: Locator = self._button("Apply")
        self.undo_button: Locator = self._button("Undo")
        self.preview: Locator = self.page.get_by_role("region", name="Preview")
        expect(self.organize_button).to_be_enabled(timeout=LIMIT_MS)

    def _button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def organize(self, scope: str = "All windows", by: str = "By category") -> None:
        """Ask for groups and wait for the preview."""
        self.page.get_by_role("radio", name=by).check()
        self.page.get_by_role("radio", name=scope).check()
        self.organize_button.click()
        expect(self.preview).to_be_visible(timeout=LIMIT_MS)

    def group(self, name: str) -> Locator:
        """The first group of this name in the preview."""
        return self.preview.get_by_role("region", name=name, exact=True).first

    def group_names(self) -> list[str]:
        """The groups of the preview, in order, window by window."""
        regions = self.preview.get_by_role("region").all()
        names = [str(region.get_attribute("aria-label")) for region in regions]
        return [name for name in names if name != "Not grouped"]

    def move(self, title: str, group: str) -> None:
        """Move a tab with the menu."""
        self.preview.get_by_role("button", name=f"Move “{title}” to…").first.click()
        self.page.get_by_role("menu").get_by_role("menuitem", name=group, exact=True).click()

    def apply(self) -> None:
        """Make the groups, and wait until they are made."""
        self.apply_button.click()
        expect(self.undo_button).to_be_enabled(timeout=LIMIT_MS)
        expect(self.preview).to_be_hidden()


def publish_tabs(site: Site) -> dict[str, str]:
    """Put a page for each title on the site; returns their titles by address."""
    titles: dict[str, str] = {}
    for category, names in TITLES.items():
        for number, title in enumerate(names):
            host = f"site{number}.{category.lower()}desk.example"
            site.publish(host, "/page", Response(render_page(title, f"<h1>{escape(title)}</h1>", host)))
            titles[f"http://{host}/page"] = title
    return titles


def read_strips(browser: Browser) -> dict[str, Any]:
    """Windows, tabs in their order, and groups, as the browser has them."""
    return dict(browser.in_worker(_STRIPS))


def open_tabs(browser: Browser, window: int, urls: list[str]) -> dict[str, int]:
    """Open addresses in a window, in the background; returns the ids of their tabs."""
    ids = browser.in_worker(_OPEN, {"window": window, "urls": urls})
    wait_for(lambda: browser.in_worker(_LOADED), "tabs loaded")
    return dict(zip(urls, ids, strict=True))


def make_group(browser: Browser, tabs: list[int], title: str, color: str, *, collapsed: bool = False) -> int:
    """Make a group as a person does in the tab strip."""
    values = {"tabs": tabs, "title": title, "color": color, "collapsed": collapsed}
    return int(browser.in_worker(_GROUP, values))


def put_into_group(browser: Browser, tab: int, group: int) -> None:
    """Put a tab into a group as a person does in the tab strip."""
    browser.in_worker(
        "async ({ tab, group }) => void (await chrome.tabs.group({ tabIds: [tab], groupId: group }))",
        {"tab": tab, "group": group},
    )


def lay_out_desk(browser: Browser, site: Site) -> Desk:
    """Open forty tabs in two windows, pin some, and make one group by hand."""
    urls = list(publish_tabs(site))
    urls += [f"{url}?again" for url in urls[:: len(urls) // 8]][: 40 - len(urls)]
    # One of each category after the other, so that groups have to be gathered from all over the strip.
    urls = [url for start in range(8) for url in urls[start::8]]
    first = int(browser.in_worker("() => chrome.windows.getAll().then(([window]) => window.id)"))
    second = int(browser.in_worker("() => chrome.windows.create({}).then((window) => window.id)"))
    tabs = open_tabs(browser, first, urls[:24]) | open_tabs(browser, second, urls[24:])
    ids = list(tabs.values())
    pinned = (ids[0], ids[5], ids[30])
    for tab in pinned:
        browser.in_worker("(id) => chrome.tabs.update(id, { pinned: true }).then(() => null)", tab)
    trip = make_group(browser, ids[10:13], "Trip", "cyan", collapsed=True)
    return Desk(first, second, tabs, pinned, trip)


def close_desk(browser: Browser, desk: Desk) -> None:
    """Close what was opened."""
    browser.in_worker("(ids) => chrome.tabs.remove(ids)", list(desk.tabs.values()))
    browser.in_worker("(id) => chrome.windows.remove(id).catch(() => null)", desk.second)
