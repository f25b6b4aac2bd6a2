"""Pages have a category by themselves, and a person narrows a search by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.articles import find_article
from tests.e2e.browser import LIMIT_MS
from tests.e2e.search_page import SearchPage
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture
def search(world: World) -> Iterator[SearchPage]:
    """The search page of a history whose pages were all looked at, and of which one was put into Dev."""
    commits = find_article("rebase")
    with world.installation.client(world.profile_id) as client:
        # A model that is only half sure of this page would decide about more than these tests are about.
        said = client.call("tabs.correct", url=commits.url, title=commits.title, category="Dev")

        def is_done() -> bool:
            stats = client.call("store.stats")
            known = client.call("pages.get", url=commits.url).get("category")
            return bool(stats["categorised_pages"] == stats["pages"]) and known == "Dev"

        wait_for(is_done, "every page was looked at for a category", 180)
    made = SearchPage(world.browser)
    yield made
    made.close()
    with world.installation.client(world.profile_id) as client:
        client.call("tabs.forget", ids=[said["correction_id"]])


def test_the_category_of_a_result_narrows_the_search_and_its_chip_lifts_that(search: SearchPage) -> None:
    commits = find_article("rebase")
    assert search.search("tidy history")[0] == commits.url
    everything = search.addresses()
    label = search.items.first.get_by_role("button", name="Dev", exact=True)
    expect(label).to_be_visible()
    label.press("Enter")
    chip = search.page.get_by_role("button", name="Remove the filter Dev")
    expect(chip).to_be_visible(timeout=LIMIT_MS)
    expect(search.field).to_have_value("tidy history category:Dev")
    narrowed = search.addresses()
    assert commits.url in narrowed
    assert len(narrowed) < len(everything)
    expect(search.items.get_by_role("button", name="Dev", exact=True)).to_have_count(len(narrowed))
    chip.click()
    expect(chip).to_be_hidden()
    # A tall window asks for the next part of the list by itself: what comes first is what was there.
    wait_for(
        lambda: search.addresses()[: len(everything)] == everything, "all results are back", LIMIT_MS / 1000
    )


def test_advanced_offers_the_categories_of_this_history_and_they_work_without_words(
    search: SearchPage,
) -> None:
    search.page.get_by_role("button", name="Advanced", exact=True).click()
    group = search.page.get_by_role("group", name="Category", exact=True)
    dev = group.get_by_role("button", name="Dev")
    dev.click()
    expect(search.field).to_have_value("category:Dev")
    expect(dev).to_have_attribute("aria-pressed", "true", timeout=LIMIT_MS)
    assert find_article("rebase").url in search.addresses()
    dev.click()
    expect(search.field).to_have_value("")
    expect(dev).to_have_attribute("aria-pressed", "false")


def test_a_category_is_left_out_and_one_that_there_is_not_is_said(search: SearchPage) -> None:
    commits = find_article("rebase")
    assert commits.url not in search.search("tidy commits before review -category:dev")
    expect(search.page.get_by_role("button", name="Remove the filter not Dev")).to_be_visible()
    assert search.search("tidy commits before review category:de")[0] == commits.url
    expect(search.page.get_by_role("button", name="Remove the filter no category “de”")).to_be_visible()
