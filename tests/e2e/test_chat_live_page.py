"""A person follows a citation whose live page has changed since it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import LIMIT_MS
from tests.e2e.chat_page import ChatPage
from tests.e2e.installation import wait_until_indexed, wait_until_stored
from tests.e2e.site import Response
from tests.e2e.special_pages import make_prose_page

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

NOT_FOUND = Response("<!doctype html><title>Gone</title>This page is gone.", status=404)
TO_NOWHERE = Response(status=302, headers={"Location": "http://nowhere.invalid/"})


@pytest.mark.parametrize(
    ("place", "now", "said"),
    [
        ("Ashcombe", NOT_FOUND, "The live page is gone"),
        ("Birdlip", TO_NOWHERE, "The live page could not be opened"),
    ],
)
def test_a_live_page_that_is_gone_is_said_to_be_gone_and_its_passage_is_kept(
    world: World, place: str, now: Response, said: str
) -> None:
    fact = f"The bellows of the organ of {place} were mended with sailcloth by the lock keeper."
    page = make_prose_page(f"{place.lower()}.example", "/organ", f"The organ of {place}", f"{fact} " * 3)
    world.site.publish_special(page)
    world.browser.visit(page.url)
    with world.installation.client(world.profile_id) as client:
        wait_until_stored(client, page.url, text="sailcloth")
        wait_until_indexed(client)
    chat = ChatPage(world.browser)
    chat.start_anew()
    exchange = chat.ask(f"With what were the bellows of the organ of {place} mended?")
    source = exchange.get_by_role("list", name="Sources").get_by_role("listitem").filter(has_text=place).first
    world.site.publish(page.host, page.path, now)

    with world.browser.context.expect_page():
        source.get_by_role("link").click()

    expect(source).to_contain_text(said, timeout=LIMIT_MS)
    expect(source.get_by_text("sailcloth").first).to_be_visible()
    mark = exchange.locator("[data-part=answer]").get_by_role("link").first
    mark.focus()
    expect(chat.page.get_by_role("tooltip")).to_contain_text(said)
