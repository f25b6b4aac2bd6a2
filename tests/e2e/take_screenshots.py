"""Pictures of the extension for the README: `python -m tests.e2e.take_screenshots docs/images`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import expect, sync_playwright

from tests.conftest import ROOT
from tests.e2e.articles import load_articles
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import make_world, read_site
from tests.e2e.debug_page import DebugPage
from tests.e2e.improvement_world import ImproveSection, TrainingInstallation, correct_tabs
from tests.e2e.search_page import SearchPage
from tests.e2e.site import Site
from tests.e2e.sql_page import SqlPage
from tests.e2e.tabs_page import TabsPage, close_desk, lay_out_desk
from tests.tiny_adapters import write_adapter

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

    from tests.e2e.browser import Browser
    from tests.e2e.conftest import World

Scheme = Literal["light", "dark"]
PANEL, TAB = (320, 720), (1100, 800)
QUERY = "sourdough in a cold kitchen"
TRAINED = "smollm2-135m-instruct"
CHAT = ("What happened to Skerrow Light?", "And when was that?")


def main(folder: Path) -> None:
    """Read the test site in a real browser and write the pictures into this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, Site() as site, make_world(playwright, site) as world:
        world.browser.start()
        world.browser.wait_until_connected()
        read_site(world)
        take_search(world.browser, folder / "search.png", "light", PANEL)
        take_search(world.browser, folder / "search-dark.png", "dark", PANEL)
        take_search(world.browser, folder / "search-tab.png", "light", TAB)
        take_details(world.browser, folder)
        take_chat(world.browser, folder / "chat.png", "light", PANEL)
        take_tabs(world, folder)
        for path in ("welcome", "options"):
            page = world.browser.open_page(f"{path}.html")
            prepare(page, "light", TAB)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"{path}.png")
        take_debug(world, folder)
        take_stored(world, folder / "stored.png")
        take_encryption(world.browser, folder / "encryption.png")
        take_sql(world.browser, folder / "debug-sql.png", "light", (1100, 960))
        take_models(world.browser, folder / "models.png", "light", TAB)
        take_improve(playwright, site, folder / "improve.png")


def take_search(browser: Browser, picture: Path, scheme: Scheme, size: tuple[int, int]) -> None:
    """The search page with results."""
    search = SearchPage(browser)
    prepare(search.page, scheme, size)
    search.search(QUERY)
    search.page.wait_for_load_state("networkidle")
    search.page.screenshot(path=picture)
    search.close()


def take_details(browser: Browser, folder: Path) -> None:
    """The search page with filters, the Advanced panel, and why a result is there."""
    search = SearchPage(browser)
    prepare(search.page, "light", (420, 900))
    search.choose_mode("Hybrid + rerank")
    search.search("site:kneading.example lentil soup today")
    search.page.screenshot(path=folder / "search-advanced.png")
    search.page.get_by_role("button", name="Advanced", exact=True).click()
    search.items.first.get_by_text("Why this result").click()
    expect(search.items.first.get_by_text("By meaning")).to_be_visible()
    search.page.screenshot(path=folder / "search-why.png")
    search.close()


def take_chat(browser: Browser, picture: Path, scheme: Scheme, size: tuple[int, int]) -> None:
    """A question, and one that follows it up."""
    chat = ChatPage(browser)
    prepare(chat.page, scheme, size)
    if chat.exchanges.count():
        chat.start_anew()
    for question in CHAT:
        chat.ask(question)
    chat.page.wait_for_load_state("networkidle")
    chat.page.screenshot(path=picture)
    chat.page.close()


def take_tabs(world: World, folder: Path) -> None:
    """The tabs page with a preview of groups for forty tabs, in the panel and in a tab."""
    desk = lay_out_desk(world.browser, world.site)
    tabs = TabsPage(world.browser)
    prepare(tabs.page, "light", PANEL)
    tabs.organize("This window")
    tabs.page.wait_for_load_state("networkidle")
    tabs.page.screenshot(path=folder / "tabs.png", animations="disabled")
    prepare(tabs.page, "dark", PANEL)
    tabs.page.screenshot(path=folder / "tabs-dark.png", animations="disabled")
    prepare(tabs.page, "light", (800, 800))
    tabs.organize()
    tabs.preview.get_by_role("button", name=re.compile("^Why is")).first.click()
    tabs.page.screenshot(path=folder / "tabs-tab.png", animations="disabled")
    tabs.page.close()
    close_desk(world.browser, desk)


