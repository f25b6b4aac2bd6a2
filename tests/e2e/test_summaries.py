from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.search_page import SearchPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World

# The question's words stand in the page, but not in the summary of it.
QUERY = "damp kills the colony, not cold"


@pytest.fixture
def unsummarised(world: World) -> Iterator[World]:
    """The shared world without summaries, in which none is made unasked."""
    with world.installation.client(world.profile_id) as client:
        client.call("settings.update", values={"summaries.when": "asked"})
        client.call("store.rebuild", fulltext=False, summaries=True)
        yield world
        client.call("settings.update", values={"summaries.when": "idle"})


def test_a_page_is_summarised_on_demand_and_its_summary_is_there_the_next_time(unsummarised: World) -> None:
    search = SearchPage(unsummarised.browser)
    search.search(QUERY)
    row = search.items.first
    title = row.get_by_role("link").first.inner_text()
    row.get_by_role("button", name="Summarise", exact=True).press("Enter")
    summary = row.locator("details summary").filter(has_text="Summary:")
    expect(summary).to_be_visible()
    expect(summary).to_be_focused()
    text = summary.inner_text()
    # All of it by keyboard.
    summary.press("Enter")
    expect(row.get_by_role("button", name="Summarise again")).to_be_visible()
    search.close()

    again = SearchPage(unsummarised.browser)
    again.search(QUERY)
    same = again.items.filter(has_text=title).first
    expect(same.locator("details summary").filter(has_text="Summary:")).to_have_text(text)
    expect(same.get_by_role("button", name="Summarise", exact=True)).to_be_hidden()
    again.close()
