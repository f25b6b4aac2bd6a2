"""A person's hold on their data, on the debug page of a real browser, with a real host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e import special_pages as special
from tests.e2e.articles import load_articles
from tests.e2e.browser import LIMIT_MS
from tests.e2e.conftest import make_world
from tests.e2e.debug_page import DebugPage
from tests.e2e.installation import Installation, stored_page, wait_until_indexed, wait_until_stored
from tests.e2e.search_page import SearchPage
from tests.e2e.sql_page import SqlPage
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Playwright

    from tests.e2e.conftest import World
    from tests.e2e.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.model]

ARTICLES = 4
QUERIES = ("sourdough", "a lamp that warns ships")


class EmptyInstallation(Installation):
    """An installation without models, of which everything may be deleted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.paths.models.unlink()
        self.paths.models.mkdir()


@pytest.fixture(scope="module")
def small(playwright: Playwright, site: Site) -> Iterator[World]:
    """A world of this file's own, in which a few articles have been read."""
    with make_world(playwright, site) as made:
        made.browser.start()
        profile_id = made.browser.wait_until_connected()
        urls = [article.url for article in load_articles()[:ARTICLES]]
        with made.installation.client(profile_id) as client:
            for url in urls:
                made.browser.visit(url)
            for url in urls:
                wait_until_stored(client, url)
            wait_until_indexed(client)
        yield made