def take_debug(world: World, folder: Path) -> None:
    """The debug page: its overview, what ran for a search, and the data with a backup and an export."""
    debug = DebugPage(world.browser)
    prepare(debug.page, "light", TAB)
    expect(debug.page.get_by_text("checks passed.")).to_be_visible()
    hide_folders(debug.page, world)
    debug.page.screenshot(path=folder / "debug.png")
    debug.activity.evaluate("(section) => section.scrollIntoView()")
    search = SearchPage(world.browser)
    search.search(QUERY)
    search.close()
    debug.page.bring_to_front()
    expect(debug.activity.get_by_role("listitem").filter(has_text="search.query").first).to_be_visible()
    debug.activity.get_by_role("button", name="Pause", exact=True).click()
    prepare(debug.page, "dark", (800, 700))
    debug.activity.evaluate("(section) => section.scrollIntoView()")
    debug.page.screenshot(path=folder / "debug-activity.png")
    debug.press("Back up now")
    debug.expect_said("Backed up:")
    debug.press("Export database")
    debug.confirm("Export now")
    debug.expect_said("Exported")
    hide_folders(debug.page, world)
    prepare(debug.page, "light", (800, 640))
    debug.data.evaluate("(section) => section.scrollIntoView()")
    debug.page.screenshot(path=folder / "debug-data.png")
    debug.page.close()


def take_stored(world: World, picture: Path) -> None:
    """What is stored about an article, as the panel shows it."""
    article = world.browser.visit(load_articles()[0].url)
    page = world.browser.open_page("sidepanel/stored.html")
    prepare(page, "light", (320, 560))
    expect(page.get_by_role("button", name="Forget this page")).to_be_visible()
    page.screenshot(path=picture)
    page.close()
    article.close()


def take_sql(browser: Browser, picture: Path, scheme: Scheme, size: tuple[int, int]) -> None:
    """The SQL explorer with the passages that are nearest to a text."""
    sql = SqlPage(browser)
    prepare(sql.page, scheme, size)
    sql.section.get_by_text("Examples", exact=True).click()
    sql.button("Passages nearest to a text").click()
    sql.button("Run").click()
    sql.expect_count("10 rows")
    sql.section.get_by_text("Examples", exact=True).click()
    sql.section.evaluate("(section) => section.scrollIntoView()")
    sql.page.screenshot(path=picture, animations="disabled")
    sql.page.close()


def take_models(browser: Browser, picture: Path, scheme: Scheme, size: tuple[int, int]) -> None:
    """The models of this computer, from the heading of their section on."""
    page = browser.open_page("options.html")
    prepare(page, scheme, size)
    expect(page.get_by_role("list", name="Models").get_by_role("listitem").first).to_be_visible()
    page.get_by_role("region", name="Models", exact=True).evaluate("(section) => section.scrollIntoView()")
    page.screenshot(path=picture)
    page.close()


def take_improve(playwright: Playwright, site: Site, picture: Path) -> None:
    """A training that waits, below it a model that was deployed, on a computer of its own."""
    with (
        make_world(playwright, site, lambda folder: TrainingInstallation(folder, TRAINED)) as world,
        tempfile.TemporaryDirectory() as folder,
    ):
        world.browser.start()
        adapter = Path(folder) / "adapter.gguf"
        write_adapter(adapter)
        with world.installation.client(world.browser.wait_until_connected()) as client:
            correct_tabs(client)
            client.call("finetune.deploy", file=str(adapter), base=TRAINED, kind="adapter")
            section = ImproveSection(world.browser)
            prepare(section.page, "light", (800, 540))
            section.start.click()
            expect(section.status).to_contain_text("It waits until")
            expect(section.history).to_contain_text(TRAINED)
            section.section.evaluate("(section) => section.scrollIntoView()")
            section.page.screenshot(path=picture)
            client.call("finetune.cancel")


def take_encryption(browser: Browser, picture: Path) -> None:
    """The section of the settings about encryption, before it is switched on."""
    page = browser.open_page("options.html")
    prepare(page, "light", (720, 800))
    section = page.get_by_role("region", name="Encryption")
    section.get_by_label("A passphrase").check()
    section.scroll_into_view_if_needed()
    section.screenshot(path=picture)
    page.close()


def hide_folders(page: Page, world: World) -> None:
    """Where things lie on this machine is nobody's business: a picture shows names for the folders."""
    names = {str(ROOT): "~/ai-history", str(world.installation.home): "~/.local/share/ai-history"}
    page.evaluate(
        """names => {
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            for (const [folder, name] of Object.entries(names)) {
              walk.currentNode.data = walk.currentNode.data.replaceAll(folder, name);
            }
          }
        }""",
        names,
    )


def prepare(page: Page, scheme: Scheme, size: tuple[int, int]) -> None:
    """Give the page its size and colours."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
