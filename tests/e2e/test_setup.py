"""The first minutes: no host yet, then the welcome page and the import of what the browser knows."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from host.install.browsers import find_manifest
from tests.e2e.articles import find_article
from tests.e2e.browser import LIMIT_MS, SEARCH_PAGE
from tests.e2e.search_page import SearchPage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

OLD_ENTRIES = 1200
VISITED_YESTERDAY = ("lighthouse", "espresso")
VISITED_TODAY = ("telescope", "fromage")
# The browser counts microseconds from here.
_WINDOWS_EPOCH = datetime.fromisoformat("1601-01-01T00:00:00+00:00")


def to_browser_time(moment: datetime) -> int:
    return (moment - _WINDOWS_EPOCH) // timedelta(microseconds=1)


def age_history(user_data: Path, moved: list[str]) -> None:
    """In a closed browser's own history, move visits to yesterday noon and add many from years before."""
    yesterday = datetime.now().astimezone().replace(hour=12) - timedelta(days=1)
    with closing(sqlite3.connect(user_data / "Default" / "History")) as history, history:
        for url in moved:
            time = to_browser_time(yesterday)
            history.execute("UPDATE urls SET last_visit_time = ? WHERE url = ?", (time, url))
            history.execute(
                "UPDATE visits SET visit_time = ? WHERE url = (SELECT id FROM urls WHERE url = ?)",
                (time, url),
            )
        for number in range(OLD_ENTRIES):
            time = to_browser_time(yesterday - timedelta(days=40, minutes=number))
            added = history.execute(
                "INSERT INTO urls (url, title, visit_count, typed_count, last_visit_time, hidden) "
                "VALUES (?, ?, 1, 0, ?, 0)",
                (f"http://register.example/entry/{number}", f"Register, entry {number}", time),
            )
            history.execute(
                "INSERT INTO visits (url, visit_time, from_visit, transition, segment_id, visit_duration) "
                "VALUES (?, ?, 0, 805306368, 0, 0)",
                (added.lastrowid, time),
            )


def test_a_missing_host_is_said_with_the_command_that_sets_it_up(fresh_world: World) -> None:
    browser = fresh_world.browser
    find_manifest(browser.user_data).unlink()
    browser.start()
    page = browser.open_page(SEARCH_PAGE)
    expect(page.get_by_text("python3 -m host.install --browser chromium")).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_role("button", name="Copy the command")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("Not connected.")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("button", name="Retry")).to_be_enabled()
    # Once it is set up the extension finds it by itself.
    fresh_world.installation.register(browser.user_data)
    expect(page.get_by_text("Nothing here yet")).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    expect(page.get_by_role("button", name="Import my history")).to_be_visible()


def test_the_browsers_own_history_is_imported_with_its_dates(fresh_world: World) -> None:
    browser = fresh_world.browser
    browser.start(extension=False)
    for name in VISITED_YESTERDAY + VISITED_TODAY:
        browser.visit(find_article(name).url)
    browser.visit(f"http://127.0.0.1:{fresh_world.site.port}/not-here")
    browser.close()
    age_history(browser.user_data, [find_article(name).url for name in VISITED_YESTERDAY])

    browser.start()
    browser.wait_until_connected()
    page = browser.open_page("welcome.html")
    page.evaluate("""() => {
        const seen = (window.seen = []);
        const text = document.getElementById("import-text");
        new MutationObserver(() => seen.push(text.textContent)).observe(text, { childList: true });
    }""")
    page.get_by_role("button", name="Import my history").click()
    done = page.get_by_text("Done: ")
    expect(done).to_be_visible(timeout=LIMIT_MS)
    seen = page.evaluate("() => window.seen")
    expect(done).to_have_text(f"Done: {OLD_ENTRIES + 4:,} entries imported.")
    assert any(re.match(r"Importing… \d{3} entries, back to \d+ \w+ \d{4}\.", text) for text in seen), seen

    with fresh_world.installation.client(browser.profile_id()) as client:
        pages = client.call("store.stats")["pages"]
        assert pages == OLD_ENTRIES + len(VISITED_YESTERDAY + VISITED_TODAY)
    page.get_by_role("button", name="Import again").click()
    expect(done).to_be_visible(timeout=LIMIT_MS)
    with fresh_world.installation.client(browser.profile_id()) as client:
        assert client.call("store.stats")["pages"] == pages

    search = SearchPage(browser)
    assert set(search.search("yesterday")) == {find_article(name).url for name in VISITED_YESTERDAY}
    assert set(search.search("today")) == {find_article(name).url for name in VISITED_TODAY}
    assert search.search("keepers of skerrow light")[0] == find_article("lighthouse").url
    assert search.search('"Register, entry 1199"') == ["http://register.example/entry/1199"]