@pytest.fixture(autouse=True)
def tidy_small_tabs(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "small" in request.fixturenames:
        request.getfixturevalue("small").browser.close_tabs()


def search_all(world: World) -> list[list[str]]:
    """What each query finds."""
    page = SearchPage(world.browser)
    found = [page.search(query) for query in QUERIES]
    page.close()
    return found


def test_the_statements_of_a_search_are_shown_live_and_without_its_words(small: World) -> None:
    debug = DebugPage(small.browser)
    debug.activity.scroll_into_view_if_needed()
    # A program that connects meanwhile shows as well.
    begun = debug.activity.get_by_text("Nothing yet.").or_(
        debug.activity.get_by_role("list", name="Statements").get_by_role("listitem").first
    )
    expect(begun.first).to_be_visible()
    search = SearchPage(small.browser)
    search.search("sourdough starter")
    search.page.get_by_role("button", name="Advanced", exact=True).click()
    search.page.get_by_role("button", name="Show SQL", exact=True).click()
    own = search.page.get_by_role("list", name="Statements").get_by_role("listitem")
    expect(own.filter(has_text="pages_fts").first).to_be_visible(timeout=LIMIT_MS)
    search.close()
    debug.page.bring_to_front()
    statements = debug.activity.get_by_role("list", name="Statements").get_by_role("listitem")
    run = statements.filter(has_text="search.query").filter(has_text="MATCH").first
    expect(run).to_be_visible(timeout=LIMIT_MS)
    expect(run).not_to_contain_text("sourdough")
    debug.activity.get_by_role("button", name="Pause", exact=True).click()
    run.get_by_role("button", name="Explain").click()
    expect(run.get_by_role("list", name="Plan")).to_contain_text("SCAN", timeout=LIMIT_MS)
    run.get_by_role("link", name="Open in SQL").click()
    expect(debug.region("SQL explorer").get_by_role("textbox", name="SQL")).to_contain_text("MATCH")


def test_a_backup_brings_back_how_it_was(small: World) -> None:
    before = search_all(small)
    debug = DebugPage(small.browser)
    debug.expect_number("Pages", str(ARTICLES))
    debug.press("Back up now")
    debug.expect_said("Backed up:")
    # The schedule may make one, too.
    asked = debug.backups.filter(has_text="made by you").first
    expect(asked).to_be_visible()
    late = special.make_prose_page("late.example", "/", "Too late", "It came after the backup was made.")
    small.site.publish_special(late)
    tab = small.browser.visit(late.url)
    with small.installation.client(small.profile_id) as client:
        wait_until_stored(client, late.url)
        tab.close()
        asked.get_by_role("button", name="Restore").click()
        expect(debug.dialog).to_contain_text("A backup of how it is now, which is made first")
        debug.confirm("Restore this backup")
        debug.expect_said("Restored.")
        expect(debug.data.get_by_role("button", name="Back up now", exact=True)).to_be_focused()
        assert stored_page(client, late.url) is None
    debug.expect_number("Pages", str(ARTICLES))
    assert search_all(small) == before


def test_what_was_exported_is_the_same_once_it_was_cleared_and_imported(small: World, tmp_path: Path) -> None:
    before = search_all(small)
    file = tmp_path / "everything.db"
    debug = DebugPage(small.browser)
    debug.press("Export database")
    debug.dialog.get_by_role("textbox").fill(str(file))
    debug.confirm("Export now")
    expect(debug.expect_said(f"Exported {ARTICLES} pages")).to_contain_text(str(file))
    assert file.stat().st_size > 0
    debug.press("Clear database")
    expect(debug.dialog).to_contain_text("Only what a backup holds can come back")
    debug.page.keyboard.press("Escape")
    expect(debug.dialog).to_be_hidden()
    debug.expect_number("Pages", str(ARTICLES))
    debug.press("Clear database")
    debug.confirm("Clear the database")
    debug.expect_said(f"{ARTICLES} pages")
    debug.expect_number("Pages", "0")
    debug.press("Import database")
    debug.dialog.get_by_label("A file that was exported or backed up").set_input_files(file)
    debug.confirm("Add to what is here")
    debug.expect_said(f"Added {ARTICLES} pages")
    debug.expect_number("Pages", str(ARTICLES))
    debug.page.reload()
    debug.expect_number("Pages", str(ARTICLES))
    with small.installation.client(small.profile_id) as client:
        wait_until_indexed(client)
    assert search_all(small) == before


def test_an_address_leads_to_its_section_while_the_page_fills_in(small: World) -> None:
    page = small.browser.open_page("debug.html#data")
    expect(page.get_by_role("region", name="Checks", exact=True)).to_contain_text("checks passed.")
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_in_viewport()
    expect(page.locator("#overview-title")).not_to_be_in_viewport()


def test_everything_can_be_checked_and_compacted(small: World) -> None:
    debug = DebugPage(small.browser)
    debug.press("Check database")
    debug.expect_said("The database is whole.")
    debug.press("Compact database")
    debug.expect_said("Compacted:")
    expect(debug.checks).to_contain_text("checks passed.", timeout=LIMIT_MS)


def test_a_failed_check_is_mended_by_its_button_and_deleting_all_ends_with_a_receipt(
    playwright: Playwright, site: Site
) -> None:
    with make_world(playwright, site, EmptyInstallation) as world:
        world.browser.start()
        profile_id = world.browser.wait_until_connected()
        page = special.make_prose_page("gone.example", "/", "The zephyrine", "A zephyrine hums in the reeds.")
        world.site.publish_special(page)
        world.browser.visit(page.url)
        with world.installation.client(profile_id) as client:
            wait_until_stored(client, page.url, text="zephyrine")
            assert world.installation.find_in_files("zephyrine"), "the check must be able to see it"
            client.call(
                "sql.run",
                sql="INSERT INTO jobs (kind, page_id, created_at, run_after, state, error)"
                " SELECT 'extract', id, 0, 0, 'failed', 'It failed.' FROM pages",
                write=True,
            )
        debug = DebugPage(world.browser)
        failed = debug.checks.get_by_role("list", name="Failed checks")
        failed.get_by_role("button", name="Try again").click(timeout=LIMIT_MS)
        expect(failed.get_by_role("button", name="Try again")).to_have_count(0, timeout=LIMIT_MS)

        sql = SqlPage(world.browser)
        sql.run("SELECT 'zephyrine'")
        sql.expect_cell("zephyrine")
        debug.page.bring_to_front()
        debug.press("Delete all data")
        expect(debug.dialog).to_contain_text("What the extension keeps in this browser")
        debug.confirm("Delete everything")
        debug.expect_said("Deleted:")
        receipt = debug.data.get_by_role("list", name="Removed")
        expect(receipt.get_by_role("listitem").first).to_be_visible()
        expect(receipt).to_contain_text("History of this browser profile")
        wait_for(lambda: not world.installation.find_in_files("zephyrine"), "no trace in the files")
        kept = world.browser.in_worker(
            "() => chrome.storage.local.get(null).then((all) => JSON.stringify(all))"
        )
        assert "gone.example" not in str(kept)
        # A program that has begun anew is there.
        debug.page.reload()
        debug.expect_number("Pages", "0")
        # An open page lets go of what it holds, and keeps none of it again.
        expect(sql.field).to_have_text("")
        sql.run("SELECT 1")
        sql.expect_cell("1")
        kept = world.browser.in_worker(
            "() => chrome.storage.session.get(null).then((all) => JSON.stringify(all))"
        )
        assert "zephyrine" not in str(kept)
