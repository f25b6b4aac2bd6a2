"""What a person deletes is gone: from every way to search, and from the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e import special_pages as special
from tests.e2e.installation import stored_page, wait_until_indexed, wait_until_stored
from tests.e2e.search_page import MODES, SearchPage
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

TITLE = "The obsidiarch of the northern quarry"
WORDS = ("obsidiarch", "glasscutter", "vitreous oath", "northern quarry")
TEXT = (
    "The obsidiarch swore the vitreous oath at midsummer, and every glasscutter came to hear it.",
    "When the northern quarry was flooded he kept the keys in a jar. One glasscutter had the lid of the jar.",
)
QUESTIONS = ("obsidiarch", '"vitreous oath"', "a ruler of stonemasons who promises something in summer")


def remember(world: World, host: str, path: str = "/legend") -> str:
    """Visit the legend at this address and wait until it is indexed."""
    page = special.make_prose_page(host, path, TITLE, *TEXT, TEXT[0])
    world.site.publish_special(page)
    world.browser.visit(page.url)
    with world.installation.client(world.profile_id) as client:
        wait_until_stored(client, page.url, text="vitreous oath")
        wait_until_indexed(client)
    return page.url


def expect_in_no_mode(search: SearchPage, url: str) -> None:
    for mode in MODES:
        search.choose_mode(mode)
        for question in QUESTIONS:
            assert url not in search.search(question), f"{mode}: {question}"
    search.choose_mode(MODES[0])


def expect_in_no_file(world: World, *words: str) -> None:
    wait_for(lambda: not world.installation.find_in_files(*words), "no trace in the files")


def test_a_page_deleted_in_the_results_is_found_in_no_mode_and_in_no_file(world: World) -> None:
    url = remember(world, "doomed.example")
    assert world.installation.find_in_files(*WORDS), "the check must be able to see it"
    search = SearchPage(world.browser)
    assert search.search(QUESTIONS[0])[0] == url
    search.row(TITLE).hover()
    search.row(TITLE).get_by_role("button", name=f"Delete: {TITLE}").click()
    search.row(TITLE).get_by_role("button", name="Delete this page").click()
    expect(search.status).to_contain_text("Deleted one page.")
    expect(search.row(TITLE)).to_have_count(0)
    expect_in_no_file(world, *WORDS, "doomed.example")
    expect_in_no_mode(search, url)
    expect_in_no_file(world, *WORDS, "doomed.example")


def test_a_deletion_can_be_thought_better_of(world: World) -> None:
    url = special.SHADOW.url
    search = SearchPage(world.browser)
    search.search("bronze impeller")
    row = search.row("Model 7 pump").first
    row.hover()
    row.get_by_role("button", name="Delete: Model 7 pump").click()
    row.get_by_role("button", name="Keep it").click()
    expect(row.get_by_role("group", name="Delete")).to_be_hidden()
    assert search.search("bronze impeller")[0] == url


def test_a_whole_site_can_be_deleted_at_once(world: World) -> None:
    urls = [remember(world, "razed.example", path) for path in ("/legend", "/legend/again")]
    search = SearchPage(world.browser)
    assert set(search.search("site:razed.example")) == set(urls)
    search.items.first.hover()
    search.items.first.get_by_role("button", name="Delete: ").click()
    search.items.first.get_by_role("button", name="Delete all of razed.example").click()
    expect(search.status).to_contain_text("Deleted 2 pages of razed.example.")
    assert search.search("site:razed.example") == []
    expect_in_no_file(world, *WORDS, "razed.example")


def test_what_is_removed_from_the_browsers_history_is_gone_here_too(world: World) -> None:
    url = remember(world, "regretted.example")
    world.browser.close_tabs()
    search = SearchPage(world.browser)
    assert search.search(QUESTIONS[0])[0] == url
    world.browser.in_worker("(url) => chrome.history.deleteUrl({ url })", url)
    with world.installation.client(world.profile_id) as client:
        wait_for(lambda: stored_page(client, url) is None, "the removal")
    expect_in_no_mode(search, url)
    expect_in_no_file(world, *WORDS, "regretted.example")
